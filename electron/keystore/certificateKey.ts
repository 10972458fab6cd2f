/**
 * The public key inside a certificate, as far as joining a key with its certificate needs it (RFC 5280 §4.1). The whole
 * certificate is read elsewhere; the keystore takes it as bytes.
 */

import { encodingOf, universal } from '../asn1/der.ts'
import { DerReader, MalformedDer, soleElement } from '../asn1/derReader.ts'
import { equalBytes } from '../base/bytes.ts'
import { publicKeyBitsOf, readPublicKeyInfo } from '../crypto/keyInfo.ts'

const certificateByteLimit = 1_048_576

/** The DER SubjectPublicKeyInfo of a certificate, or undefined when it is none. */
export function publicKeyInfoOfCertificate(der: Uint8Array): Uint8Array | undefined {
  if (der.length > certificateByteLimit) return undefined
  try {
    const certificate = DerReader.inside(soleElement(der, 'certificate'))
    const fields = certificate.sequence('tbsCertificate')
    fields.optional(0xa0, 'version')
    fields.expect(universal.integer, 'serialNumber')
    for (const name of ['signature', 'issuer', 'validity', 'subject']) fields.expect(universal.sequence, name)
    return encodingOf(fields.expect(universal.sequence, 'subjectPublicKeyInfo'))
  } catch (error) {
    if (error instanceof MalformedDer) return undefined
    throw error
  }
}

/**
 * Whether two SubjectPublicKeyInfo hold one key. Their algorithm parameters may be spelled differently (a missing NULL,
 * RSASSA-PSS restrictions), so it is the kind and the key's own bits that count.
 */
export function samePublicKey(left: Uint8Array, right: Uint8Array): boolean {
  if (equalBytes(left, right)) return true
  const kinds = [readPublicKeyInfo(left), readPublicKeyInfo(right)]
  // Whether it is RSASSA-PSS alone is said of the certificate's key; a private key is spelled as RSA's (crypto/keyInfo.ts).
  const [one, other] = kinds.map((info) =>
    info.ok ? JSON.stringify({ ...info.value.kind, pssOnly: undefined }) : undefined,
  )
  if (one === undefined || one !== other) return false
  const [oneBits, otherBits] = [publicKeyBitsOf(left), publicKeyBitsOf(right)]
  return oneBits !== undefined && otherBits !== undefined && equalBytes(oneBits, otherBits)
}
