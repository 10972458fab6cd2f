/** `siegel identity csr | pending | answer`: certificates by request file. */

import { createRouterClient } from '@orpc/server'
import type { RequestKeyType } from '../../../../shared/contract/catalogue.ts'
import type { AnsweredCertificate, AnswerSearch, CertificateRequest } from '../../../../shared/contract/requests.ts'
import type { ByteSource } from '../../../../shared/contract/values.ts'
import { answerNextKey, ownOddityKey } from '../../../../shared/words/ownWords.ts'
import { answerByteLimit } from '../../../acquisition/answers.ts'
import { base64Bytes, base64Text, utf8Bytes } from '../../../base/bytes.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { requestsProcedures } from '../../../services/requests/certificateRequests.ts'
import { readInput, writeOutput } from '../files.ts'
import { day, table } from '../format.ts'
import { prepareOutput } from '../outputs.ts'
import { type CommandEnvironment, withSession, withUnlocked } from '../session.ts'
import { CommandFailure, exitCode, type Terminal, UsageError } from '../terminal.ts'
import { agreedAuthority, authorityNamed, authorityNames, domainAnswer } from './catalogue.ts'
import { identityLines } from './identity.ts'

function client(context: ServiceContext) {
  return createRouterClient(requestsProcedures, { context })
}

export interface CsrOptions {
  readonly address: string
  readonly name: string
  readonly key: RequestKeyType
  readonly for: 'both' | 'separate' | 'sign' | 'encrypt'
  readonly ca?: string
  readonly renews?: string
  readonly out: string
  readonly der?: boolean
  readonly anyway?: boolean
  readonly trustServer?: boolean
}

export async function makeRequest(environment: CommandEnvironment, options: CsrOptions): Promise<number> {
  const { terminal } = environment
  if (options.key === 'ed25519' && options.for !== 'sign') throw new UsageError(terminal.words('cli.usage.ed25519'))
  const isSplit = options.for === 'separate' && options.out !== '-'
  const outputs = isSplit ? ['sign', 'encrypt'].map((use) => withUse(options.out, use)) : [options.out]
  for (const file of outputs) await prepareOutput(environment, file)
  return withUnlocked(environment, async ({ context }) => {
    const authority = options.ca === undefined ? undefined : await authorityNamed(context, options.ca)
    if (authority && authority.issues !== 'csr') {
      throw new UsageError(terminal.words(`cli.usage.no-request.${authority.issues}`, authority))
    }
    if (authority && !(await agreedAuthority(environment, context, authority, options.trustServer)))
      return exitCode.failed
    const domain = authority ? await domainAnswer(context, terminal, options.address, authority) : undefined
    if (domain) terminal.note(domain.text)
    if (domain?.prohibits && !options.anyway) {
      if (terminal.json) terminal.value({ prohibition: domain.finding })
      terminal.note(terminal.words('cli.requests.caa'))
      return exitCode.failed
    }
    const { requests } = await client(context).begin({
      name: options.name,
      address: options.address,
      authority: authority?.id ?? '',
      keyType: options.key,
      purpose: options.for,
      ...(options.renews === undefined ? {} : { renews: options.renews }),
    })
    const files = await writeRequests(requests, options).catch((error: unknown) => {
      for (const { id } of requests) terminal.note(terminal.words('cli.requests.kept', { id }))
      throw error
    })
    if (terminal.json) terminal.value({ requests, files, ...(domain ? { caa: domain.finding } : {}) })
    else for (const file of files) terminal.note(terminal.words('cli.requests.written', { file }))
    return exitCode.done
  })
}

async function writeRequests(
  requests: readonly CertificateRequest[],
  { out, der }: Pick<CsrOptions, 'out' | 'der'>,
): Promise<string[]> {
  const bytes = (request: CertificateRequest) => (der ? derOf(request) : utf8Bytes(request.pem))
  if (out === '-') {
    await writeOutput(out, requests.map(bytes))
    return []
  }
  const files: string[] = []
  for (const request of requests) {
    const file = requests.length === 1 ? out : withUse(out, request.use)
    await writeOutput(file, bytes(request))
    files.push(file)
  }
  return files
}

function derOf({ pem }: CertificateRequest): Uint8Array {
  return base64Bytes(pem.replace(/-----[^-]+-----|\s/g, ''))
}

/** anna.csr becomes anna-sign.csr and anna-encrypt.csr. */
function withUse(file: string, use: string): string {
  return /\.[^./\\]+$/.test(file) ? file.replace(/(\.[^./\\]+)$/, `-${use}$1`) : `${file}-${use}`
}

export async function listRequests(environment: CommandEnvironment): Promise<undefined> {
  const { terminal } = environment
  const { requests, names } = await withSession(environment, async ({ context }) => ({
    requests: await client(context).list(),
    names: await authorityNames(context),
  }))
  if (terminal.json) terminal.value(requests)
  else if (requests.length === 0) terminal.note(terminal.words('cli.requests.none'))
  else for (const line of requestLines(terminal, requests, names)) terminal.line(line)
}

function requestLines(
  terminal: Terminal,
  requests: readonly CertificateRequest[],
  names: ReadonlyMap<string, string>,
): string[] {
  return table(
    requests.map((request) => [
      request.address,
      terminal.words(`requests.use.${request.use}`),
      terminal.words(`catalogue.keyType.${request.keyType}`),
      terminal.words(`requests.state.${request.keyDiscarded ? 'discarded' : request.state}`),
      day(request.createdAt),
      names.get(request.authority) ?? request.authority,
      request.id,
    ]),
  )
}

export async function showRequest(
  environment: CommandEnvironment,
  which: string,
  options: { out?: string; der?: boolean },
): Promise<undefined> {
  const { terminal } = environment
  const { request, names } = await withSession(environment, async ({ context }) => ({
    request: chosen(terminal, await client(context).list(), which),
    names: await authorityNames(context),
  }))
  if (options.out !== undefined) await writeRequests([request], { out: options.out, der: options.der ?? false })
  if (terminal.json) terminal.value(request)
  else if (options.out === undefined) {
    for (const line of requestLines(terminal, [request], names)) terminal.note(line)
    terminal.line(request.pem.trimEnd())
  }
}

export async function cancelRequest(
  environment: CommandEnvironment,
  which: string,
  options: { discardKey?: boolean },
): Promise<undefined> {
  const { terminal } = environment
  const cancelled = await withSession(environment, async ({ context }) => {
    const requests = client(context)
    const { id } = chosen(terminal, await requests.list(), which)
    return requests.cancel({ id, key: options.discardKey ? 'discard' : 'keep' })
  })
  if (terminal.json) terminal.value(cancelled)
  else terminal.note(terminal.words(`requests.state.${cancelled.keyDiscarded ? 'discarded' : 'cancelled'}`))
}

/** By id, or by the address where only one request waits for it. */
function chosen(terminal: Terminal, requests: readonly CertificateRequest[], which: string): CertificateRequest {
  const byId = requests.find(({ id }) => id === which)
  if (byId) return byId
  const waiting = requests.filter(
    ({ address, state }) => state === 'waiting' && address.toLowerCase() === which.toLowerCase(),
  )
  if (waiting.length > 1) {
    const list = waiting.map(({ id, use }) => `${id}  ${terminal.words(`requests.use.${use}`)}`).join('\n')
    throw new UsageError(`${terminal.words('cli.usage.which')}\n${list}`)
  }
  return waiting[0] ?? missing()
}

function missing(): never {
  throw new CommandFailure('not-found', { what: 'request' })
}

interface Answer {
  readonly sources: readonly ByteSource[]
  /** Each source's, for what is said of it. */
  readonly names: readonly string[]
  /** What was looked at, where the answer comes from a mailbox. */
  readonly search?: AnswerSearch
}

/** Joins what the authority sent. Needs no passphrase: the keys lie sealed beside their certificates. */
export async function takeAnswer(
  environment: CommandEnvironment,
  files: readonly string[],
  options: { anyway?: boolean },
): Promise<number> {
  const sources = await Promise.all(
    files.map(async (file) => ({ bytes: base64Text(await readInput(file, answerByteLimit)) })),
  )
  return withSession(environment, ({ context }) =>
    join(environment, context, { sources, names: files }, { anyway: options.anyway ?? false, take: true }),
  )
}

/** Shows what the mailbox of an address brings; joins it only where that is said, because nobody has seen it before. */
export async function answerFromMailbox(
  environment: CommandEnvironment,
  address: string,
  options: { anyway?: boolean; take?: boolean },
): Promise<number> {
  const { terminal } = environment
  return withUnlocked(environment, async ({ context }) => {
    const search = await client(context).searchMailbox({ address })
    const { mails, looked, since, passedOver } = search
    if (mails.length === 0) {
      if (terminal.json) terminal.value({ identities: [], taken: [], left: [], unreadable: [], search })
      terminal.note(terminal.words('requests.mailbox.nothing', { count: looked, since }))
      if (passedOver > 0) terminal.note(terminal.words('requests.mailbox.passedOver', { count: passedOver }))
      return exitCode.failed
    }
    for (const { subject, from, date } of mails) {
      const claims = [
        ...(from === undefined ? [] : [terminal.words('requests.mailbox.from', { from })]),
        ...(date === undefined ? [] : [terminal.words('requests.mailbox.dated', { date })]),
      ]
      terminal.note([subject, ...claims].join(' · '))
    }
    const answer = {
      sources: mails.map(({ spoolId }) => ({ spoolId })),
      names: mails.map(({ subject }) => subject),
      search,
    }
    return join(environment, context, answer, { anyway: options.anyway ?? false, take: options.take ?? false })
  })
}

async function join(
  { terminal }: CommandEnvironment,
  context: ServiceContext,
  { sources, names, search }: Answer,
  { anyway, take }: { readonly anyway: boolean; readonly take: boolean },
): Promise<number> {
  const requests = client(context)
  const preview = await requests.readAnswer({ sources: [...sources] })
  const wanted = preview.certificates.filter(
    ({ concerns: [gravest] }) =>
      gravest === undefined || gravest.weight === 'tell' || (gravest.weight === 'ask' && anyway),
  )
  const taken = take ? wanted : []
  const { identities } =
    taken.length > 0
      ? await requests.takeAnswer({
          sources: [...sources],
          certificates: taken.map(({ certificate }) => certificate.sha256),
        })
      : { identities: [] }
  const left = preview.certificates.filter((one) => !taken.includes(one))
  if (terminal.json) {
    terminal.value({ identities, taken, left, unreadable: preview.unreadable, ...(search ? { search } : {}) })
  } else {
    for (const one of [...taken, ...left]) for (const line of answerLines(terminal, one)) terminal.note(line)
    for (const line of identityLines(terminal, identities)) terminal.line(line)
  }
  for (const { source, code, data } of preview.unreadable) {
    const said = `${terminal.words(`errors.${code}.what`, data)}\n${terminal.words(answerNextKey(code), data)}`
    terminal.note(`${names[source]}: ${said}`)
  }
  if (identities.length > 0) return exitCode.done
  if (preview.certificates.length === 0) {
    // Why a file brought nothing is said already.
    if (preview.unreadable.length === 0) terminal.note(terminal.words('answer.none'))
  } else if (!take && wanted.length > 0) {
    terminal.note(terminal.words('cli.requests.take'))
    return exitCode.done
  } else if (left.some(({ concerns }) => concerns[0]?.weight === 'ask')) {
    terminal.note(terminal.words(take ? 'cli.requests.anyway' : 'cli.requests.take-anyway'))
    // Who only wanted to look has looked.
    if (!take) return exitCode.done
  }
  return exitCode.failed
}

/** What is said of a certificate before it is used: concerns, and what the linter finds. */
function answerLines(terminal: Terminal, { certificate, concerns, odd }: AnsweredCertificate): string[] {
  return [
    `${certificate.name} (${certificate.emails.join(', ')})`,
    ...concerns.map(({ code, data }) => `  ${terminal.words(`answer.concern.${code}`, data)}`),
    ...odd.map(({ code, data }) => `  ${terminal.words(ownOddityKey(code), data)}`),
  ]
}
