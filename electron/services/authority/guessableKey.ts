/**
 * RSA keys that are long enough and can be computed from their public half all the same, because of how they were made. Whoever
 * certifies keys of others looks for them (S/MIME Baseline Requirements §6.1.1.3 and §6.1.6).
 */

import { universal } from '../../asn1/der.ts'
import { contentOf, DerReader, soleElement } from '../../asn1/derReader.ts'
import { hexText } from '../../base/bytes.ts'
import { publicKeyBitsOf } from '../../certificates/algorithms.ts'
import { hasCloseFactors, hasRocaFingerprint, smallFactorOf } from '../../certificates/lint/rsaModulus.ts'

/** `publicKeyInfo` is of an RSA key that has signed its request: it isn't longer than OpenSSL takes. */
export function isGuessableRsa(publicKeyInfo: Uint8Array): boolean {
  const reader = DerReader.inside(soleElement(publicKeyBitsOf(publicKeyInfo), 'publicKey'))
  const modulus = BigInt(`0x${hexText(contentOf(reader.expect(universal.integer, 'publicKey')))}`)
  return smallFactorOf(modulus) !== undefined || hasRocaFingerprint(modulus) || hasCloseFactors(modulus)
}
