/**
 * The password schemes from before PBES2: PBES1 (RFC 8018 §6.1), which old PKCS#8 files have, and those of PKCS#12 (RFC 7292
 * appendix C). They are only read.
 */

import type { Element } from '../asn1/der.ts'
import { DerReader } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { concatBytes, equalBytes, wipe } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import type { DigestName } from '../crypto/digest.ts'
import { decryptWithKey, type PasswordCipher } from '../crypto/passwordCipher.ts'
import { repeatedDigest } from '../crypto/passwordKey.ts'
import { firstSequenceOf } from './decryptedStructure.ts'
import type { FilePassword } from './filePassword.ts'
import type { PasswordEncryptionFailure } from './keyFileFailure.ts'
import type { IterationAllowance } from './passwordBudget.ts'
import { type DerivedKey, kdfPurpose, pkcs12Key, pkcs12Rounds, type SumWriting } from './pkcs12/kdf.ts'

/** PBKDF1 (RFC 8018 §5.1) makes 16 bytes: a key and a vector of 8 each. */
interface Pbes1Scheme {
  readonly kind: 'pbes1'
  readonly cipher: PasswordCipher
  readonly digest: 'md2' | Extract<DigestName, 'md5' | 'sha1'>
}

interface Pkcs12Scheme {
  readonly kind: 'pkcs12'
  readonly cipher: PasswordCipher
  /** Bytes to derive. */
  readonly keyLength: number
  /** Two-key triple DES: the first 8 bytes of its key are the third key again. */
  readonly twoKeys?: true
}

export type LegacyScheme = Pbes1Scheme | Pkcs12Scheme

const des: PasswordCipher = { name: 'des-cbc' }
const tripleDes: PasswordCipher = { name: 'des-ede3-cbc' }
const rc2 = (effectiveBits: number): PasswordCipher => ({ name: 'rc2-cbc', effectiveBits })

const rc4: PasswordCipher = { name: 'rc4' }

const schemes: Readonly<Record<string, LegacyScheme>> = {
  [oids.pbeMd2Des]: { kind: 'pbes1', cipher: des, digest: 'md2' },
  [oids.pbeMd2Rc2]: { kind: 'pbes1', cipher: rc2(64), digest: 'md2' },
  [oids.pbeMd5Des]: { kind: 'pbes1', cipher: des, digest: 'md5' },
  [oids.pbeSha1Des]: { kind: 'pbes1', cipher: des, digest: 'sha1' },
  [oids.pbeMd5Rc2]: { kind: 'pbes1', cipher: rc2(64), digest: 'md5' },
  [oids.pbeSha1Rc2]: { kind: 'pbes1', cipher: rc2(64), digest: 'sha1' },
  [oids.pbeSha1Rc4128]: { kind: 'pkcs12', cipher: rc4, keyLength: 16 },
  [oids.pbeSha1Rc440]: { kind: 'pkcs12', cipher: rc4, keyLength: 5 },
  [oids.pbeSha1TripleDes]: { kind: 'pkcs12', cipher: tripleDes, keyLength: 24 },
  [oids.pbeSha1TwoKeyTripleDes]: { kind: 'pkcs12', cipher: tripleDes, keyLength: 16, twoKeys: true },
  [oids.pbeSha1Rc2128]: { kind: 'pkcs12', cipher: rc2(128), keyLength: 16 },
  [oids.pbeSha1Rc240]: { kind: 'pkcs12', cipher: rc2(40), keyLength: 5 },
}

/** The scheme that an AlgorithmIdentifier's OID names, if it is one of these. */
export function legacySchemeOf(oid: string): LegacyScheme | undefined {
  return schemes[oid]
}

interface Parameters {
  readonly salt: Uint8Array
  readonly iterations: number
}

/** Both kinds have a salt and an iteration count as parameters. Throws MalformedDer. */
export async function decryptWithLegacyScheme(
  scheme: LegacyScheme,
  algorithm: Element,
  encrypted: Uint8Array,
  password: FilePassword,
  allowance: IterationAllowance,
): Promise<Result<Uint8Array, PasswordEncryptionFailure>> {
  const fields = DerReader.inside(algorithm)
  fields.oid('encryptionAlgorithm')
  const stated = fields.sequence('parameters')
  const parameters = { salt: stated.octetString('salt'), iterations: stated.integer('iterations') }
  const { budget } = allowance
  if (parameters.salt.length > budget.saltBytes) return failure({ code: 'over-budget', limit: 'salt' })
  const { iterations } = parameters
  const rounds = roundsOf(scheme)
  const isGranted = () => allowance.take(iterations, budget.pkcs12Iterations, rounds)
  if (!isGranted()) return failure({ code: 'over-budget', limit: 'iterations' })
  if (scheme.kind === 'pbes1') {
    // MD2 is slow here, and with more than a few iterations it is NSS's.
    const [first, second] = scheme.digest === 'md2' ? [password.bmp, password.utf8] : [password.utf8, password.bmp]
    const outcome = await decryptPbes1(scheme, parameters, first, encrypted)
    const isOver = outcome.ok || equalBytes(first, second)
    return isOver || !isGranted() ? outcome : decryptPbes1(scheme, parameters, second, encrypted)
  }
  const derived = await pkcs12KeyAndVector(password.bmp, parameters, scheme)
  const outcome = await decrypted(scheme, derived, encrypted)
  const isOver = outcome.ok || !derived.hasShortSum
  if (isOver || !isGranted()) return outcome
  return decrypted(scheme, await pkcs12KeyAndVector(password.bmp, parameters, scheme, 'shortened'), encrypted)
}

/** One round of MD2, which isn't native, takes as long as some eight of the others. */
const md2Rounds = 8

/** How often a scheme goes through its iterations. */
function roundsOf(scheme: LegacyScheme): number {
  if (scheme.kind === 'pbes1') return scheme.digest === 'md2' ? md2Rounds : 1
  const vectorRounds = scheme.cipher.name === 'rc4' ? 0 : pkcs12Rounds('sha1', 8)
  return pkcs12Rounds('sha1', scheme.keyLength) + vectorRounds
}

/**
 * The vector follows the key (RFC 8018 §6.1.1); NSS takes the last bytes of the digest, which are others where it is SHA-1, and
 * spells the password as PKCS#12 does. The padding fits a wrong vector: the first block tells.
 */
async function decryptPbes1(
  { cipher, digest }: Pbes1Scheme,
  { salt, iterations }: Parameters,
  password: Uint8Array,
  encrypted: Uint8Array,
): Promise<Result<Uint8Array, PasswordEncryptionFailure>> {
  const derived = await repeatedDigest(digest, concatBytes(password, salt), iterations)
  try {
    for (const iv of [derived.subarray(8, 16), derived.subarray(-8)]) {
      const plain = await decryptWithKey(cipher, derived.subarray(0, 8), iv, encrypted)
      if (plain && firstSequenceOf(plain)) return success(plain)
      if (plain) wipe(plain)
    }
    return failure({ code: 'not-decrypted' })
  } finally {
    wipe(derived)
  }
}

async function decrypted(
  { cipher }: Pkcs12Scheme,
  { key, iv }: KeyAndVector,
  encrypted: Uint8Array,
): Promise<Result<Uint8Array, PasswordEncryptionFailure>> {
  try {
    const plain = await decryptWithKey(cipher, key, iv, encrypted)
    return plain ? success(plain) : failure({ code: 'not-decrypted' })
  } finally {
    wipe(key)
  }
}

interface KeyAndVector {
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

async function pkcs12KeyAndVector(
  password: Uint8Array,
  parameters: Parameters,
  { cipher, keyLength, twoKeys }: Pkcs12Scheme,
  sums?: SumWriting,
): Promise<KeyAndVector & Pick<DerivedKey, 'hasShortSum'>> {
  const common = { ...parameters, digest: 'sha1' } as const
  const derived = await pkcs12Key(password, { ...common, purpose: kdfPurpose.key, length: keyLength }, sums)
  const ivLength = cipher.name === 'rc4' ? 0 : 8
  const { key: iv } = await pkcs12Key(password, { ...common, purpose: kdfPurpose.iv, length: ivLength })
  const { hasShortSum } = derived
  if (!twoKeys) return { key: derived.key, iv, hasShortSum }
  const key = concatBytes(derived.key, derived.key.subarray(0, 8))
  wipe(derived.key)
  return { key, iv, hasShortSum }
}
