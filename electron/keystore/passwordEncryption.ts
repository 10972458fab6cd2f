/**
 * Decryption under a password: PBES2 (RFC 8018 §6.2) with PBKDF2 or scrypt (RFC 7914 §7), and the schemes of PKCS#12
 * (RFC 7292 appendix C). Plain bytes come out, or the reason why not; a wrong password can't be told from damage here.
 */

import { type Element, encodingOf, universal } from '../asn1/der.ts'
import { DerReader } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { wipe } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { decryptWithKey, type PasswordCipher, passwordCipherLengths } from '../crypto/passwordCipher.ts'
import { pbkdf2Key, scryptBytes } from '../crypto/passwordKey.ts'
import type { FilePassword } from './filePassword.ts'
import type { IterationAllowance } from './passwordBudget.ts'
import { kdfPurpose, pkcs12Key } from './pkcs12/kdf.ts'

export type PasswordEncryptionFailure =
  | { readonly code: 'unsupported-algorithm'; readonly algorithm: string }
  | { readonly code: 'over-budget'; readonly limit: string }
  /** Wrong password or damaged bytes. */
  | { readonly code: 'not-decrypted' }

export type HmacDigest = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

const hmacDigests: Readonly<Record<string, HmacDigest>> = {
  [oids.hmacSha1]: 'sha1',
  [oids.hmacSha224]: 'sha224',
  [oids.hmacSha256]: 'sha256',
  [oids.hmacSha384]: 'sha384',
  [oids.hmacSha512]: 'sha512',
}

/** The digest of an HMAC's AlgorithmIdentifier, or undefined for another algorithm. */
export function hmacDigestOf(oid: string): HmacDigest | undefined {
  return hmacDigests[oid]
}

const pkcs12Ciphers: Readonly<Record<string, { cipher: PasswordCipher; keyLength: number }>> = {
  [oids.pbeSha1TripleDes]: { cipher: { name: 'des-ede3-cbc' }, keyLength: 24 },
  [oids.pbeSha1TwoKeyTripleDes]: { cipher: { name: 'des-ede3-cbc' }, keyLength: 16 },
  [oids.pbeSha1Rc2128]: { cipher: { name: 'rc2-cbc', effectiveBits: 128 }, keyLength: 16 },
  [oids.pbeSha1Rc240]: { cipher: { name: 'rc2-cbc', effectiveBits: 40 }, keyLength: 5 },
}

/** Decrypts with the scheme that the AlgorithmIdentifier names. Throws MalformedDer. */
export async function decryptUnderPassword(
  algorithm: Element,
  encrypted: Uint8Array,
  password: FilePassword,
  allowance: IterationAllowance,
): Promise<Result<Uint8Array, PasswordEncryptionFailure>> {
  const fields = DerReader.inside(algorithm)
  const scheme = fields.oid('encryptionAlgorithm')
  if (scheme === oids.pbes2) return decryptPbes2(fields.sequence('pbes2'), encrypted, password, allowance)
  const known = pkcs12Ciphers[scheme]
  if (!known) return failure({ code: 'unsupported-algorithm', algorithm: scheme })
  const parameters = fields.sequence('pkcs12Parameters')
  const salt = parameters.octetString('salt')
  const iterations = parameters.integer('iterations')
  const { budget } = allowance
  // Key and initialization vector are derived one after the other; 24 bytes of key take two rounds of SHA-1.
  if (salt.length > budget.saltBytes) return failure({ code: 'over-budget', limit: 'salt' })
  if (!allowance.take(iterations, budget.pkcs12Iterations)) return failure({ code: 'over-budget', limit: 'iterations' })
  const common = { salt, iterations, digest: 'sha1' } as const
  const key = await pkcs12Key(password.bmp, { ...common, purpose: kdfPurpose.key, length: known.keyLength })
  const iv = await pkcs12Key(password.bmp, { ...common, purpose: kdfPurpose.iv, length: 8 })
  // Two-key triple DES uses its first key again as the third.
  const wholeKey = scheme === oids.pbeSha1TwoKeyTripleDes ? Buffer.concat([key, key.subarray(0, 8)]) : key
  try {
    const plain = await decryptWithKey(known.cipher, wholeKey, iv, encrypted)
    return plain ? success(plain) : failure({ code: 'not-decrypted' })
  } finally {
    wipe(key)
    wipe(wholeKey)
  }
}

async function decryptPbes2(
  parameters: DerReader,
  encrypted: Uint8Array,
  password: FilePassword,
  allowance: IterationAllowance,
): Promise<Result<Uint8Array, PasswordEncryptionFailure>> {
  const derivation = parameters.sequence('keyDerivationFunc')
  const encryption = parameters.sequence('encryptionScheme')
  const scheme = encryption.oid('encryptionScheme')
  const cipher = cipherOf(scheme)
  if (!cipher) return failure({ code: 'unsupported-algorithm', algorithm: scheme })
  const iv = encryption.octetString('iv')
  const lengths = passwordCipherLengths[cipher.name]
  if (iv.length !== lengths.block) return failure({ code: 'not-decrypted' })
  const key = await derivedKey(derivation, password, lengths.key, allowance)
  if (!key.ok) return key
  try {
    const plain = await decryptWithKey(cipher, key.value, iv, encrypted)
    return plain ? success(plain) : failure({ code: 'not-decrypted' })
  } finally {
    wipe(key.value)
  }
}

function cipherOf(oid: string): { name: keyof typeof passwordCipherLengths } | undefined {
  switch (oid) {
    case oids.aes128Cbc:
      return { name: 'aes-128-cbc' }
    case oids.aes192Cbc:
      return { name: 'aes-192-cbc' }
    case oids.aes256Cbc:
      return { name: 'aes-256-cbc' }
    case oids.tripleDesCbc:
      return { name: 'des-ede3-cbc' }
    default:
      return undefined
  }
}

async function derivedKey(
  derivation: DerReader,
  password: FilePassword,
  length: number,
  allowance: IterationAllowance,
): Promise<Result<Uint8Array, PasswordEncryptionFailure>> {
  const name = derivation.oid('keyDerivationFunc')
  if (name === oids.pbkdf2) {
    const parameters = readPbkdf2(derivation.sequence('pbkdf2'), allowance)
    if (!parameters.ok) return parameters
    const { salt, iterations, digest, keyLength } = parameters.value
    // RFC 8018 §6.2: a stated length must be the cipher's.
    if (keyLength !== undefined && keyLength !== length) return failure({ code: 'not-decrypted' })
    return success(await pbkdf2Key(password.utf8, { salt, iterations, digest, length }))
  }
  if (name !== oids.scrypt) return failure({ code: 'unsupported-algorithm', algorithm: name })
  const parameters = derivation.sequence('scrypt')
  const salt = parameters.octetString('salt')
  const cost = parameters.integer('cost')
  const blockSize = parameters.integer('blockSize')
  const parallelism = parameters.integer('parallelism')
  const { budget } = allowance
  const isPossible = cost >= 2 && Number.isInteger(Math.log2(cost)) && blockSize >= 1 && parallelism >= 1
  if (!isPossible) return failure({ code: 'not-decrypted' })
  const isTooMuch =
    128 * cost * blockSize > budget.scryptMemory ||
    parallelism > budget.scryptParallelism ||
    salt.length > budget.saltBytes ||
    !allowance.take(cost * blockSize * parallelism, budget.totalIterations)
  if (isTooMuch) return failure({ code: 'over-budget', limit: 'scrypt' })
  return success(await scryptBytes(password.utf8, { salt, cost, blockSize, parallelism, length }))
}

export interface Pbkdf2Stated {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly digest: HmacDigest
  readonly keyLength: number | undefined
}

/** PBKDF2-params (RFC 8018 appendix A.2). The iterations are taken from the allowance. Throws MalformedDer. */
export function readPbkdf2(
  parameters: DerReader,
  allowance: IterationAllowance,
): Result<Pbkdf2Stated, PasswordEncryptionFailure> {
  // The other choice, an AlgorithmIdentifier for the salt's source, was never given a meaning.
  const salt = parameters.octetString('salt')
  const iterations = parameters.integer('iterations')
  const keyLength = parameters.nextTag === universal.integer ? parameters.integer('keyLength') : undefined
  const prf = parameters.nextTag === universal.sequence ? parameters.sequence('prf').oid('prf') : oids.hmacSha1
  parameters.end('pbkdf2')
  const digest = hmacDigests[prf]
  if (!digest) return failure({ code: 'unsupported-algorithm', algorithm: prf })
  if (salt.length > allowance.budget.saltBytes) return failure({ code: 'over-budget', limit: 'salt' })
  if (!allowance.take(iterations, allowance.budget.pbkdf2Iterations)) {
    return failure({ code: 'over-budget', limit: 'iterations' })
  }
  return success({ salt, iterations, digest, keyLength })
}

/** EncryptedPrivateKeyInfo (RFC 5208 §6): the plain PKCS#8, which the caller wipes. Throws MalformedDer. */
export async function decryptPrivateKeyInfo(
  fields: DerReader,
  password: FilePassword,
  allowance: IterationAllowance,
): Promise<Result<Uint8Array, PasswordEncryptionFailure>> {
  const algorithm = fields.expect(universal.sequence, 'encryptionAlgorithm')
  const encrypted = fields.octetString('encryptedData')
  const plain = await decryptUnderPassword(algorithm, encrypted, password, allowance)
  if (!plain.ok) return plain
  const key = firstSequenceOf(plain.value)
  return key ? success(key) : failure({ code: 'not-decrypted' })
}

/** The SEQUENCE that plain bytes consist of; padding of a wrong key fits by chance once in 256 times. */
export function firstSequenceOf(plain: Uint8Array): Uint8Array | undefined {
  if (plain[0] !== universal.sequence) return undefined
  try {
    const reader = new DerReader(plain)
    const element = reader.any('plain')
    return reader.atEnd ? encodingOf(element) : undefined
  } catch {
    // MalformedDer: no structure, so no plain text.
    return undefined
  }
}
