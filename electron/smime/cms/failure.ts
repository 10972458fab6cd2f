/**
 * The errors of reading CMS. Inside this folder they travel as a thrown `CmsFailure` from deep in a structure to the
 * public edge, which turns them into values.
 */

import { MalformedDer } from '../../asn1/derReader.ts'

export interface RecipientFact {
  /** RFC 4514 text. */
  readonly issuer?: string
  readonly issuerDer?: Uint8Array
  /** Lower-case hexadecimal. */
  readonly serial?: string
  /** Lower-case hexadecimal. */
  readonly keyIdentifier?: string
  /** "RSA PKCS#1 v1.5", "RSA-OAEP (SHA-256)", "ECDH P-256 (SHA-256, AES-256 key wrap)", "password" … */
  readonly keyManagement: string
  /** One of the keys at hand belongs to it. */
  readonly mine: boolean
}

export type CmsError =
  /** `reason` names the field that could not be read or the rule that was broken. */
  | { readonly code: 'malformed'; readonly reason: string }
  | {
      readonly code: 'unsupported-algorithm'
      readonly algorithm: string
      /** Our recipient's key management; without it the structure's own algorithm. */
      readonly recipients?: RecipientFact[]
    }
  | { readonly code: 'over-budget'; readonly limit: string }
  | { readonly code: 'no-key'; readonly recipients: RecipientFact[] }
  /** Decryption failed: wrong key, changed content and wrong padding are deliberately one outcome. */
  | { readonly code: 'damaged' }

export class CmsFailure extends Error {
  readonly error: CmsError

  constructor(error: CmsError) {
    super(error.code)
    this.error = error
  }
}

/** The error behind something thrown while reading; anything else is a bug and goes on. */
export function cmsErrorOf(thrown: unknown): CmsError {
  if (thrown instanceof CmsFailure) return thrown.error
  if (thrown instanceof MalformedDer) return { code: 'malformed', reason: thrown.what }
  throw thrown
}

export function overBudget(limit: string): CmsFailure {
  return new CmsFailure({ code: 'over-budget', limit })
}
