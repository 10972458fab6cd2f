/** `siegel identity …`: the user's own certificates. */

import { createRouterClient } from '@orpc/server'
import type { Identity } from '../../../../shared/contract/identities.ts'
import { hostOf } from '../../../acquisition/acme/location.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { enrolmentProcedures } from '../../../services/enrolment.ts'
import { identitiesProcedures } from '../../../services/identities.ts'
import { failureText } from '../failure.ts'
import { day, grouped, table } from '../format.ts'
import { type CommandEnvironment, withSession, withUnlocked } from '../session.ts'
import { CommandFailure, exitCode, type Terminal, UsageError } from '../terminal.ts'

function client(context: ServiceContext) {
  return createRouterClient(identitiesProcedures, { context })
}

export function identityLines(terminal: Terminal, identities: readonly Identity[]): string[] {
  return table(
    identities.map((identity) => [
      identity.addresses.join(', ') || identity.certificate.name,
      identity.keyAlgorithm,
      terminal.words(`cli.identity.state.${identity.retired ? 'retired' : identity.state}`),
      terminal.words('cli.until', { date: day(identity.certificate.notAfter) }),
      identity.id,
      grouped(identity.certificate.sha256.slice(0, 16)),
    ]),
  )
}

export async function listIdentities(environment: CommandEnvironment): Promise<undefined> {
  const { terminal } = environment
  const identities = await withSession(environment, ({ context }) => client(context).list())
  if (terminal.json) terminal.value(identities)
  else if (identities.length === 0) terminal.note(terminal.words('cli.identity.none'))
  else for (const line of identityLines(terminal, identities)) terminal.line(line)
}

/** By id, address or the beginning of the fingerprint. Several that fit are a question back, never a guess. */
export function chooseIdentity(identities: readonly Identity[], which: string): Identity {
  const wanted = which.toLowerCase().replaceAll(/[\s:]/g, '')
  const fits = identities.filter(
    ({ id, addresses, certificate }) =>
      id === which ||
      addresses.some((address) => address.toLowerCase() === which.toLowerCase()) ||
      (wanted.length >= 8 && certificate.sha256.startsWith(wanted)),
  )
  const [first, ...others] = fits
  if (!first) throw new CommandFailure('not-found', { what: 'identity' })
  if (others.length === 0) return first
  const preferred = fits.filter((identity) => identity.preferred)
  if (preferred.length === 1 && preferred[0]) return preferred[0]
  throw new UsageError(fits.map(({ id, certificate }) => `${id}  ${certificate.name}`).join('\n'))
}

export async function requestIdentity(
  environment: CommandEnvironment,
  options: { address: string; name: string; key: 'rsa-3072' | 'ec-p256'; ca?: string; anew?: boolean },
): Promise<number> {
  const { terminal } = environment
  const ca = certificationAuthority(environment, options.ca)
  return withUnlocked(environment, async ({ context }) => {
    const enrolment = createRouterClient(enrolmentProcedures, { context })
    const { address, name, key } = options
    // The same command again goes on with what it began.
    const unfinished = (await enrolment.list()).find(
      (one) => one.address === address && one.state !== 'done' && one.state !== 'cancelled',
    )
    if (unfinished && options.anew) await enrolment.cancel({ id: unfinished.id })
    // Another key or another CA is another request: `begin` then says that one is under way.
    const sameCa =
      unfinished?.ca === ca.kind && (ca.kind === 'sandbox' || unfinished.caName === hostOf(ca.directoryUrl))
    const goesOn = unfinished && !options.anew && unfinished.keyType === key && sameCa
    const { id } = goesOn ? unfinished : await enrolment.begin({ name, address, keyType: key, ca })
    for await (const event of await enrolment.follow({ id }, { signal: environment.signal })) {
      switch (event.type) {
        case 'step':
          if (event.state === 'running') terminal.note(terminal.words(`cli.enrolment.step.${event.step}`))
          break
        case 'waiting':
          if (event.seconds > 0 && event.seconds % 10 === 0) {
            terminal.note(terminal.words('cli.enrolment.waiting', { seconds: event.seconds }))
          }
          break
        case 'refused-mail':
          terminal.note(terminal.words('cli.enrolment.refused-mail', { from: event.from, reason: event.reason }))
          break
        case 'failed':
          if (terminal.json) terminal.value({ error: { code: event.code, ...event.data } })
          terminal.note(failureText(terminal, event))
          return exitCode.failed
        case 'done':
          if (terminal.json) terminal.value(event.identity)
          else for (const line of identityLines(terminal, [event.identity])) terminal.line(line)
          return exitCode.done
      }
    }
    terminal.note(terminal.words('cli.enrolment.paused'))
    return exitCode.failed
  })
}

function certificationAuthority(environment: CommandEnvironment, directoryUrl: string | undefined) {
  if (directoryUrl !== undefined) return { kind: 'acme' as const, directoryUrl }
  if (environment.options.sandbox) return { kind: 'sandbox' as const }
  throw new UsageError(environment.terminal.words('cli.usage.ca'))
}
