/** ECDH and X25519 key agreement of CMS (RFC 5753 §3.1, §7.2; RFC 8418): schemes, wrapping ciphers, shared info. */

import { context, derElement, derExplicit, derOctetString, derOid, derSequence, universal } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { wipe } from '../../base/bytes.ts'
import { hkdfKey, x963Key } from '../../crypto/keyDerivation.ts'
import { curveOidOf } from '../../crypto/keyInfo.ts'
import type { DigestName, KeyAlgorithm } from '../../crypto/privateKey.ts'

export interface AgreementScheme {
  readonly derivation: 'x9.63' | 'hkdf'
  readonly digest: DigestName
}

// On P-256, P-384 and P-521 the cofactor is 1, and cofactor Diffie-Hellman is the plain one.
const schemes: Readonly<Record<string, AgreementScheme>> = {
  [oids.stdDhSha1Kdf]: { derivation: 'x9.63', digest: 'sha1' },
  [oids.stdDhSha224Kdf]: { derivation: 'x9.63', digest: 'sha224' },
  [oids.stdDhSha256Kdf]: { derivation: 'x9.63', digest: 'sha256' },
  [oids.stdDhSha384Kdf]: { derivation: 'x9.63', digest: 'sha384' },
  [oids.stdDhSha512Kdf]: { derivation: 'x9.63', digest: 'sha512' },
  [oids.cofactorDhSha1Kdf]: { derivation: 'x9.63', digest: 'sha1' },
  [oids.cofactorDhSha224Kdf]: { derivation: 'x9.63', digest: 'sha224' },
  [oids.cofactorDhSha256Kdf]: { derivation: 'x9.63', digest: 'sha256' },
  [oids.cofactorDhSha384Kdf]: { derivation: 'x9.63', digest: 'sha384' },
  [oids.cofactorDhSha512Kdf]: { derivation: 'x9.63', digest: 'sha512' },
  [oids.stdDhHkdfSha256]: { derivation: 'hkdf', digest: 'sha256' },
  [oids.stdDhHkdfSha384]: { derivation: 'hkdf', digest: 'sha384' },
  [oids.stdDhHkdfSha512]: { derivation: 'hkdf', digest: 'sha512' },
}

export function agreementSchemeByOid(oid: string): AgreementScheme | undefined {
  return schemes[oid]
}

const wrapKeyBytes: Readonly<Record<string, number>> = {
  [oids.aes128Wrap]: 16,
  [oids.aes192Wrap]: 24,
  [oids.aes256Wrap]: 32,
}

/** Bytes of the key-encryption key for a wrapping algorithm's OID. */
export function wrapKeyBytesByOid(oid: string): number | undefined {
  return wrapKeyBytes[oid]
}

/** The wrapping algorithm for a key-encryption key of so many bytes: 16, 24 or 32. */
export function wrapOidByKeyBytes(bytes: number): string {
  const found = Object.entries(wrapKeyBytes).find(([, keyBytes]) => keyBytes === bytes)
  if (!found) throw new RangeError('key bytes')
  return found[0]
}

/**
 * The key-encryption key. `wrapAlgorithm` is its AlgorithmIdentifier exactly as it stands in the message: it is part of
 * what is hashed (RFC 5753 §7.2). Consumes and wipes `sharedSecret`; the caller wipes the result.
 */
export function keyEncryptionKeyOf(
  scheme: AgreementScheme,
  sharedSecret: Uint8Array,
  wrapAlgorithm: Uint8Array,
  keyBytes: number,
  userKeyingMaterial: Uint8Array | undefined,
): Uint8Array {
  const bits = keyBytes * 8
  const sharedInfo = derSequence(
    wrapAlgorithm,
    ...(userKeyingMaterial ? [derExplicit(0, derOctetString(userKeyingMaterial))] : []),
    derElement(context(2), derElement(universal.octetString, Uint8Array.of(0, 0, bits >> 8, bits & 0xff))),
  )
  try {
    return scheme.derivation === 'hkdf'
      ? hkdfKey(scheme.digest, sharedSecret, keyBytes, sharedInfo)
      : x963Key(scheme.digest, sharedSecret, keyBytes, sharedInfo)
  } finally {
    wipe(sharedSecret)
  }
}

/** The AlgorithmIdentifier of a public key of this kind, with its curve; undefined for keys that don't agree. */
export function agreementKeyIdentifier(algorithm: KeyAlgorithm): Uint8Array | undefined {
  if (algorithm.kind === 'x25519') return derSequence(derOid(oids.x25519))
  if (algorithm.kind !== 'ec') return undefined
  return derSequence(derOid(oids.ecPublicKey), derOid(curveOidOf(algorithm.curve)))
}
