/**
 * How a SignerInfo's algorithm identifiers become a signature scheme (RFC 3370 §3, 4056, 5753 §2, 5754 §3, 8419, 9882). DSA is read
 * in old mail and never good.
 */

import { DerReader, MalformedDer } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { type SignatureAlgorithm, signatureAlgorithmOf } from '../../certificates/algorithms.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { digestText } from '../../crypto/digestOid.ts'
import type { DsaScheme } from '../../crypto/dsa.ts'
import type { DigestName, SignatureScheme } from '../../crypto/privateKey.ts'
import type { AlgorithmIdentifier } from './algorithms.ts'

/** What a mail's signature may be read with; DSA makes none. */
export type ReadableScheme = SignatureScheme | DsaScheme

export type SchemeOutcome =
  | { readonly kind: 'scheme'; readonly scheme: ReadableScheme }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'malformed' }

interface KeyName {
  readonly kind: 'rsa-pkcs1' | 'ecdsa' | 'dsa'
  readonly text: string
}

/** Identifiers that name the key's algorithm alone. */
const keyNames: Readonly<Record<string, KeyName>> = {
  [oids.rsaEncryption]: { kind: 'rsa-pkcs1', text: 'RSA PKCS#1 v1.5' },
  [oids.ecPublicKey]: { kind: 'ecdsa', text: 'ECDSA' },
  [oids.dsa]: { kind: 'dsa', text: 'DSA' },
}

/**
 * The scheme of a signatureAlgorithm. Where it names only the key (rsaEncryption, id-ecPublicKey, id-dsa) the digest is the
 * signer's digestAlgorithm.
 */
export function schemeOf(algorithm: AlgorithmIdentifier, digest: DigestName | undefined): SchemeOutcome {
  const ofKey = keyNames[algorithm.oid]
  if (ofKey) return digest ? { kind: 'scheme', scheme: { kind: ofKey.kind, digest } } : { kind: 'unsupported' }
  const named = namedAlgorithm(algorithm)
  if (!named) return { kind: 'malformed' }
  const scheme = named.scheme ?? named.dsa
  return scheme ? { kind: 'scheme', scheme } : { kind: 'unsupported' }
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
export function digestsDiffer(scheme: ReadableScheme, digest: DigestName | undefined): boolean {
  return 'digest' in scheme && scheme.digest !== digest
}

/** "RSA PKCS#1 v1.5", "RSA-PSS", "ECDSA P-256", "Ed25519", or what the identifier calls itself. */
export function signatureText(
  scheme: ReadableScheme | undefined,
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
    case 'dsa':
      return 'DSA'
    case 'ml-dsa':
      return scheme.parameterSet
    default:
      return keyNames[algorithm.oid]?.text ?? namedAlgorithm(algorithm)?.name ?? algorithm.oid
  }
}
