/**
 * Of which certificates a list speaks, and for which reasons (RFC 5280 §6.3.3 (b) and (d)): the distribution points that a
 * certificate names, compared with the one that a list is issued for.
 */

import type { Certificate } from '../certificate.ts'
import type { DistributionPoint } from '../extensions.ts'
import type { GeneralName } from '../generalName.ts'
import { type Name, nameKey } from '../name.ts'
import type { ComparisonBudget } from '../nameConstraints.ts'
import type { Crl } from './crl.ts'
import { allReasons, reasonsOf, relativeName } from './crlExtensions.ts'

/** Where a certificate's list is found, and who issues it. */
export interface CrlPoint {
  /** Comparable forms; absent where the point names only an issuer. */
  readonly names?: ReadonlySet<string>
  /** Comparable names of an issuer other than the certificate's own; empty: the certificate's. */
  readonly issuers: readonly string[]
  readonly reasons: number
}

/** Scheme and host of a URI don't depend on case (RFC 5280 §7.4), the rest does. */
function uriKey(uri: string): string {
  return uri.replace(/^[a-z][a-z0-9+.-]*:(?:\/\/[^/?#]*)?/i, (start) => start.toLowerCase())
}

/** A text that two general names share exactly when they are the same name. */
function generalNameKey(name: GeneralName): string {
  switch (name.kind) {
    case 'directoryName':
      return `directoryName ${nameKey(name.name)}`
    case 'uri':
      return `uri ${uriKey(name.value)}`
    case 'dnsName':
      return `dnsName ${name.value.toLowerCase()}`
    case 'otherName':
      return `otherName ${name.type} ${name.value}`
    default:
      return `${name.kind} ${name.value}`
  }
}

function directoryNames(names: readonly GeneralName[]): Name[] {
  return names.flatMap((name) => (name.kind === 'directoryName' ? [name.name] : []))
}

function pointOf(point: DistributionPoint, certificateIssuer: Name): CrlPoint {
  const issuers = directoryNames(point.crlIssuer)
  const { names, relativeName: rdn, reasons } = point
  // §4.2.1.13: a relative name stands below the list's issuer, of which there must be one.
  const below = rdn && issuers.length <= 1 ? relativeName(issuers[0] ?? certificateIssuer, rdn) : undefined
  const full = below ? [...names, below] : names
  return {
    ...(full.length > 0 ? { names: new Set(full.map(generalNameKey)) } : {}),
    issuers: issuers.map(nameKey),
    reasons: reasons ? reasonsOf(reasons) : allReasons,
  }
}

/**
 * The points of a certificate, and the one that every certificate has: a list of its own issuer (§6.3.3, after the loop).
 * Counts the names.
 */
export function crlPointsOf({ extensions, issuer }: Certificate, budget: ComparisonBudget): CrlPoint[] {
  const stated = extensions.crlDistributionPoints ?? []
  for (const { names, crlIssuer } of stated) budget.comparisons -= names.length + crlIssuer.length + 1
  if (budget.comparisons < 0) return []
  const own: GeneralName = { kind: 'directoryName', value: issuer.text, name: issuer }
  const implied = { names: new Set([generalNameKey(own)]), issuers: [], reasons: allReasons }
  return [...stated.map((point) => pointOf(point, issuer)), implied]
}

/** §6.3.3 (b)(2)(i): the list's place is one of the point's, or its issuer's name where the point has no place. */
function isAtPoint(names: readonly GeneralName[], point: CrlPoint, budget: ComparisonBudget): boolean {
  budget.comparisons -= names.length
  if (budget.comparisons < 0) return false
  if (point.names) return names.some((name) => point.names?.has(generalNameKey(name)))
  return directoryNames(names).some((name) => point.issuers.includes(nameKey(name)))
}

/**
 * The reasons for which a list says whether `certificate` was revoked, as its point has it (§6.3.3 (d)); 0 when the list
 * isn't about it. Deltas are never asked: they have the scope of a complete list.
 */
export function reasonsCovered(crl: Crl, point: CrlPoint, certificate: Certificate, budget: ComparisonBudget): number {
  const { issuingDistributionPoint: own } = crl
  budget.comparisons--
  // (b)(1): its own issuer's, or that of whom the point names, who then has to say that it speaks for others.
  const issuerKey = nameKey(crl.issuer)
  const isNamed = point.issuers.length > 0
  if (isNamed ? !point.issuers.includes(issuerKey) : issuerKey !== nameKey(certificate.issuer)) return 0
  if (isNamed && !own?.indirect) return 0
  if (!own) return point.reasons
  if (own.names && !isAtPoint(own.names, point, budget)) return 0
  const isAuthority = certificate.extensions.basicConstraints?.ca === true
  if (
    own.only === 'attributes' ||
    (own.only === 'users' && isAuthority) ||
    (own.only === 'authorities' && !isAuthority)
  ) {
    return 0
  }
  return point.reasons & (own.reasons ?? allReasons)
}

/**
 * RFC 5280 §5.2.4 and §6.3.3 (c): whether a delta continues a complete list: of one issuer, scope and key, from a number that
 * the complete list has reached, and newer than it.
 */
export function continues(delta: Crl, complete: Crl): boolean {
  const { number, baseNumber } = delta
  if (number === undefined || baseNumber === undefined || complete.number === undefined) return false
  const scope = ({ issuingDistributionPoint }: Crl) => Buffer.from(issuingDistributionPoint?.der ?? []).toString('hex')
  return (
    nameKey(delta.issuer) === nameKey(complete.issuer) &&
    scope(delta) === scope(complete) &&
    delta.authorityKeyIdentifier === complete.authorityKeyIdentifier &&
    complete.number >= baseNumber &&
    complete.number < number
  )
}
