/**
 * Decryption under a password: PBES2 (RFC 8018 §6.2) with PBKDF2 or scrypt (RFC 7914 §7), and by passwordEncryptionLegacy.ts
 * what came before. Plain bytes come out, or the reason why not; a wrong password can't be told from damage here.
 */

import { type Element, universal } from '../asn1/der.ts'
import { DerReader } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { wipe } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type HmacDigest, hmacOf, isHmacDigest } from '../crypto/digest.ts'
import { decryptWithKey, type PasswordCipher, passwordCipherLengths } from '../crypto/passwordCipher.ts'
import { pbkdf2Key, scryptBytes } from '../crypto/passwordKey.ts'
import { rc2BitsByVersion } from '../crypto/rc2.ts'
import { firstSequenceOf } from './decryptedStructure.ts'
import type { FilePassword } from './filePassword.ts'
import type { PasswordEncryptionFailure } from './keyFileFailure.ts'
import type { IterationAllowance } from './passwordBudget.ts'
import { decryptWithLegacyScheme, legacySchemeOf } from './passwordEncryptionLegacy.ts'

const hmacDigests: Readonly<Record<string, HmacDigest>> = {
  [oids.hmacMd5]: 'md5',
  [oids.hmacSha1]: 'sha1',
  [oids.hmacSha224]: 'sha224',
  [oids.hmacSha256]: 'sha256',
  [oids.hmacSha384]: 'sha384',
  [oids.hmacSha512]: 'sha512',
  [oids.hmacSha512Truncated224]: 'sha512-224',
  [oids.hmacSha512Truncated256]: 'sha512-256',
}

/** The digest of an HMAC's AlgorithmIdentifier, or undefined for an algorithm that can't be computed here. */
export function hmacDigestOf(oid: string): HmacDigest | undefined {
  const digest = hmacDigests[oid]
  return digest && isHmacDigest(digest) ? digest : undefined
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
  const legacy = legacySchemeOf(scheme)
  if (!legacy) return failure({ code: 'unsupported-algorithm', algorithm: scheme })
  return decryptWithLegacyScheme(legacy, algorithm, encrypted, password, allowance)
}

/** Which spelling of the password the scheme that the AlgorithmIdentifier names takes. Throws MalformedDer. */
export function passwordFormOf(algorithm: Element): keyof FilePassword {
  return legacySchemeOf(DerReader.inside(algorithm).oid('encryptionAlgorithm'))?.kind === 'pkcs12' ? 'bmp' : 'utf8'
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
  const stated = statedCipher(scheme, encryption)
  if (!stated.ok) return stated
  const { cipher, iv, keyLength } = stated.value
  const key = await derivedKey(derivation, password, keyLength, allowance)
  if (!key.ok) return key
  try {
    const plain = await decryptWithKey(cipher, key.value, iv, encrypted)
    return plain ? success(plain) : failure({ code: 'not-decrypted' })
  } finally {
    wipe(key.value)
  }
}

const pbes2Ciphers: Readonly<Record<string, keyof typeof passwordCipherLengths>> = {
  [oids.aes128Cbc]: 'aes-128-cbc',
  [oids.aes192Cbc]: 'aes-192-cbc',
  [oids.aes256Cbc]: 'aes-256-cbc',
  [oids.tripleDesCbc]: 'des-ede3-cbc',
  [oids.desCbc]: 'des-cbc',
}

/** What people call the ciphers that openssl and NSS offer for such files and that aren't computed here. */
const unreadCiphers: Readonly<Record<string, string>> = {
  '1.2.392.200011.61.1.1.1.2': 'Camellia-128',
  '1.2.392.200011.61.1.1.1.3': 'Camellia-192',
  '1.2.392.200011.61.1.1.1.4': 'Camellia-256',
  '1.2.410.200004.1.4': 'SEED',
  '1.2.410.200046.1.1.12': 'ARIA-256',
  '1.3.6.1.4.1.3029.1.2': 'Blowfish',
  '1.2.840.113533.7.66.10': 'CAST-128',
  '1.2.156.10197.1.104.2': 'SM4',
}

interface StatedCipher {
  readonly cipher: PasswordCipher
  readonly iv: Uint8Array
  /** Undefined where the derivation has to say it (RFC 8018 appendix B.2.3: RC2 takes keys of any length). */
  readonly keyLength: number | undefined
}

/** The encryption scheme of PBES2 with its parameters (RFC 8018 appendix B.2). */
function statedCipher(oid: string, parameters: DerReader): Result<StatedCipher, PasswordEncryptionFailure> {
  if (oid === oids.rc2Cbc) {
    const fields = parameters.sequence('rc2Parameter')
    // Without a version the effective length is 32 bits, which nobody writes.
    const effectiveBits = rc2BitsByVersion[fields.integer('rc2ParameterVersion')]
    if (!effectiveBits) return failure({ code: 'unsupported-algorithm', algorithm: 'RC2-CBC' })
    const iv = fields.octetString('iv')
    return success({ cipher: { name: 'rc2-cbc', effectiveBits }, iv, keyLength: undefined })
  }
  const name = pbes2Ciphers[oid]
  if (!name) return failure({ code: 'unsupported-algorithm', algorithm: unreadCiphers[oid] ?? oid })
  const iv = parameters.octetString('iv')
  const lengths = passwordCipherLengths[name]
  if (iv.length !== lengths.block) return failure({ code: 'not-decrypted' })
  return success({ cipher: { name }, iv, keyLength: lengths.key })
}

/** RC2's keys have 1 to 128 bytes (RFC 2268 §2); unstated they have 16. */
const rc2KeyLengths = { usual: 16, longest: 128 }

async function derivedKey(
  derivation: DerReader,
  password: FilePassword,
  fixedLength: number | undefined,
  allowance: IterationAllowance,
): Promise<Result<Uint8Array, PasswordEncryptionFailure>> {
  const name = derivation.oid('keyDerivationFunc')
  if (name === oids.pbkdf2) {
    const parameters = readPbkdf2(derivation.sequence('pbkdf2'), allowance)
    if (!parameters.ok) return parameters
    const { salt, iterations, digest, keyLength } = parameters.value
    // RFC 8018 §6.2: a stated length must be the cipher's.
    if (fixedLength !== undefined && keyLength !== undefined && keyLength !== fixedLength) {
      return failure({ code: 'not-decrypted' })
    }
    const length = fixedLength ?? keyLength ?? rc2KeyLengths.usual
    if (length < 1 || length > rc2KeyLengths.longest) return failure({ code: 'not-decrypted' })
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
  return success(
    await scryptBytes(password.utf8, {
      salt,
      cost,
      blockSize,
      parallelism,
      length: fixedLength ?? rc2KeyLengths.usual,
    }),
  )
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
  const digest = hmacDigestOf(prf)
  if (!digest) return failure({ code: 'unsupported-algorithm', algorithm: prf })
  if (salt.length > allowance.budget.saltBytes) return failure({ code: 'over-budget', limit: 'salt' })
  // A key longer than the digest goes through the iterations again for each further block (RFC 8018 §5.2).
  const block = hmacOf(digest, new Uint8Array(), new Uint8Array()).length
  const rounds = Math.max(Math.ceil((keyLength ?? 0) / block), 1)
  if (!allowance.take(iterations, allowance.budget.pbkdf2Iterations, rounds)) {
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
