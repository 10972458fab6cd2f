/** `siegel authority …`: a small CA of one's own for a family or an office. */

import { createRouterClient } from '@orpc/server'
import type { Authority, IssuedCertificate, OwnRevocationReason } from '../../../../shared/contract/authority.ts'
import { base64Text } from '../../../base/bytes.ts'
import { authorityProcedures } from '../../../services/authority/authority.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { readInput, writeOutput } from '../files.ts'
import { day, grouped, table } from '../format.ts'
import { type PrintedBlock, printedPage } from '../printedPage.ts'
import { type CommandEnvironment, passphraseAgain, withSession, withUnlocked } from '../session.ts'
import { CommandFailure, exitCode, type Terminal, UsageError } from '../terminal.ts'

/** As the service has it. */
const requestLimit = 65_536

function client(context: ServiceContext) {
  return createRouterClient(authorityProcedures, { context })
}

function wholeNumber(terminal: Terminal, text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new UsageError(terminal.words('cli.usage.number', { text }))
  return Number(text)
}

/** By id, name or the beginning of the root's fingerprint; without a name the only one. */
async function chosen({ terminal }: CommandEnvironment, context: ServiceContext, which: string): Promise<Authority> {
  const wanted = which.toLowerCase().replaceAll(/[\s:]/g, '')
  const fits = (await client(context).list()).filter(
    ({ id, certificate: { name, sha256 } }) =>
      id === which || name === which || (wanted.length >= 8 && sha256.startsWith(wanted)),
  )
  const [first, ...others] = fits
  if (!first) throw new CommandFailure('not-found', { what: 'authority' })
  if (others.length === 0) return first
  const list = fits.map(({ id, certificate }) => `${id}  ${certificate.name}`).join('\n')
  throw new UsageError(`${terminal.words('cli.usage.which')}\n${list}`)
}

/** A certificate that it issued, by the beginning of its fingerprint. */
function issuedOf({ issued }: Authority, which: string): string {
  const wanted = which.toLowerCase().replaceAll(/[\s:]/g, '')
  const fits = issued.filter(({ certificate: { sha256 } }) => wanted.length >= 8 && sha256.startsWith(wanted))
  const [first, ...others] = fits
  if (!first || others.length > 0) throw new CommandFailure('not-found', { what: 'certificate' })
  return first.certificate.sha256
}

function authorityLines(terminal: Terminal, authority: Authority): string[] {
  const { id, certificate, permitted, issued } = authority
  const limits =
    permitted.length === 0
      ? terminal.words('authority.all')
      : terminal.words('authority.only', { permitted: permitted.join(', ') })
  return [
    `${certificate.name}  ${terminal.words('cli.until', { date: day(certificate.notAfter) })}  ${id}`,
    `  ${limits}`,
    `  ${grouped(certificate.sha256)}`,
    ...table(
      issued.map(({ certificate: one, revokedAt, reason }) => [
        `  ${one.emails.join(', ')}`,
        one.name,
        revokedAt
          ? terminal.words('authority.revoked', { revokedAt, reason })
          : terminal.words('cli.until', { date: day(one.notAfter) }),
        grouped(one.sha256.slice(0, 16)),
      ]),
    ),
  ]
}

export async function listAuthorities(environment: CommandEnvironment): Promise<undefined> {
  const { terminal } = environment
  const authorities = await withSession(environment, ({ context }) => client(context).list())
  if (terminal.json) terminal.value(authorities)
  else if (authorities.length === 0) terminal.note(terminal.words('cli.authority.none'))
  else for (const line of authorities.flatMap((one) => authorityLines(terminal, one))) terminal.line(line)
}

export async function createAuthority(
  environment: CommandEnvironment,
  options: { name: string; organization?: string; permit?: string[]; years: string; key: 'ec-p256' | 'rsa-3072' },
): Promise<undefined> {
  const { terminal } = environment
  const years = wholeNumber(terminal, options.years)
  const made = await withUnlocked(environment, ({ context }) =>
    client(context).create({
      name: options.name,
      ...(options.organization === undefined ? {} : { organization: options.organization }),
      permitted: options.permit ?? [],
      years,
      keyType: options.key,
    }),
  )
  if (terminal.json) terminal.value(made)
  else for (const line of authorityLines(terminal, made)) terminal.line(line)
}

export interface IssueOptions {
  readonly own?: string
  readonly address?: readonly string[]
  readonly name?: string
  readonly days: string
  readonly out?: string
}

export async function issueCertificate(
  environment: CommandEnvironment,
  which: string,
  request: string | undefined,
  options: IssueOptions,
): Promise<number> {
  const { terminal } = environment
  const { own, name, out } = options
  const days = wholeNumber(terminal, options.days)
  if ((own === undefined) === (request === undefined)) throw new UsageError(terminal.words('cli.usage.own-or-request'))
  if (own !== undefined) {
    const made = await withUnlocked(environment, async ({ context }) => {
      const { id: authorityId } = await chosen(environment, context, which)
      const issuedHere = await client(context).issueOwn({ authorityId, name: name ?? '', address: own, days })
      const { sha256 } = issuedHere.issued.certificate
      if (out !== undefined) await writeFileOf(context, authorityId, sha256, out)
      return issuedHere
    })
    if (terminal.json) terminal.value(made)
    else terminal.line(`${made.issued.certificate.emails.join(', ')}  ${made.identityId}`)
    tellEnd(terminal, made.issued)
    if (out !== undefined && out !== '-') terminal.note(terminal.words('cli.authority.written', { file: out }))
    return exitCode.done
  }
  const source = { bytes: base64Text(await readInput(request ?? '-', requestLimit)) }
  const { address: addresses = [] } = options
  if (addresses.length === 0) return showRequest(environment, which, source)
  const issued = await withUnlocked(environment, async ({ context }) => {
    const { id: authorityId } = await chosen(environment, context, which)
    const view = await client(context).previewRequest({ authorityId, source })
    const certified = await client(context).issue({
      authorityId,
      source,
      addresses: [...addresses],
      name: name ?? view.name,
      days,
    })
    if (out !== undefined) await writeFileOf(context, authorityId, certified.certificate.sha256, out)
    return certified
  })
  if (terminal.json) terminal.value(issued)
  else terminal.line(`${issued.certificate.emails.join(', ')}  ${grouped(issued.certificate.sha256)}`)
  tellEnd(terminal, issued)
  if (out !== undefined && out !== '-') terminal.note(terminal.words('cli.authority.written', { file: out }))
  return exitCode.done
}

function tellEnd(terminal: Terminal, { certificate: { notAfter }, endsWithRoot }: IssuedCertificate): void {
  if (endsWithRoot) terminal.note(terminal.words('authority.endsWithRoot', { notAfter }))
}

/** Nothing is signed before a person named each address. */
async function showRequest(
  environment: CommandEnvironment,
  which: string,
  source: { readonly bytes: string },
): Promise<number> {
  const { terminal } = environment
  const view = await withSession(environment, async ({ context }) => {
    const { id: authorityId } = await chosen(environment, context, which)
    return client(context).previewRequest({ authorityId, source })
  })
  if (terminal.json) terminal.value(view)
  if (view.nameLeftOut) terminal.note(terminal.words('authority.request.nameLeftOut'))
  const key = `${view.keyAlgorithm} ${grouped(view.keySha256)}`
  terminal.note(terminal.words('cli.authority.confirm', { addresses: view.addresses.join(', '), key }))
  return exitCode.failed
}

async function writeFileOf(
  context: ServiceContext,
  authorityId: string,
  sha256: string | undefined,
  out: string,
): Promise<void> {
  const asked = { authorityId, ...(sha256 === undefined ? {} : { sha256 }) }
  await writeSpooled(context, (await client(context).certificateFile(asked)).spoolId, out)
}

async function writeSpooled(context: ServiceContext, spoolId: string, out: string): Promise<void> {
  const { handover } = context.application
  const file = handover.get(spoolId)
  if (!file) throw new CommandFailure('not-found', { what: 'file' })
  await writeOutput(out, file.open())
  await handover.discard(spoolId)
}

export async function writeRoot(environment: CommandEnvironment, which: string, out: string): Promise<undefined> {
  const { terminal } = environment
  const authority = await withSession(environment, async ({ context }) => {
    const one = await chosen(environment, context, which)
    await writeFileOf(context, one.id, undefined, out)
    return one
  })
  if (terminal.json) terminal.value({ file: out, certificate: authority.certificate })
  else if (out !== '-') terminal.note(terminal.words('cli.authority.written', { file: out }))
}

export async function revokeIssued(
  environment: CommandEnvironment,
  which: string,
  certificate: string,
  reason: OwnRevocationReason,
): Promise<undefined> {
  const { terminal } = environment
  const revoked = await withUnlocked(environment, async ({ context }) => {
    const authority = await chosen(environment, context, which)
    const sha256 = issuedOf(authority, certificate)
    const passphrase = await passphraseAgain(environment)
    return client(context).revoke({ authorityId: authority.id, sha256, reason, passphrase })
  })
  if (terminal.json) terminal.value(revoked)
  else {
    const { certificate: one, revokedAt } = revoked
    const since = terminal.words('authority.revoked', { revokedAt, reason: revoked.reason })
    terminal.line(`${one.emails.join(', ')}  ${since}`)
  }
}

export async function writeRevocationList(
  environment: CommandEnvironment,
  which: string,
  options: { out: string; days: string },
): Promise<undefined> {
  const { terminal } = environment
  const days = wholeNumber(terminal, options.days)
  const { spoolId: _, ...facts } = await withUnlocked(environment, async ({ context }) => {
    const { id: authorityId } = await chosen(environment, context, which)
    const list = await client(context).revocationList({ authorityId, days })
    await writeSpooled(context, list.spoolId, options.out)
    return list
  })
  if (terminal.json) terminal.value({ ...facts, file: options.out })
  else {
    const { nextUpdate, revoked } = facts
    terminal.note(terminal.words('authority.listDone', { name: options.out, nextUpdate, count: revoked }))
  }
}

export async function writeFingerprintPage(
  environment: CommandEnvironment,
  which: string,
  out: string,
): Promise<undefined> {
  const { terminal } = environment
  const { certificate, permitted } = await withSession(environment, ({ context }) =>
    chosen(environment, context, which),
  )
  const { name, sha256, notBefore, notAfter } = certificate
  const limits = { permitted: permitted.join(', ') }
  const isLimited = permitted.length > 0
  const page = (key: string, data: Readonly<Record<string, unknown>> = {}) =>
    terminal.words(`authority.page.${key}`, data)
  const blocks: PrintedBlock[] = [
    { text: page('text') },
    { text: page('fingerprint') },
    { code: grouped(sha256.toUpperCase()).split(' ') },
    { text: page('valid', { notBefore, notAfter }) },
    { text: isLimited ? terminal.words('authority.only', limits) : terminal.words('authority.all') },
    { text: page('todo') },
    { steps: [page('step1'), page('step2'), page('step3'), isLimited ? page('step4', limits) : page('step4all')] },
  ]
  await writeOutput(out, printedPage(out, terminal.language, page('title', { name }), blocks))
  if (terminal.json) terminal.value({ file: out, certificate })
  else if (out !== '-') terminal.note(terminal.words('cli.authority.written', { file: out }))
}
