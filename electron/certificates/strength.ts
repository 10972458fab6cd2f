/**
 * Which algorithms still carry weight. RFC 8551 §2.2 and §4.2 and the S/MIME Baseline Requirements §6.1.5: RSA from 2048
 * bits, SHA-2. A root's signature over itself proves nothing and isn't judged.
 */

import { isWeakDigest } from '../crypto/digestOid.ts'
import type { DsaScheme } from '../crypto/dsa.ts'
import type { SignatureScheme } from '../crypto/privateKey.ts'
import type { CertificateKeyAlgorithm } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { type PathReason, reason } from './pathReason.ts'

export const leastRsaBits = 2048

/** DSA always is: see checkSignatureStrength. */
export function isWeakScheme(scheme: SignatureScheme | DsaScheme): boolean {
  return scheme.kind === 'dsa' || ('digest' in scheme && isWeakDigest(scheme.digest))
}

export function isWeakKey(algorithm: CertificateKeyAlgorithm): boolean {
  return algorithm.kind === 'rsa' && algorithm.bits < leastRsaBits
}

/** RFC 8551 §2.2 no longer has DSA, FIPS 186-5 withdrew it: it counts for nothing, whatever its digest and its size. */
export function checkSignatureStrength(certificate: Certificate, link: number): PathReason | undefined {
  const { scheme, dsa, name } = certificate.signatureAlgorithm
  if (dsa) return reason('withdrawn-algorithm', link, { algorithm: name })
  return scheme && isWeakScheme(scheme) ? reason('weak-signature-algorithm', link, { algorithm: name }) : undefined
}

export function checkKeyStrength(certificate: Certificate, link: number): PathReason | undefined {
  const { keyAlgorithm } = certificate
  if (!isWeakKey(keyAlgorithm) || keyAlgorithm.kind !== 'rsa') return undefined
  return reason('weak-key', link, { algorithm: 'RSA', bits: keyAlgorithm.bits, least: leastRsaBits })
}
