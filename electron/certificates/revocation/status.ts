/** What is known of a certificate's revocation (RFC 5280 §5.3.1 and §6.3, RFC 6960 §2.2), whichever source said it. */

/** CRLReason by its name in RFC 5280 §5.3.1. */
export type RevocationReason =
  | 'unspecified'
  | 'keyCompromise'
  | 'cACompromise'
  | 'affiliationChanged'
  | 'superseded'
  | 'cessationOfOperation'
  | 'certificateHold'
  | 'removeFromCRL'
  | 'privilegeWithdrawn'
  | 'aACompromise'

/** CRLReason by its number; 7 is not used. */
export const revocationReasons: readonly (RevocationReason | undefined)[] = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  undefined,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
]

export type RevocationSource = 'crl' | 'ocsp'

/**
 * Why nothing is known. `no-source`: the certificate names none that Siegel can ask. `not-at-hand`: it names some, and what
 * they say isn't here. `outdated`: only lists or answers past their nextUpdate. `not-trusted`: signed by somebody who may not.
 * `partial`: not all reasons are covered. `responder-unknown`: OCSP's own "unknown".
 */
export type RevocationGap = 'no-source' | 'not-at-hand' | 'outdated' | 'not-trusted' | 'partial' | 'responder-unknown'

export type RevocationStatus =
  | { readonly state: 'good'; readonly source: RevocationSource; readonly thisUpdate: Date; readonly nextUpdate?: Date }
  | {
      readonly state: 'revoked'
      readonly source: RevocationSource
      /** From when on, as the CA says. */
      readonly revokedAt: Date
      readonly reason: RevocationReason
      /** Since when the key is known or suspected to be compromised (RFC 5280 §5.3.2). */
      readonly invalidityDate?: Date
    }
  | { readonly state: 'unknown'; readonly why: RevocationGap }

export type Revocation = RevocationStatus & { readonly state: 'revoked' }

/**
 * Whether a revocation holds at `at` (RFC 5280 §5.3.2). One that came later doesn't undo what was signed before, except where
 * the key was lost: whoever has it also writes the time of signing, so that no claimed time helps; and except where the issuer
 * itself dates the loss back.
 */
export function revokedAt({ revokedAt: since, reason, invalidityDate }: Revocation, at: Date): boolean {
  if (reason === 'keyCompromise' || reason === 'cACompromise') return true
  return since <= at || (invalidityDate !== undefined && invalidityDate <= at)
}

/**
 * Since when a certificate counts as revoked that a list or an answer of `thisUpdate` calls so. A later date (local time written
 * as UTC, for one) is a slip: it was revoked when that was said.
 */
export function revokedSince(stated: Date, thisUpdate: Date): Date {
  return stated < thisUpdate ? stated : thisUpdate
}

/** From what says least to what says most. */
const gaps: readonly RevocationGap[] = [
  'not-at-hand',
  'no-source',
  'not-trusted',
  'responder-unknown',
  'outdated',
  'partial',
]

/**
 * What several sources amount to: a revocation outweighs what is good, one that holds at `at` before one that came later; of
 * several good ones the newest counts; where there is neither, the gap that says most.
 */
export function combinedStatus(statuses: readonly RevocationStatus[], at: Date): RevocationStatus {
  const revoked = statuses.filter((status) => status.state === 'revoked')
  const revocation = revoked.find((status) => revokedAt(status, at)) ?? revoked[0]
  if (revocation) return revocation
  const good = statuses.filter((status) => status.state === 'good')
  const [newest] = good.toSorted((one, other) => other.thisUpdate.getTime() - one.thisUpdate.getTime())
  if (newest) return newest
  const unknown = statuses.filter((status) => status.state === 'unknown').map(({ why }) => why)
  return { state: 'unknown', why: gaps.findLast((gap) => unknown.includes(gap)) ?? 'no-source' }
}
