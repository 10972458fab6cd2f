/**
 * Private keys as handles: signing, RSA key transport and key agreement. The key lives in OpenSSL's (BoringSSL's) memory;
 * `close` gives it up. Reading PKCS#12, PEM and encrypted forms is the keystore's work.
 */

import {
  constants,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  sign as signBytes,
} from 'node:crypto'
import { asBuffer, wipe } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type DigestName, digestOf } from './digest.ts'
import { type KeyError, type KeyKind, readPrivateKeyInfo, readPublicKeyInfo } from './keyInfo.ts'
import type { PostQuantum } from './postQuantum.ts'
import { postQuantumPublicKeyInfo, rawKeyPairOf } from './postQuantumKey.ts'
import type { MlDsaSet, PostQuantumKind } from './postQuantumSets.ts'
import { rejectedKey, unpadOaep, unpadPkcs1 } from './rsaPadding.ts'

export type { DigestName } from './digest.ts'

export type KeyAlgorithm =
  | { readonly kind: 'rsa'; readonly bits: number }
  | { readonly kind: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'x25519' }
  | PostQuantumKind

export type SignatureScheme =
  | { readonly kind: 'rsa-pkcs1'; readonly digest: DigestName }
  | {
      readonly kind: 'rsa-pss'
      readonly digest: DigestName
      readonly mgfDigest: DigestName
      /** In bytes. */
      readonly saltLength: number
    }
  | { readonly kind: 'ecdsa'; readonly digest: DigestName }
  | { readonly kind: 'ed25519' }
  /** Pure, with an empty context (RFC 9881 §3, RFC 9882 §3). */
  | { readonly kind: 'ml-dsa'; readonly parameterSet: MlDsaSet }

export type KeyTransport =
  | { readonly kind: 'rsa-pkcs1' }
  | {
      readonly kind: 'rsa-oaep'
      readonly digest: DigestName
      readonly mgfDigest: DigestName
      readonly label?: Uint8Array
    }

export interface PrivateKeyHandle {
  readonly algorithm: KeyAlgorithm
  /** DER SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array
  /** ECDSA signatures are DER (ECDSA-Sig-Value). Throws when the scheme doesn't fit the key: the caller chose it. */
  sign(scheme: SignatureScheme, bytes: Uint8Array): Promise<Uint8Array>
  /**
   * The content key of `length` bytes. Both paddings have implicit rejection: a wrong one gives `length` other bytes, always
   * the same for a ciphertext, and no error, so there is no oracle. `wrong-key` means that the ciphertext can't belong to
   * this key at all. The caller wipes the result.
   */
  decryptKey(
    transport: KeyTransport,
    encryptedKey: Uint8Array,
    length: number,
  ): Promise<Result<Uint8Array, { readonly code: 'wrong-key' }>>
  /** The raw ECDH or X25519 shared secret; the caller wipes it. Points off the curve and all-zero results are refused. */
  agree(peerPublicKeyInfo: Uint8Array): Promise<Result<Uint8Array, { readonly code: 'malformed-key' }>>
  /**
   * The 32 bytes that ML-KEM's ciphertext carries; the caller wipes them. A changed ciphertext gives other bytes and no
   * error (FIPS 203 §6.3); `wrong-key` means that it can't belong to this key at all, `experimental-algorithm` that the person
   * doesn't want such algorithms.
   */
  decapsulate(
    ciphertext: Uint8Array,
  ): Promise<Result<Uint8Array, { readonly code: 'wrong-key' | 'experimental-algorithm' }>>
}

type NativeKind = Exclude<KeyKind, PostQuantumKind>

function algorithmOf(kind: NativeKind, key: KeyObject): KeyAlgorithm {
  return kind.kind === 'rsa' ? { kind: 'rsa', bits: key.asymmetricKeyDetails?.modulusLength ?? 0 } : kind
}

/** Whether a scheme can be used with a key. */
export function schemeFits(algorithm: KeyKind, scheme: SignatureScheme): boolean {
  if (scheme.kind === 'ecdsa') return algorithm.kind === 'ec'
  if (scheme.kind === 'ed25519') return algorithm.kind === 'ed25519'
  if (scheme.kind === 'ml-dsa') return algorithm.kind === 'ml-dsa' && algorithm.parameterSet === scheme.parameterSet
  if (algorithm.kind !== 'rsa') return false
  return scheme.kind === 'rsa-pss' || !('pssOnly' in algorithm && algorithm.pssOnly)
}

type NativeScheme = Exclude<SignatureScheme, { kind: 'ml-dsa' }>

function signWith(key: KeyObject, scheme: NativeScheme, bytes: Uint8Array): Promise<Uint8Array> {
  if (scheme.kind === 'rsa-pss' && scheme.mgfDigest !== scheme.digest) throw new RangeError('mask digest differs')
  const digest = scheme.kind === 'ed25519' ? null : scheme.digest
  const input =
    scheme.kind === 'rsa-pss'
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength }
      : scheme.kind === 'ecdsa'
        ? { key, dsaEncoding: 'der' as const }
        : key
  return new Promise((resolve, reject) => {
    signBytes(digest, bytes, input, (error, signature) => (error ? reject(error) : resolve(signature)))
  })
}

/** The private operation without any padding; undefined when the number isn't below the modulus. */
function rawDecrypt(key: KeyObject, ciphertext: Uint8Array): Uint8Array | undefined {
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, ciphertext)
  } catch {
    return undefined
  }
}

function decryptOaep(
  key: KeyObject,
  transport: KeyTransport & { kind: 'rsa-oaep' },
  ciphertext: Uint8Array,
): Uint8Array | undefined {
  const label = transport.label ?? new Uint8Array()
  if (transport.digest !== transport.mgfDigest) {
    // Node sets one digest for both; senders such as BouncyCastle combine SHA-256 with MGF1 over SHA-1.
    const encoded = rawDecrypt(key, ciphertext)
    if (!encoded) return undefined
    try {
      return unpadOaep(encoded, transport.digest, transport.mgfDigest, label)
    } finally {
      wipe(encoded)
    }
  }
  try {
    return privateDecrypt(
      {
        key,
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: transport.digest,
        ...(label.length > 0 ? { oaepLabel: asBuffer(label) } : {}),
      },
      ciphertext,
    )
  } catch {
    return undefined
  }
}

function decryptWith(
  key: KeyObject,
  modulusBytes: number,
  rejectionKey: Uint8Array,
  transport: KeyTransport,
  encryptedKey: Uint8Array,
  length: number,
): Result<Uint8Array, { readonly code: 'wrong-key' }> {
  if (encryptedKey.length > modulusBytes) return failure({ code: 'wrong-key' })
  const ciphertext = new Uint8Array(modulusBytes)
  ciphertext.set(encryptedKey, modulusBytes - encryptedKey.length)
  if (transport.kind === 'rsa-oaep') {
    // Rejected as implicitly as PKCS#1 v1.5: the time that the content's own failure takes says nothing of the padding.
    const chosen = rejectedKey(rejectionKey, ciphertext, length)
    const contentKey = decryptOaep(key, transport, ciphertext)
    return success(contentKey?.length === length ? contentKey : chosen)
  }
  const encoded = rawDecrypt(key, ciphertext)
  if (!encoded) return failure({ code: 'wrong-key' })
  try {
    return success(unpadPkcs1(encoded, ciphertext, length, rejectionKey))
  } finally {
    wipe(encoded)
  }
}

function agreeWith(key: KeyObject, own: KeyKind, peer: Uint8Array): Result<Uint8Array, { code: 'malformed-key' }> {
  const info = readPublicKeyInfo(peer)
  if (!info.ok) return failure({ code: 'malformed-key' })
  const other = info.value.kind
  if (own.kind !== other.kind) return failure({ code: 'malformed-key' })
  if (own.kind === 'ec' && other.kind === 'ec' && own.curve !== other.curve) return failure({ code: 'malformed-key' })
  try {
    const publicKey = createPublicKey({ key: asBuffer(info.value.der), format: 'der', type: 'spki' })
    const secret = diffieHellman({ privateKey: key, publicKey })
    // RFC 7748 §6.1: a point of small order gives zero, a secret that everybody knows.
    if (secret.every((byte) => byte === 0)) return failure({ code: 'malformed-key' })
    return success(secret)
  } catch {
    return failure({ code: 'malformed-key' })
  }
}

function openKeyObject(kind: NativeKind, der: Uint8Array): Result<NativeKey, KeyError> {
  try {
    return success({ kind, key: createPrivateKey({ key: asBuffer(der), format: 'der', type: 'pkcs8' }) })
  } catch {
    return failure({ code: 'malformed-key' })
  }
}

interface NativeKey {
  readonly kind: NativeKind
  readonly key: KeyObject
}

interface RawKey {
  readonly kind: PostQuantumKind
  readonly publicKeyInfo: Uint8Array
  readonly expandedKey: Uint8Array
  readonly postQuantum: PostQuantum
}

function openRawKey(kind: PostQuantumKind, der: Uint8Array, postQuantum: PostQuantum): Result<RawKey, KeyError> {
  const pair = rawKeyPairOf(postQuantum, kind.parameterSet, der)
  if (!pair.ok) return pair
  const { publicKey, expandedKey } = pair.value
  const publicKeyInfo = postQuantumPublicKeyInfo(kind.parameterSet, publicKey)
  return success({ kind, publicKeyInfo, expandedKey, postQuantum })
}

function openAnyKey(pkcs8: Uint8Array, postQuantum: PostQuantum | undefined): Result<NativeKey | RawKey, KeyError> {
  const info = readPrivateKeyInfo(pkcs8)
  if (!info.ok) return info
  const { kind, der } = info.value
  try {
    if (kind.kind !== 'ml-dsa' && kind.kind !== 'ml-kem') return openKeyObject(kind, der)
    if (!postQuantum) return failure({ code: 'experimental-algorithm', algorithm: kind.parameterSet })
    return openRawKey(kind, der, postQuantum)
  } finally {
    if (der !== pkcs8) wipe(der)
  }
}

function publicInfo(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: 'der', type: 'spki' })
}

/**
 * Opens a DER PKCS#8 PrivateKeyInfo. The bytes stay the caller's to wipe. Keys of ML-DSA and ML-KEM want `postQuantum`;
 * without it they are `experimental-algorithm`.
 */
export function openPrivateKey(
  pkcs8: Uint8Array,
  postQuantum?: PostQuantum,
): Result<PrivateKeyHandle & { close(): void }, KeyError> {
  const opened = openAnyKey(pkcs8, postQuantum)
  if (!opened.ok) return opened
  return success('key' in opened.value ? nativeHandle(opened.value, pkcs8) : rawHandle(opened.value))
}

function closed(): Error {
  return new Error('the private key was closed')
}

function nativeHandle(opened: NativeKey, pkcs8: Uint8Array): PrivateKeyHandle & { close(): void } {
  let key: KeyObject | undefined = opened.key
  const algorithm = algorithmOf(opened.kind, key)
  const rejectionKey = digestOf('sha256', pkcs8)
  const use = (): KeyObject => {
    if (!key) throw closed()
    return key
  }
  return {
    algorithm,
    publicKeyInfo: publicInfo(key),
    async sign(scheme, bytes) {
      if (scheme.kind === 'ml-dsa' || !schemeFits(algorithm, scheme)) {
        throw new RangeError('the signature scheme does not fit the key')
      }
      return signWith(use(), scheme, bytes)
    },
    async decryptKey(transport, encryptedKey, length) {
      if (algorithm.kind !== 'rsa') return failure({ code: 'wrong-key' })
      return decryptWith(use(), Math.ceil(algorithm.bits / 8), rejectionKey, transport, encryptedKey, length)
    },
    async agree(peerPublicKeyInfo) {
      if (algorithm.kind !== 'ec' && algorithm.kind !== 'x25519') return failure({ code: 'malformed-key' })
      return agreeWith(use(), algorithm, peerPublicKeyInfo)
    },
    decapsulate: async () => failure({ code: 'wrong-key' }),
    close() {
      key = undefined
      wipe(rejectionKey)
    },
  }
}

function rawHandle(opened: RawKey): PrivateKeyHandle & { close(): void } {
  const { kind, postQuantum, expandedKey, publicKeyInfo } = opened
  let isOpen = true
  return {
    algorithm: kind,
    publicKeyInfo,
    async sign(scheme, bytes) {
      if (scheme.kind !== 'ml-dsa' || !schemeFits(kind, scheme)) {
        throw new RangeError('the signature scheme does not fit the key')
      }
      if (!isOpen) throw closed()
      return postQuantum.sign(scheme.parameterSet, expandedKey, bytes)
    },
    decryptKey: async () => failure({ code: 'wrong-key' }),
    agree: async () => failure({ code: 'malformed-key' }),
    async decapsulate(ciphertext) {
      if (kind.kind !== 'ml-kem') return failure({ code: 'wrong-key' })
      if (!isOpen) throw closed()
      const sharedSecret = postQuantum.decapsulate(kind.parameterSet, expandedKey, ciphertext)
      return sharedSecret ? success(sharedSecret) : failure({ code: 'wrong-key' })
    },
    close() {
      isOpen = false
      wipe(expandedKey)
    },
  }
}

/**
 * In the place of an ML-DSA or ML-KEM key that is there and may not be used, so that what was meant for it is told from what
 * was meant for somebody else. Throws for other kinds of keys.
 */
export function dormantKey(publicKeyInfo: Uint8Array): PrivateKeyHandle & { close(): void } {
  const info = readPublicKeyInfo(publicKeyInfo)
  if (!info.ok || !('parameterSet' in info.value.kind)) throw new RangeError('not an experimental key')
  return {
    algorithm: info.value.kind,
    publicKeyInfo,
    sign: async () => {
      throw new Error('the private key is dormant')
    },
    decryptKey: async () => failure({ code: 'wrong-key' }),
    agree: async () => failure({ code: 'malformed-key' }),
    decapsulate: async () => failure({ code: 'experimental-algorithm' }),
    close() {},
  }
}

/** The DER SubjectPublicKeyInfo that belongs to a PKCS#8 private key; `postQuantum` as for `openPrivateKey`. */
export function publicKeyInfoOf(pkcs8: Uint8Array, postQuantum?: PostQuantum): Result<Uint8Array, KeyError> {
  const opened = openAnyKey(pkcs8, postQuantum)
  if (!opened.ok) return opened
  if ('key' in opened.value) return success(publicInfo(opened.value.key))
  wipe(opened.value.expandedKey)
  return success(opened.value.publicKeyInfo)
}

export type GeneratedKeyType = keyof typeof rsaBits | 'ec-p256' | 'ec-p384' | 'ed25519'

const rsaBits = { 'rsa-2048': 2048, 'rsa-3072': 3072, 'rsa-4096': 4096 } as const

/** Makes a key pair with the operating system's randomness. The caller wipes `pkcs8`. */
export function generateKey(
  type: GeneratedKeyType,
): Promise<{ readonly pkcs8: Uint8Array; readonly publicKeyInfo: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const encodings = {
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    } as const
    const done = (error: Error | null, publicKeyInfo: Uint8Array, pkcs8: Uint8Array): void =>
      error ? reject(error) : resolve({ pkcs8, publicKeyInfo })
    switch (type) {
      case 'rsa-2048':
      case 'rsa-3072':
      case 'rsa-4096':
        return generateKeyPair('rsa', { modulusLength: rsaBits[type], ...encodings }, done)
      case 'ec-p256':
      case 'ec-p384':
        return generateKeyPair('ec', { namedCurve: type === 'ec-p256' ? 'P-256' : 'P-384', ...encodings }, done)
      case 'ed25519':
        return generateKeyPair('ed25519', encodings, done)
    }
  })
}

/** What Siegel signs with: RSA PKCS#1 v1.5 or ECDSA, over SHA-256 unless told otherwise. Throws for keys that don't sign. */
export function defaultScheme(
  algorithm: KeyAlgorithm,
  digest: 'sha256' | 'sha384' | 'sha512' = 'sha256',
): SignatureScheme {
  switch (algorithm.kind) {
    case 'rsa':
      return { kind: 'rsa-pkcs1', digest }
    case 'ec':
      return { kind: 'ecdsa', digest }
    case 'ed25519':
      return { kind: 'ed25519' }
    case 'ml-dsa':
      return algorithm
    case 'x25519':
    case 'ml-kem':
      throw new RangeError('a key that does not sign')
  }
}
