/**
 * What is to be said about revocations beside the verdict: which certificates couldn't be asked about and why, and a
 * revocation that came after the signature. What couldn't be asked makes no signature bad, and is never passed over.
 */

import type { ShownRevocation } from '../../shared/contract/certificates.ts'
import type { Finding, SignerReport } from '../../shared/contract/report.ts'
import type { SignerFacts } from './signerFacts.ts'

/** Gaps that a person chose or can't do anything about; the others are news. */
const expected: ReadonlySet<string> = new Set([
  'off',
  'ocsp-off',
  'offline',
  'no-source',
  'not-at-hand',
  'unsupported-address',
  'chain-not-valid',
])

type Gap = Extract<ShownRevocation, { state: 'unknown' }>

export function ofRevocation({ signers }: { readonly signers: readonly SignerFacts[] }): Finding[] {
  const verified = signers.filter(({ outcome }) => outcome.state === 'verified')
  const findings = verified.flatMap(({ report, path }) => [
    ...gapsOf(report, path?.state === 'valid'),
    ...revokedSince(report),
  ])
  // Signers of one CA have the same gap further up.
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()]
}

function gapsOf({ revocation, chain, subject }: SignerReport, valid: boolean): Finding[] {
  if (revocation.length === 0) {
    return [gapFinding({ state: 'unknown', why: valid ? 'not-at-hand' : 'chain-not-valid' }, chain[0]?.name ?? subject)]
  }
  return revocation.flatMap((entry, link) =>
    entry.state === 'unknown' ? [gapFinding(entry, chain[link]?.name ?? subject)] : [],
  )
}

function gapFinding({ why, host, since, lastGood }: Gap, name: string): Finding {
  const severity = expected.has(why) ? 'info' : 'warning'
  if (host === undefined || since === undefined) {
    return { code: 'revocation-not-checked', severity, data: { name, why, ...(host === undefined ? {} : { host }) } }
  }
  return lastGood === undefined
    ? { code: 'revocation-unanswered', severity, data: { name, why, host, since } }
    : { code: 'revocation-unanswered-lately', severity, data: { name, why, host, since, lastGood } }
}

function revokedSince({ revokedSince: since, revocation, chain, subject, signingTime }: SignerReport): Finding[] {
  if (!since) return []
  return revocation.flatMap((entry, link): Finding[] => {
    if (entry.state !== 'revoked') return []
    const { revokedAt, reason } = entry
    const data = { name: chain[link]?.name ?? subject, signingTime, revokedAt, reason }
    return [{ code: 'revoked-after-signing', severity: 'warning', data }]
  })
}
