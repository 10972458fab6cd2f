/** `siegel identity …`: the user's own certificates. */

import { createRouterClient } from '@orpc/server'
import type { Identity } from '../../../../shared/contract/identities.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { identitiesProcedures } from '../../../services/identities/identities.ts'
import { day, grouped, table } from '../format.ts'
import { type CommandEnvironment, withSession } from '../session.ts'
import { CommandFailure, type Terminal, UsageError } from '../terminal.ts'
import { tellReminders } from './reminders.ts'

function client(context: ServiceContext) {
  return createRouterClient(identitiesProcedures, { context })
}

export function identityLines(terminal: Terminal, identities: readonly Identity[]): string[] {
  return table(
    identities.map((identity) => [
      identity.addresses.join(', ') || identity.certificate.name,
      identity.keyAlgorithm,
      terminal.words(
        `cli.identity.state.${identity.retired && identity.state !== 'revoked' ? 'retired' : identity.state}`,
      ),
      terminal.words('cli.until', { date: day(identity.certificate.notAfter) }),
      identity.id,
      grouped(identity.certificate.sha256.slice(0, 16)),
    ]),
  )
}

export async function listIdentities(environment: CommandEnvironment): Promise<undefined> {
  const { terminal } = environment
  await withSession(environment, async ({ context }) => {
    const identities = await client(context).list()
    if (terminal.json) return terminal.value(identities)
    if (identities.length === 0) terminal.note(terminal.words('cli.identity.none'))
    for (const line of identityLines(terminal, identities)) terminal.line(line)
    tellReminders(environment, context)
  })
}

/** By id, address or the beginning of the fingerprint. Several that fit are a question back, never a guess. */
export function chooseIdentity(terminal: Terminal, identities: readonly Identity[], which: string): Identity {
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
  const list = fits.map(({ id, certificate }) => `${id}  ${certificate.name}`).join('\n')
  throw new UsageError(`${terminal.words('cli.usage.which')}\n${list}`)
}

/**
 * An address may have one certificate that signs and another that opens: whoever names the address means both, and is told
 * which one it is and the id of the other. Retired ones only open old letters.
 */
export function tellPair(terminal: Terminal, identities: readonly Identity[], chosen: Identity): void {
  if (chosen.canSign === chosen.canEncrypt) return
  const others = identities.filter(
    ({ addresses, retired, canSign, canEncrypt }) =>
      !retired &&
      (chosen.canSign ? canEncrypt && !canSign : canSign && !canEncrypt) &&
      addresses.some((address) => chosen.addresses.includes(address)),
  )
  if (others.length === 0) return
  const ids = others.map(({ id }) => id).join(', ')
  terminal.note(terminal.words(chosen.canSign ? 'cli.identity.pair' : 'cli.identity.pair-encrypts', { ids }))
}
