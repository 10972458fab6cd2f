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
