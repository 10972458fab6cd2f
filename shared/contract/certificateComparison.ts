/** Which certificate somebody means, and what differs between two of them. */

import { z } from 'zod'
import { byteSource, fingerprint } from './values.ts'

/**
 * A certificate out of a file (with several inside the one of that fingerprint; without one the first that is no CA, else
 * the first), or one that this profile knows.
 */
export const certificateReference = z.union([
  z.object({ source: byteSource, sha256: fingerprint.optional() }),
  z.object({ sha256: fingerprint }),
])
export type CertificateReference = z.infer<typeof certificateReference>

export const certificateComparison = z.object({
  /**
   * `identical`: the same bytes. `pair`: one person's two certificates, one that signs and one that is encrypted to.
   * `renewal-same-key`, `renewal-new-key`: the same addresses (a CA: the same name) and the same issuer.
   * `new-key-and-issuer`: only the addresses are the same, as with an impostor. `unrelated`: not even they.
   */
  relation: z.enum([
    'identical',
    'pair',
    'renewal-same-key',
    'renewal-new-key',
    'same-key-other-issuer',
    'new-key-and-issuer',
    'unrelated',
  ]),
  sameKey: z.boolean(),
  /** The one that begins later. */
  newer: z.enum(['left', 'right', 'neither']),
  rows: z.array(
    z.object({
      field: z.enum([
        'subject',
        'emails',
        'key',
        'notBefore',
        'notAfter',
        'issuer',
        'issuerKey',
        'keyUsage',
        'extendedKeyUsage',
        'policies',
        'authority',
        'signatureAlgorithm',
        'crl',
        'ocsp',
        'issuerUrls',
        'serial',
        'sha256',
        'extension',
      ]),
      /** Of the field `extension`: which one. */
      extension: z.object({ oid: z.string(), name: z.string() }).optional(),
      differs: z.boolean(),
      /** Empty where the certificate doesn't state it. Instants as ISO 8601, identifiers and bytes as hexadecimal. */
      left: z.array(z.string()),
      right: z.array(z.string()),
    }),
  ),
})
export type CertificateComparison = z.infer<typeof certificateComparison>
