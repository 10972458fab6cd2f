/** Public keys: verifying signatures, wrapping a content key for an RSA recipient, agreeing with an EC or X25519 one. */

import {
  constants,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  verify,
} from 'node:crypto'
import { asBuffer, latin1Text } from '../base/bytes.ts'
import { createRecentValues } from '../base/recentValues.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type DsaScheme, verifyDsa } from './dsa.ts'
import { type KeyKind, readPublicKeyInfo } from './keyInfo.ts'
import type { PostQuantum } from './postQuantum.ts'
import { rawPublicKeyOf } from './postQuantumKey.ts'
import type { MlKemSet, PostQuantumKind } from './postQuantumSets.ts'
import { type KeyTransport, type SignatureScheme, schemeFits } from './privateKey.ts'
import { verifyPssEncoding } from './rsaPadding.ts'

type MalformedKey = { readonly code: 'malformed-key' }

/** Bits. RFC 8551 §4.3 asks for 4096; the time of a check grows with the square, and BoringSSL stops here. */
const mostRsaBits = 8_192
/**
 * With an exponent of 1 the padded digest is its own signature and a wrapped key its own ciphertext; an even one has no
 * private key. As long as the modulus it makes one check take 15 ms. BoringSSL has the same bounds, OpenSSL has not.
 */
const mostExponent = 2n ** 33n - 1n

function isSoundRsa({
  modulusLength = 0,
  publicExponent = 0n,
}: NonNullable<KeyObject['asymmetricKeyDetails']>): boolean {
  return (
    modulusLength <= mostRsaBits && publicExponent >= 3n && publicExponent <= mostExponent && publicExponent % 2n === 1n
  )
}

interface OpenedPublicKey {
  readonly kind: Exclude<KeyKind, PostQuantumKind>
  readonly key: KeyObject
}

/** Keys that were opened last: a mailbox comes from few people, and opening a key costs more than a check with it. */
const openedKeys = createRecentValues<OpenedPublicKey>(256)
/** An RSA key of 8192 bits has 1,060 bytes; longer ones are no keys. */
const mostKeptBytes = 2_048

function openPublicKey(publicKeyInfo: Uint8Array): OpenedPublicKey | undefined {
  if (publicKeyInfo.length > mostKeptBytes) return openedKey(publicKeyInfo)
  const name = latin1Text(publicKeyInfo)
  const known = openedKeys.get(name)
  if (known) return known
  const opened = openedKey(publicKeyInfo)
  if (opened) openedKeys.set(name, opened)
  return opened
}

function openedKey(publicKeyInfo: Uint8Array): OpenedPublicKey | undefined {
  const info = readPublicKeyInfo(publicKeyInfo)
  if (!info.ok) return undefined
  const { kind, der } = info.value
  if (kind.kind === 'ml-dsa' || kind.kind === 'ml-kem') return undefined
  try {
    const key = createPublicKey({ key: asBuffer(der), format: 'der', type: 'spki' })
    if (kind.kind === 'rsa' && !isSoundRsa(key.asymmetricKeyDetails ?? {})) return undefined
    return { kind, key }
  } catch {
    return undefined
  }
}

/** A key alone means PKCS #1 v1.5 padding and DER; it is quicker than the same with options. */
function verifyInput(key: KeyObject, scheme: SignatureScheme) {
  if (scheme.kind !== 'rsa-pss') return key
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength }
}

/** Node knows one digest for message and mask; the rest goes through the raw public operation. */
function verifyMixedPss(
  key: KeyObject,
  scheme: SignatureScheme & { kind: 'rsa-pss' },
  signed: Uint8Array,
  signature: Uint8Array,
): boolean {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (signature.length !== Math.ceil(bits / 8)) return false
  const encoded = publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, signature)
  return verifyPssEncoding(encoded, bits, signed, scheme)
}

/**
 * Whether `signature` is the key's over `signed`. Broken keys, schemes that don't fit the key and malformed signatures
 * are all "no"; nothing is thrown. ECDSA signatures are DER. ML-DSA is computed with `postQuantum`, and without it is "no" too:
 * the caller knows which of the two it was. DSA comes from certificates only.
 */
export function verifySignature(
  publicKeyInfo: Uint8Array,
  scheme: SignatureScheme | DsaScheme,
  signed: Uint8Array,
  signature: Uint8Array,
  postQuantum?: PostQuantum,
): boolean {
  if (scheme.kind === 'dsa') return verifyDsa(publicKeyInfo, scheme, signed, signature)
  if (scheme.kind === 'ml-dsa') {
    const info = readPublicKeyInfo(publicKeyInfo)
    if (!postQuantum || !info.ok || !schemeFits(info.value.kind, scheme)) return false
    const key = rawPublicKeyOf(scheme.parameterSet, publicKeyInfo)
    return key !== undefined && postQuantum.verify(scheme.parameterSet, key, signed, signature)
  }
  const opened = openPublicKey(publicKeyInfo)
  if (!opened || !schemeFits(opened.kind, scheme)) return false
  try {
    if (scheme.kind === 'rsa-pss' && scheme.digest !== scheme.mgfDigest) {
      return verifyMixedPss(opened.key, scheme, signed, signature)
    }
    const digest = scheme.kind === 'ed25519' ? null : scheme.digest
    return verify(digest, signed, verifyInput(opened.key, scheme), signature)
  } catch {
    // OpenSSL throws for signatures that it can't even decode.
    return false
  }
}

/** RSA key transport. OAEP takes one digest for label and mask here: it is what Siegel writes. */
export function encryptKey(
  publicKeyInfo: Uint8Array,
  transport: KeyTransport,
  contentKey: Uint8Array,
): Result<Uint8Array, MalformedKey> {
  if (transport.kind === 'rsa-oaep' && transport.digest !== transport.mgfDigest) {
    throw new RangeError('mask digest differs')
  }
  const opened = openPublicKey(publicKeyInfo)
  if (opened?.kind.kind !== 'rsa' || opened.kind.pssOnly) return failure({ code: 'malformed-key' })
  try {
    if (transport.kind === 'rsa-pkcs1') {
      return success(publicEncrypt({ key: opened.key, padding: constants.RSA_PKCS1_PADDING }, contentKey))
    }
    const label = transport.label && transport.label.length > 0 ? { oaepLabel: asBuffer(transport.label) } : {}
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    return success(publicEncrypt({ key: opened.key, padding, oaepHash: transport.digest, ...label }, contentKey))
  } catch {
    // A modulus too short for the padding, or an exponent that OpenSSL refuses.
    return failure({ code: 'malformed-key' })
  }
}

/** A fresh key on the peer's curve and the shared secret with it (RFC 5753 §3.1.1, RFC 8418). The caller wipes the secret. */
export function keyAgreementWithEphemeral(
  peerPublicKeyInfo: Uint8Array,
): Result<{ readonly ephemeralPublicKeyInfo: Uint8Array; readonly sharedSecret: Uint8Array }, MalformedKey> {
  const peer = openPublicKey(peerPublicKeyInfo)
  if (!peer || (peer.kind.kind !== 'ec' && peer.kind.kind !== 'x25519')) return failure({ code: 'malformed-key' })
  const { publicKey, privateKey } =
    peer.kind.kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: peer.kind.curve }) : generateKeyPairSync('x25519')
  try {
    const sharedSecret = diffieHellman({ privateKey, publicKey: peer.key })
    if (sharedSecret.every((byte) => byte === 0)) return failure({ code: 'malformed-key' })
    return success({ ephemeralPublicKeyInfo: publicKey.export({ format: 'der', type: 'spki' }), sharedSecret })
  } catch {
    return failure({ code: 'malformed-key' })
  }
}

/** A fresh shared secret for an ML-KEM key and the ciphertext that carries it (FIPS 203 §7.2). The caller wipes the secret. */
export function encapsulateFor(
  postQuantum: PostQuantum,
  parameterSet: MlKemSet,
  publicKeyInfo: Uint8Array,
): Result<{ readonly ciphertext: Uint8Array; readonly sharedSecret: Uint8Array }, MalformedKey> {
  const key = rawPublicKeyOf(parameterSet, publicKeyInfo)
  const made = key && postQuantum.encapsulate(parameterSet, key)
  return made ? success(made) : failure({ code: 'malformed-key' })
}
