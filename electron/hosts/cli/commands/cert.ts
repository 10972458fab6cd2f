/** `siegel cert show|verify`: certificates in a file, and what a chain makes of them. */

import { createRouterClient } from '@orpc/server'
import { type CertificateView, type ChainState, clockReasons } from '../../../../shared/contract/certificates.ts'
import { base64Text } from '../../../base/bytes.ts'
import { type Certificate, readCertificates } from '../../../certificates/certificate.ts'
import { type PathQuestion, type Purpose, validatePath } from '../../../certificates/path.ts'
import type { RevocationSources } from '../../../certificates/revocation/sourcesFetch.ts'
import { chainStateOf, viewOf } from '../../../certificates/view.ts'
import { loadPostQuantum } from '../../../crypto/postQuantum.ts'
import { certificatesProcedures } from '../../../services/certificates/certificates.ts'
import { anchorsOf } from '../../../services/certificates/knownCertificates.ts'
import { missingIssuers } from '../../../services/certificates/missingIssuers.ts'
import { withClockDoubt } from '../../../services/clock.ts'
import { validateAndAsk } from '../../../services/revocation/revocation.ts'
import { evidenceFrom, policiesFrom } from '../evidence.ts'
import { readInput } from '../files.ts'
import { day, grouped } from '../format.ts'
import { revocationLines } from '../reportText.ts'
import { type CommandEnvironment, withSession } from '../session.ts'
import { CommandFailure, exitCode, type Terminal } from '../terminal.ts'
import { anchorsFrom, instantOf } from './inspect.ts'

const fileLimit = 8_388_608

export async function showCertificate(
  environment: CommandEnvironment,
  file: string,
  atText?: string,
): Promise<undefined> {
  const { terminal } = environment
  const at = instantOf(terminal, atText)
  const bytes = await readInput(file, fileLimit)
  const { certificates } = await withSession(environment, ({ context }) =>
    createRouterClient(certificatesProcedures, { context }).show({
      source: { bytes: base64Text(bytes) },
      ...(at ? { at: at.toISOString() } : {}),
    }),
  )
  if (terminal.json) {
    terminal.value(certificates.map(({ certificate, chain }) => ({ ...certificate, chain })))
    return
  }
  certificates.forEach(({ certificate, chain }, index) => {
    if (index > 0) terminal.line('')
    for (const line of certificateLines(terminal, certificate)) terminal.line(line)
    for (const line of chainLines(terminal, chain)) terminal.line(line)
  })
}

function certificateLines(terminal: Terminal, view: CertificateView): string[] {
  const field = (name: string, value: string) =>
    value === '' ? [] : [`${terminal.words(`cli.cert.${name}`)} ${value}`]
  return [
    view.name,
    ...field('addresses', view.emails.join(', ')),
    ...field('subject', view.subject),
    ...field('issuer', view.issuer),
    ...field('serial', grouped(view.serial)),
    ...field('validity', `${day(view.notBefore)} – ${day(view.notAfter)}`),
    ...field('key', view.key.algorithm),
    ...field('signature', view.signatureAlgorithm),
    ...field('usage', view.keyUsage.join(', ')),
    ...field('purpose', view.extendedKeyUsage.map(({ name }) => name).join(', ')),
    ...field('policy', view.policies.map(({ name, oid }) => name ?? oid).join(', ')),
    ...field('proves', view.emails.length > 0 ? terminal.words(`certs.proves.${view.proves}`) : ''),
    ...field('lists', view.crlUrls.join(', ')),
    ...field('ocsp', view.ocspUrls.join(', ')),
    ...field('issuers', view.issuerUrls.join(', ')),
    ...field('sha256', grouped(view.sha256)),
    ...view.extensions.flatMap(({ name, critical, facts }) => [
      `  ${name}${critical ? ` (${terminal.words('certs.critical')})` : ''}`,
      ...facts.map(({ label, value }) => `    ${terminal.words(`certs.fact.${label}`)}: ${value}`),
    ]),
    ...view.odd.map(
      ({ code, severity, section, data }) =>
        `  ! ${terminal.words(`certs.severity.${severity}`)} ${terminal.words(`odd.${code}`, data)} (${section})`,
    ),
  ]
}

/** The chain from the certificate up to the root, with the reason at the link that breaks. */
function chainLines(terminal: Terminal, { chain, state, clock, revocation, ...judged }: ChainState): string[] {
  const known = revocationLines(terminal, chain, revocation)
  // By a clock that is wrong nothing has ended or not begun.
  const reasons = judged.reasons.filter(({ code }) => !clock || !clockReasons.has(code))
  const reasonLine = ({ code, data }: ChainState['reasons'][number]) => `✗ ${terminal.words(`reasons.${code}`, data)}`
  return [
    terminal.words('cli.cert.chain'),
    ...chain.flatMap(({ name, notAfter, anchor }, link) => {
      const trusted = anchor ? ` · ${terminal.words('cli.report.anchor')}` : ''
      const broken = reasons.filter((entry) => entry.link === link).map(reasonLine)
      const below = [...broken, ...known.slice(link, link + 1)]
      return [
        `  ${link === 0 ? '●' : '↑'} ${name} · ${terminal.words('cli.until', { date: day(notAfter) })}${trusted}`,
        ...below.map((line) => `      ${line}`),
      ]
    }),
    ...reasons.filter(({ link }) => link === undefined).map((entry) => `    ${reasonLine(entry)}`),
    ...(clock ? [terminal.words(`findings.${clock.code}`, clock.data)] : []),
    ...(clock && clockReasons.has(state)
      ? []
      : [`${terminal.words('cli.cert.state')} ${terminal.words(`cli.chain.${state}`)}`]),
  ]
}

export interface VerifyOptions {
  readonly chain?: readonly string[]
  readonly anchor?: readonly string[]
  readonly at?: string
  readonly purpose: Purpose
  /** Revocation lists, which then alone count. */
  readonly crl?: readonly string[]
  /** Policies, as dotted OIDs, one of which the chain must hold for. */
  readonly policy?: readonly string[]
  /** Asks nobody about revocations. */
  readonly offline?: boolean
}

/** Validates the first certificate of the file; the others in it may serve as intermediates. */
export async function verifyCertificate(
  environment: CommandEnvironment,
  file: string,
  options: VerifyOptions,
): Promise<number> {
  const { terminal } = environment
  const askedFor = instantOf(terminal, options.at)
  const at = askedFor ?? new Date()
  const read = readCertificates(await readInput(file, fileLimit))
  if (!read.ok) {
    const { code, ...data } = read.error
    throw new CommandFailure(code, data)
  }
  const [leaf, ...others] = read.value
  if (!leaf) throw new CommandFailure('no-certificate-inside')
  const given = await anchorsFrom(options.anchor ?? [])
  const intermediates = [...others, ...(await anchorsFrom(options.chain ?? []))]
  const evidence = await evidenceFrom(options.crl)
  const question = {
    leaf,
    intermediates,
    at,
    purpose: options.purpose,
    policies: policiesFrom(terminal, options.policy),
    // Lists that were brought along are what the answer rests on: where they say nothing, it is no "valid".
    revocation: evidence && { evidence, mode: 'required' as const, now: new Date() },
  }
  const state = await verified(environment, question, given, { offline: options.offline ?? false, byClock: !askedFor })
  if (terminal.json) terminal.value({ file, sha256: viewOf(leaf).sha256, ...state })
  else for (const line of chainLines(terminal, state)) terminal.line(line)
  return state.state === 'valid' ? exitCode.done : exitCode.failed
}

/**
 * Anchors on the command line take the place of the profile's: a verification says exactly what it trusts. Whom it may ask
 * about revocations is the profile's to say; without asking, and with anchors given, no profile is needed.
 */
async function verified(
  environment: CommandEnvironment,
  asked: Omit<PathQuestion, 'anchors'>,
  given: readonly Certificate[],
  { offline, byClock }: { readonly offline: boolean; readonly byClock: boolean },
): Promise<ChainState> {
  const told = (chain: ChainState, sources?: RevocationSources) =>
    byClock ? withClockDoubt(chain, asked.at, sources) : chain
  const asksNobody = offline || asked.revocation !== undefined
  if (asksNobody && given.length > 0) {
    const postQuantum = environment.options.experimental ? await loadPostQuantum() : undefined
    return told(chainStateOf(validatePath({ ...asked, anchors: given, postQuantum })))
  }
  return withSession(environment, async ({ context }) => {
    const postQuantum = context.application.experimental.postQuantum()
    const question = { ...asked, anchors: given.length > 0 ? given : anchorsOf(context), postQuantum }
    const { revocation } = context.application
    if (asksNobody) return told(chainStateOf(validatePath(question)), revocation)
    const found = await missingIssuers(context, [question], { offline })
    const completed = { ...question, intermediates: [...question.intermediates, ...found] }
    const { paths, gaps } = await validateAndAsk(context, [completed], { offline })
    return told(chainStateOf(paths[0] ?? validatePath(completed), gaps), revocation)
  })
}
