/**
 * What a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) or PrivateKeyInfo (RFC 5208) says about its key, before the bytes are
 * handed to OpenSSL or BoringSSL: which algorithm, and the one spelling of it that both read.
 */

import { derElement, derNull, derOid, joined, universal } from '../asn1/der.ts'
import { DerReader, encodingOf, MalformedDer, soleElement } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type PostQuantumKind, postQuantumKindByOid, postQuantumLengths } from './postQuantumSets.ts'

type Curve = 'P-256' | 'P-384' | 'P-521'

export type KeyKind =
  /** `pssOnly`: the key calls itself id-RSASSA-PSS and may do nothing else (RFC 4055 §1.2). */
  | { readonly kind: 'rsa'; readonly pssOnly?: boolean }
  | { readonly kind: 'ec'; readonly curve: Curve }
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'x25519' }
  | PostQuantumKind

export type KeyError =
  | { readonly code: 'malformed-key' }
  /** Computed only where the person wants experimental algorithms. */
  | { readonly code: 'experimental-algorithm'; readonly algorithm: string }
  | { readonly code: 'unsupported-algorithm'; readonly algorithm: string }

export interface KeyInfo {
  readonly kind: KeyKind
  /** DER; an RSASSA-PSS key is spelled as a plain RSA key, because BoringSSL reads no other. */
  readonly der: Uint8Array
}

/** An RSA key of 16,384 bits takes about 9 kB as PKCS#8; a megabyte of "key" is an attack on the arithmetic. */
const keyByteLimit = 32_768

const curves: Readonly<Record<string, Curve>> = {
  [oids.p256]: 'P-256',
  [oids.p384]: 'P-384',
  [oids.p521]: 'P-521',
}

/** Names of key algorithms that Siegel recognises and doesn't compute. */
const unsupportedNames: Readonly<Record<string, string>> = {
  [oids.dsa]: 'DSA',
  [oids.ed448]: 'Ed448',
  [oids.x448]: 'X448',
  [oids.mlKem512]: 'ML-KEM-512',
}

/** Curves that other programs use and S/MIME doesn't, by OID (SEC 2, RFC 5639). */
const otherCurves: Readonly<Record<string, string>> = {
  '1.2.840.10045.3.1.1': 'P-192',
  '1.3.132.0.33': 'P-224',
  '1.3.132.0.10': 'secp256k1',
  '1.3.36.3.3.2.8.1.1.3': 'brainpoolP192r1',
  '1.3.36.3.3.2.8.1.1.5': 'brainpoolP224r1',
  '1.3.36.3.3.2.8.1.1.7': 'brainpoolP256r1',
  '1.3.36.3.3.2.8.1.1.11': 'brainpoolP384r1',
  '1.3.36.3.3.2.8.1.1.13': 'brainpoolP512r1',
}

/** What people call a curve that isn't computed here; its OID where they call it nothing. */
export function otherCurveName(oid: string): string {
  return otherCurves[oid] ?? oid
}

function kindOf(algorithm: DerReader): Result<KeyKind, KeyError> {
  const oid = algorithm.oid('algorithm')
  if (oid === oids.rsaEncryption) return success({ kind: 'rsa' })
  if (oid === oids.rsassaPss) return success({ kind: 'rsa', pssOnly: true })
  if (oid === oids.ed25519) return success({ kind: 'ed25519' })
  if (oid === oids.x25519) return success({ kind: 'x25519' })
  const postQuantum = postQuantumKindByOid(oid)
  // RFC 9881 §2, RFC 9935 §3: the parameters must be absent.
  if (postQuantum) return algorithm.atEnd ? success(postQuantum) : failure({ code: 'malformed-key' })
  if (oid !== oids.ecPublicKey) {
    return failure({ code: 'unsupported-algorithm', algorithm: unsupportedNames[oid] ?? oid })
  }
  // Explicit curve parameters are refused: RFC 5480 §2.1.1 forbids them, and they let anyone invent a curve (CVE-2020-0601).
  if (algorithm.nextTag !== universal.oid)
    return failure({ code: 'unsupported-algorithm', algorithm: 'explicit curve' })
  const curveOid = algorithm.oid('curve')
  const curve = curveByOid(curveOid)
  if (curve) return success({ kind: 'ec', curve })
  return failure({ code: 'unsupported-algorithm', algorithm: otherCurveName(curveOid) })
}

function read(der: Uint8Array, isPrivate: boolean): Result<KeyInfo, KeyError> {
  if (der.length > keyByteLimit) return failure({ code: 'malformed-key' })
  try {
    const outer = soleElement(der, 'key')
    if (outer.tag !== universal.sequence) return failure({ code: 'malformed-key' })
    const fields = DerReader.inside(outer)
    const version = isPrivate ? fields.expect(universal.integer, 'version') : undefined
    const algorithm = fields.expect(universal.sequence, 'algorithm')
    const kind = kindOf(DerReader.inside(algorithm))
    if (!kind.ok) return kind
    if (!isPrivate && 'parameterSet' in kind.value) {
      const bits = fields.bitString('subjectPublicKey')
      fields.end('key')
      if (bits.length !== postQuantumLengths[kind.value.parameterSet].publicKey)
        return failure({ code: 'malformed-key' })
    }
    if (kind.value.kind !== 'rsa') return success({ kind: kind.value, der })
    const rest = [...fields.rest('key')].map(encodingOf)
    const plainRsa = derElement(universal.sequence, derOid(oids.rsaEncryption), derNull())
    const before = version ? encodingOf(version) : new Uint8Array()
    return success({ kind: kind.value, der: derElement(universal.sequence, joined([before, plainRsa, ...rest])) })
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'malformed-key' })
    throw error
  }
}

/** Reads a DER SubjectPublicKeyInfo as far as its algorithm. */
export function readPublicKeyInfo(der: Uint8Array): Result<KeyInfo, KeyError> {
  return read(der, false)
}

/** Reads a DER PrivateKeyInfo as far as its algorithm. The returned bytes are secret, and for RSA a copy to wipe. */
export function readPrivateKeyInfo(der: Uint8Array): Result<KeyInfo, KeyError> {
  return read(der, true)
}

/** The named curve that an OID means, if Siegel computes on it. */
export function curveByOid(oid: string): Curve | undefined {
  return curves[oid]
}

/** The OID of a named curve, as the parameters of id-ecPublicKey. */
export function curveOidOf(curve: Curve): string {
  return curve === 'P-256' ? oids.p256 : curve === 'P-384' ? oids.p384 : oids.p521
}

/** The subjectPublicKey bits of a SubjectPublicKeyInfo (for EC: the point), or undefined when the structure is broken. */
export function publicKeyBitsOf(publicKeyInfo: Uint8Array): Uint8Array | undefined {
  try {
    const fields = DerReader.inside(soleElement(publicKeyInfo, 'key'))
    fields.sequence('algorithm')
    return fields.bitString('subjectPublicKey')
  } catch (error) {
    if (error instanceof MalformedDer) return undefined
    throw error
  }
}
