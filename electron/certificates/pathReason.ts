/**
 * Why a path is not what it should be: one value per broken rule, which names the link that breaks. Sentences for the
 * codes stand in shared/words under `reasons`.
 */

export type PathState =
  | 'valid'
  | 'unknown-issuer'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-purpose'
  | 'weak-algorithm'
  | 'broken'
  | 'malformed'
  | 'revoked'
  | 'revocation-unknown'
  | 'over-budget'

export type PathReasonCode =
  | 'issuer-not-found'
  | 'root-not-trusted'
  | 'distrusted-since'
  | 'anchor-out-of-scope'
  | 'bad-signature'
  | 'unsupported-algorithm'
  | 'expired'
  | 'not-yet-valid'
  | 'not-a-ca'
  | 'missing-key-cert-sign'
  | 'path-too-long'
  | 'unknown-critical-extension'
  | 'malformed-extension'
  | 'explicit-policy-required'
  | 'name-not-permitted'
  | 'purpose-not-email'
  | 'issuer-purpose-not-email'
  | 'key-usage-forbids-signing'
  | 'key-usage-forbids-encryption'
  | 'key-cannot-encrypt'
  | 'weak-signature-algorithm'
  | 'weak-key'
  | 'withdrawn-algorithm'
  | 'revoked'
  | 'revocation-unknown'
  | 'search-limit'

export interface PathReason {
  readonly code: PathReasonCode
  /** Position in the path: 0 is the certificate in question, the last one is the root. */
  readonly link: number
  readonly data: Readonly<Record<string, unknown>>
}

const stateOfReason: Readonly<Record<PathReasonCode, PathState>> = {
  'issuer-not-found': 'unknown-issuer',
  'root-not-trusted': 'unknown-issuer',
  'distrusted-since': 'unknown-issuer',
  'anchor-out-of-scope': 'unknown-issuer',
  'bad-signature': 'broken',
  // Nobody could check that the issuer vouches for it: worth as much as an issuer nobody knows.
  'unsupported-algorithm': 'unknown-issuer',
  expired: 'expired',
  'not-yet-valid': 'not-yet-valid',
  'not-a-ca': 'broken',
  'missing-key-cert-sign': 'broken',
  'path-too-long': 'broken',
  'unknown-critical-extension': 'broken',
  'malformed-extension': 'malformed',
  'explicit-policy-required': 'broken',
  'name-not-permitted': 'broken',
  'purpose-not-email': 'wrong-purpose',
  'issuer-purpose-not-email': 'wrong-purpose',
  'key-usage-forbids-signing': 'wrong-purpose',
  'key-usage-forbids-encryption': 'wrong-purpose',
  'key-cannot-encrypt': 'wrong-purpose',
  'weak-signature-algorithm': 'weak-algorithm',
  'weak-key': 'weak-algorithm',
  'withdrawn-algorithm': 'weak-algorithm',
  revoked: 'revoked',
  'revocation-unknown': 'revocation-unknown',
  'search-limit': 'over-budget',
}

/**
 * From harmless to grave: a path that breaks in several ways is named by the gravest. What nobody could ask about revocation
 * is graver than a date, which the certificate itself tells, and milder than what asking again won't mend.
 */
const gravity: readonly PathState[] = [
  'valid',
  'not-yet-valid',
  'expired',
  'revocation-unknown',
  'weak-algorithm',
  'wrong-purpose',
  'unknown-issuer',
  'over-budget',
  'revoked',
  'broken',
  'malformed',
]

export function gravityOf(state: PathState): number {
  return gravity.indexOf(state)
}

/** The state that a set of reasons amounts to. */
export function stateOf(reasons: readonly PathReason[]): PathState {
  let worst: PathState = 'valid'
  for (const { code } of reasons) {
    const state = stateOfReason[code]
    if (gravityOf(state) > gravityOf(worst)) worst = state
  }
  return worst
}

export function reason(code: PathReasonCode, link: number, data: Readonly<Record<string, unknown>> = {}): PathReason {
  return { code, link, data }
}
