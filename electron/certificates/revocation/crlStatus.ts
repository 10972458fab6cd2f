/**
 * What revocation lists say about a certificate (RFC 5280 §6.3.3). Who may sign a list is the caller's to say, who knows the
 * path that the certificate stands in; fetching is done elsewhere.
 */

import { oids } from '../../asn1/oids.ts'
import { isWeakDigest } from '../../crypto/digestOid.ts'
import type { SignatureAlgorithm } from '../algorithms.ts'
import type { Certificate } from '../certificate.ts'
import { nameKey } from '../name.ts'
import type { ComparisonBudget } from '../nameConstraints.ts'
import type { Crl } from './crl.ts'
import type { CrlEntry } from './crlEntries.ts'
import { allReasons } from './crlExtensions.ts'
import { type CrlPoint, continues, crlPointsOf, reasonsCovered } from './crlScope.ts'
import { ocspClockTolerance, ocspLifetimeWithoutNextUpdate } from './ocsp.ts'
import { type Revocation, type RevocationGap, type RevocationStatus, revokedAt, revokedSince } from './status.ts'

/** Lists by the comparable form of their issuer's name. */
export type CrlIndex = ReadonlyMap<string, readonly Crl[]>

export interface CrlQuestion {
  readonly certificate: Certificate
  readonly crls: CrlIndex
  /** The time whose status is wanted. */
  readonly at: Date
  /** The present: nothing made later is believed. */
  readonly now: Date
  /**
   * §6.3.3 (f) and (g): whether a list is signed by its issuer, who may sign lists and whose path ends in the certificate's
   * anchor. Asked for few lists, and only for those that are about the certificate.
   */
  readonly isAuthentic: (crl: Crl) => boolean
  /** Comparisons of names that are left. */
  readonly budget: ComparisonBudget
}

export function crlIndexOf(crls: readonly Crl[]): CrlIndex {
  const index = new Map<string, Crl[]>()
  for (const crl of crls) {
    const key = nameKey(crl.issuer)
    const others = index.get(key)
    if (others) others.push(crl)
    else index.set(key, [crl])
  }
  return index
}

/** What is gathered on the way through the points. */
interface Findings {
  covered: number
  readonly revocations: Revocation[]
  readonly gaps: Set<RevocationGap>
  thisUpdate: Date | undefined
  nextUpdate: Date | undefined
}

/**
 * The status that the lists amount to. Revoked by any outweighs good by others; good is told once all reasons are covered. Of
 * several lists of one scope the newest counts. A revocation holds also when its list has run out, unless it is a hold;
 * whether it holds at `at` already is for `revokedAt` to say.
 */
export function crlStatus(question: CrlQuestion): RevocationStatus {
  const { certificate, crls, at, budget } = question
  const findings: Findings = {
    covered: 0,
    revocations: [],
    gaps: new Set(),
    thisUpdate: undefined,
    nextUpdate: undefined,
  }
  for (const point of crlPointsOf(certificate, budget)) {
    if (findings.covered === allReasons) break
    const issuers = point.issuers.length > 0 ? point.issuers : [nameKey(certificate.issuer)]
    for (const crl of issuers.flatMap((issuer) => crls.get(issuer) ?? []).toSorted(newestFirst)) {
      take(question, crl, point, findings)
    }
  }
  const revocation = findings.revocations.find((entry) => revokedAt(entry, at)) ?? findings.revocations[0]
  if (revocation) return revocation
  const { thisUpdate, nextUpdate } = findings
  if (findings.covered === allReasons && thisUpdate) {
    return { state: 'good', source: 'crl', thisUpdate, ...(nextUpdate ? { nextUpdate } : {}) }
  }
  return { state: 'unknown', why: gapOf(question.certificate, findings) }
}

/** By number where both have one (§5.2.3), else by date. */
function newestFirst(one: Crl, other: Crl): number {
  if (one.number !== undefined && other.number !== undefined && one.number !== other.number) {
    return one.number > other.number ? -1 : 1
  }
  return other.thisUpdate.getTime() - one.thisUpdate.getTime()
}

/** One round of the loop of §6.3.3. */
function take(question: CrlQuestion, crl: Crl, point: CrlPoint, findings: Findings): void {
  const { certificate, now, isAuthentic, budget } = question
  // A delta alone says nothing about what it doesn't list.
  if (crl.baseNumber !== undefined || budget.comparisons < 0) return
  const reasons = reasonsCovered(crl, point, certificate, budget)
  // (e): a list that adds no reason is an older one of the same scope.
  if ((reasons & ~findings.covered) === 0) return
  if (crl.thisUpdate.getTime() > now.getTime() + ocspClockTolerance) {
    findings.gaps.add('outdated')
    return
  }
  if (isWeakerThan(certificate, crl) || !isAuthentic(crl)) {
    findings.gaps.add('not-trusted')
    return
  }
  const delta = deltaOf(question, crl)
  const entry = entryOf(certificate, crl, delta)
  const current = delta ?? crl
  const fresh = isFresh(question, current)
  if (entry && (fresh || entry.reason !== 'certificateHold')) {
    const since = revokedSince(entry.revokedAt, current.thisUpdate)
    findings.revocations.push({ state: 'revoked', source: 'crl', ...entry, revokedAt: since })
    findings.covered |= reasons
  } else if (!fresh) findings.gaps.add('outdated')
  else if (!isRemembered(certificate, current)) findings.gaps.add('not-at-hand')
  else cover(findings, reasons, current)
}

function cover(findings: Findings, reasons: number, { thisUpdate, nextUpdate }: Crl): void {
  findings.covered |= reasons
  if (!findings.thisUpdate || thisUpdate < findings.thisUpdate) findings.thisUpdate = thisUpdate
  if (nextUpdate && (!findings.nextUpdate || nextUpdate < findings.nextUpdate)) findings.nextUpdate = nextUpdate
}

/** (c) and (h): the newest delta that continues the list, signed as the list is. */
function deltaOf({ crls, now, at, isAuthentic }: CrlQuestion, complete: Crl): Crl | undefined {
  const latest = now.getTime() + ocspClockTolerance
  return crls
    .get(nameKey(complete.issuer))
    ?.filter((delta) => continues(delta, complete) && delta.thisUpdate.getTime() <= latest)
    .toSorted(newestFirst)
    .find((delta) => endOf(delta) >= at.getTime() && isAuthentic(delta))
}

/** (i) to (k): the delta has the word; what it removes isn't revoked. */
function entryOf(certificate: Certificate, complete: Crl, delta: Crl | undefined): CrlEntry | undefined {
  const entry = delta?.entries.find(certificate) ?? complete.entries.find(certificate)
  return entry?.reason === 'removeFromCRL' ? undefined : entry
}

/** When a list has run out. RFC 5280 §5.1.2.5 demands nextUpdate; without it newer news can be had at any time. */
function endOf({ thisUpdate, nextUpdate }: Crl): number {
  return nextUpdate?.getTime() ?? thisUpdate.getTime() + ocspLifetimeWithoutNextUpdate
}

/** What was made after `at` is fresh, too: what wasn't revoked later wasn't revoked before. */
function isFresh({ at }: CrlQuestion, crl: Crl): boolean {
  return endOf(crl) >= at.getTime()
}

/** RFC 5280 §3.3: of a certificate that had expired before, a list need not know any more. */
function isRemembered({ notAfter }: Certificate, { thisUpdate }: Crl): boolean {
  return thisUpdate <= notAfter
}

function isWeak({ scheme, dsa }: SignatureAlgorithm): boolean {
  return dsa !== undefined || (scheme !== undefined && 'digest' in scheme && isWeakDigest(scheme.digest))
}

/** A list that can be forged more easily than the certificate proves nothing about it. */
function isWeakerThan(certificate: Certificate, { signatureAlgorithm }: Crl): boolean {
  return isWeak(signatureAlgorithm) && !isWeak(certificate.signatureAlgorithm)
}

/** The gap that says most. */
function gapOf({ extensions }: Certificate, { covered, gaps }: Findings): RevocationGap {
  if (covered !== 0) return 'partial'
  for (const gap of ['outdated', 'not-trusted', 'not-at-hand'] as const) if (gaps.has(gap)) return gap
  const points = extensions.crlDistributionPoints?.some(({ names }) => names.some(({ kind }) => kind === 'uri'))
  const responders = extensions.authorityInfoAccess?.some(({ method }) => method === oids.ocsp)
  return points || responders ? 'not-at-hand' : 'no-source'
}
