/** How a SignerInfo's algorithm identifiers become a signature scheme (RFC 3370 §3, 4056, 5753 §2, 5754 §3, 8419, 9882). */

import { DerReader, MalformedDer } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { type SignatureAlgorithm, signatureAlgorithmOf } from '../../certificates/algorithms.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { digestText } from '../../crypto/digestOid.ts'
import type { DigestName, SignatureScheme } from '../../crypto/privateKey.ts'
import type { AlgorithmIdentifier } from './algorithms.ts'

export type SchemeOutcome =
  | { readonly kind: 'scheme'; readonly scheme: SignatureScheme }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'malformed' }

/**
 * The scheme of a signatureAlgorithm. Where it names only the key (rsaEncryption, id-ecPublicKey) the digest is the
 * signer's digestAlgorithm.
 */
export function schemeOf(algorithm: AlgorithmIdentifier, digest: DigestName | undefined): SchemeOutcome {
  if (algorithm.oid === oids.rsaEncryption || algorithm.oid === oids.ecPublicKey) {
    if (!digest) return { kind: 'unsupported' }
    const kind = algorithm.oid === oids.rsaEncryption ? 'rsa-pkcs1' : 'ecdsa'
    return { kind: 'scheme', scheme: { kind, digest } }
  }
  const named = namedAlgorithm(algorithm)
  if (!named) return { kind: 'malformed' }
  return named.scheme ? { kind: 'scheme', scheme: named.scheme } : { kind: 'unsupported' }
}

function namedAlgorithm(algorithm: AlgorithmIdentifier): SignatureAlgorithm | undefined {
  try {
    return signatureAlgorithmOf(new DerReader(algorithm.encoding).sequence('signatureAlgorithm'))
  } catch (error) {
    if (error instanceof MalformedDer) return undefined
    throw error
  }
}

/**
 * RFC 5754, 4056 §3: the digest in the signature's identifier is the signer's digest. Ed25519 and ML-DSA name none
 * (RFC 8419 §3.1, RFC 9882 §3.3).
 */
export function digestsDiffer(scheme: SignatureScheme, digest: DigestName | undefined): boolean {
  return 'digest' in scheme && scheme.digest !== digest
}

/** Identifiers that name the key's algorithm alone. */
const keyNames: Readonly<Record<string, string>> = {
  [oids.rsaEncryption]: 'RSA PKCS#1 v1.5',
  [oids.ecPublicKey]: 'ECDSA',
  [oids.dsa]: 'DSA',
}

/** "RSA PKCS#1 v1.5", "RSA-PSS", "ECDSA P-256", "Ed25519", or what the identifier calls itself. */
export function signatureText(
  scheme: SignatureScheme | undefined,
  algorithm: AlgorithmIdentifier,
  certificate: Certificate | undefined,
): string {
  switch (scheme?.kind) {
    case 'rsa-pkcs1':
      return 'RSA PKCS#1 v1.5'
    case 'rsa-pss':
      return scheme.mgfDigest === scheme.digest ? 'RSA-PSS' : `RSA-PSS (MGF1 ${digestText(scheme.mgfDigest)})`
    case 'ecdsa': {
      const key = certificate?.keyAlgorithm
      return key?.kind === 'ec' ? `ECDSA ${key.curve}` : 'ECDSA'
    }
    case 'ed25519':
      return 'Ed25519'
    case 'ml-dsa':
      return scheme.parameterSet
    default:
      return keyNames[algorithm.oid] ?? namedAlgorithm(algorithm)?.name ?? algorithm.oid
  }
}
