/** An identity as it lies in the profile: the certificate as bytes, the private key by its number only. */

export type IdentitySource = 'enrolment' | 'import'

export interface StoredIdentity {
  readonly id: string
  readonly keyId: string
  readonly certificateDer: Uint8Array
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly sha256: string
  /** As the certificate spells them. */
  readonly addresses: readonly string[]
  readonly retired: boolean
  /** The one that signs for at least one of its addresses. */
  readonly preferred: boolean
  readonly source: IdentitySource
  readonly createdAt: Date
  /** When a copy was last saved outside of Siegel. */
  readonly backedUpAt?: Date
  /** Issuers, DER, from the certificate's own upwards. */
  readonly chain: readonly Uint8Array[]
}
