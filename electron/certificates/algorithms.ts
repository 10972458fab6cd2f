/**
 * Algorithm identifiers of certificates: the key (RFC 3279, 5480, 8410, 9881, 9935) and the signature (RFC 4055, 5758,
 * 8410, 9881).
 * Algorithms that Siegel doesn't compute keep their OID, so that a view can name them.
 */

import { universal } from '../asn1/der.ts'
import {
  contentOf,
  DerReader,
  encodingOf,
  MalformedDer,
  oidOf,
  smallIntegerOf,
  soleElement,
} from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import type { DigestName } from '../crypto/digest.ts'
import { digestByOid } from '../crypto/digestOid.ts'
import type { DsaScheme } from '../crypto/dsa.ts'
import { curveByOid } from '../crypto/keyInfo.ts'
import { postQuantumKindByOid, postQuantumLengths } from '../crypto/postQuantumSets.ts'
import type { KeyAlgorithm, SignatureScheme } from '../crypto/privateKey.ts'
import { bitStringOf } from './fields.ts'

export type CertificateKeyAlgorithm = KeyAlgorithm | { readonly kind: 'unsupported'; readonly oid: string }

export interface SignatureAlgorithm {
  readonly oid: string
  /** Undefined for algorithms that Siegel doesn't verify (MD2, brainpool …), and for DSA. */
  readonly scheme?: SignatureScheme
  /** DSA is verified in certificates and revocation lists alone: no mail and no request may be signed with it. */
  readonly dsa?: DsaScheme
  /** A name to show, such as "sha256WithRSAEncryption", or the OID. */
  readonly name: string
}

interface AlgorithmIdentifier {
  readonly oid: string
  readonly parameters?: Uint8Array
}

export function algorithmIdentifierOf(reader: DerReader, what: string): AlgorithmIdentifier {
  const oid = reader.oid(what)
  if (reader.atEnd) return { oid }
  const parameters = encodingOf(reader.any(what))
  reader.end(what)
  return { oid, parameters }
}

/** Number of bits of the modulus of an RSAPublicKey. */
function rsaBits(publicKey: Uint8Array): number {
  const reader = DerReader.inside(soleElement(publicKey, 'publicKey'))
  const modulus = contentOf(reader.expect(universal.integer, 'publicKey'))
  reader.expect(universal.integer, 'publicKey')
  let start = 0
  while (start < modulus.length && modulus[start] === 0) start++
  const first = modulus[start]
  if (first === undefined) throw new MalformedDer('publicKey')
  return (modulus.length - start) * 8 - Math.clz32(first) + 24
}

/** The kind of key in a SubjectPublicKeyInfo; throws MalformedDer when the structure is broken. */
export function keyAlgorithmOfInfo(publicKeyInfo: Uint8Array): CertificateKeyAlgorithm {
  const reader = DerReader.inside(soleElement(publicKeyInfo, 'publicKey'))
  const { oid, parameters } = algorithmIdentifierOf(reader.sequence('publicKey'), 'publicKey')
  const bytes = bitStringOf(reader.expect(universal.bitString, 'publicKey'), 'publicKey')
  reader.end('publicKey')
  if (oid === oids.rsaEncryption || oid === oids.rsassaPss) return { kind: 'rsa', bits: rsaBits(bytes) }
  if (oid === oids.ed25519) return { kind: 'ed25519' }
  if (oid === oids.x25519) return { kind: 'x25519' }
  const postQuantum = postQuantumKindByOid(oid)
  if (postQuantum) {
    // RFC 9881 §2 and §4, RFC 9935 §3 and §4: no parameters, and exactly the bytes that the set has.
    if (parameters || bytes.length !== postQuantumLengths[postQuantum.parameterSet].publicKey) {
      throw new MalformedDer('publicKey')
    }
    return postQuantum
  }
  if (oid !== oids.ecPublicKey || !parameters) return { kind: 'unsupported', oid }
  const field = soleElement(parameters, 'publicKey')
  // Explicit curve parameters are refused: RFC 5480 §2.1.1 forbids them and they let anyone invent a curve (CVE-2020-0601).
  if (field.tag !== universal.oid) return { kind: 'unsupported', oid }
  const curve = curveByOid(oidOf(field, 'publicKey'))
  return curve ? { kind: 'ec', curve } : { kind: 'unsupported', oid: oidOf(field, 'publicKey') }
}

/** The subjectPublicKey bits of a SubjectPublicKeyInfo (what RFC 5280 §4.2.1.2 hashes for a key identifier). */
export function publicKeyBitsOf(publicKeyInfo: Uint8Array): Uint8Array {
  const reader = DerReader.inside(soleElement(publicKeyInfo, 'publicKey'))
  reader.sequence('publicKey')
  return bitStringOf(reader.expect(universal.bitString, 'publicKey'), 'publicKey')
}

const signatureNames: Readonly<Record<string, readonly [string, SignatureScheme | undefined]>> = {
  [oids.md2WithRsaEncryption]: ['md2WithRSAEncryption', undefined],
  [oids.md5WithRsaEncryption]: ['md5WithRSAEncryption', { kind: 'rsa-pkcs1', digest: 'md5' }],
  [oids.sha1WithRsaEncryption]: ['sha1WithRSAEncryption', { kind: 'rsa-pkcs1', digest: 'sha1' }],
  [oids.sha224WithRsaEncryption]: ['sha224WithRSAEncryption', { kind: 'rsa-pkcs1', digest: 'sha224' }],
  [oids.sha256WithRsaEncryption]: ['sha256WithRSAEncryption', { kind: 'rsa-pkcs1', digest: 'sha256' }],
  [oids.sha384WithRsaEncryption]: ['sha384WithRSAEncryption', { kind: 'rsa-pkcs1', digest: 'sha384' }],
  [oids.sha512WithRsaEncryption]: ['sha512WithRSAEncryption', { kind: 'rsa-pkcs1', digest: 'sha512' }],
  [oids.sha1WithRsaSignature]: ['sha1WithRSAEncryption', { kind: 'rsa-pkcs1', digest: 'sha1' }],
  [oids.ecdsaWithSha1]: ['ecdsa-with-SHA1', { kind: 'ecdsa', digest: 'sha1' }],
  [oids.ecdsaWithSha224]: ['ecdsa-with-SHA224', { kind: 'ecdsa', digest: 'sha224' }],
  [oids.ecdsaWithSha256]: ['ecdsa-with-SHA256', { kind: 'ecdsa', digest: 'sha256' }],
  [oids.ecdsaWithSha384]: ['ecdsa-with-SHA384', { kind: 'ecdsa', digest: 'sha384' }],
  [oids.ecdsaWithSha512]: ['ecdsa-with-SHA512', { kind: 'ecdsa', digest: 'sha512' }],
  [oids.ed25519]: ['Ed25519', { kind: 'ed25519' }],
  [oids.ed448]: ['Ed448', undefined],
}

/** RFC 3279 §2.2.2, RFC 5758 §3.1. */
const dsaNames: Readonly<Record<string, readonly [string, DigestName]>> = {
  [oids.dsaWithSha1]: ['dsa-with-SHA1', 'sha1'],
  [oids.dsaWithSha224]: ['dsa-with-SHA224', 'sha224'],
  [oids.dsaWithSha256]: ['dsa-with-SHA256', 'sha256'],
  [oids.dsaWithSha384]: ['dsa-with-SHA384', 'sha384'],
  [oids.dsaWithSha512]: ['dsa-with-SHA512', 'sha512'],
}

/** RSASSA-PSS-params, RFC 4055 §3.1; undefined when a digest in them is unknown or the mask isn't MGF1. */
function pssScheme(parameters: Uint8Array | undefined): SignatureScheme | undefined {
  if (!parameters) return undefined
  const reader = DerReader.inside(soleElement(parameters, 'signatureAlgorithm'))
  const what = 'signatureAlgorithm'
  const digestIn = (content: Uint8Array): DigestName | undefined =>
    digestByOid(algorithmIdentifierOf(new DerReader(content).sequence(what), what).oid)
  const hash = reader.optional(0xa0, what)
  const mask = reader.optional(0xa1, what)
  const salt = reader.optional(0xa2, what)
  const digest = hash ? digestIn(contentOf(hash)) : 'sha1'
  let mgfDigest: DigestName | undefined = 'sha1'
  if (mask) {
    const identifier = algorithmIdentifierOf(DerReader.inside(mask).sequence(what), what)
    if (identifier.oid !== oids.mgf1 || !identifier.parameters) return undefined
    mgfDigest = digestIn(identifier.parameters)
  }
  if (!digest || !mgfDigest) return undefined
  return {
    kind: 'rsa-pss',
    digest,
    mgfDigest,
    saltLength: salt ? smallIntegerOf(soleElement(contentOf(salt), what), what) : 20,
  }
}

/** Reads a signature's AlgorithmIdentifier; throws MalformedDer. */
export function signatureAlgorithmOf(reader: DerReader): SignatureAlgorithm {
  const { oid, parameters } = algorithmIdentifierOf(reader, 'signatureAlgorithm')
  if (oid === oids.rsassaPss) {
    const scheme = pssScheme(parameters)
    return { oid, name: 'RSASSA-PSS', ...(scheme ? { scheme } : {}) }
  }
  const postQuantum = postQuantumKindByOid(oid)
  if (postQuantum?.kind === 'ml-dsa') {
    // RFC 9881 §3, RFC 9882 §3.3: the parameters are absent.
    if (parameters) throw new MalformedDer('signatureAlgorithm')
    return { oid, name: postQuantum.parameterSet, scheme: postQuantum }
  }
  const dsa = dsaNames[oid]
  if (dsa) return { oid, name: dsa[0], dsa: { kind: 'dsa', digest: dsa[1] } }
  const [name, scheme] = signatureNames[oid] ?? [oid, undefined]
  return { oid, name, ...(scheme ? { scheme } : {}) }
}
