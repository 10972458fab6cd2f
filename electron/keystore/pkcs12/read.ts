/**
 * Reading PKCS#12 (RFC 7292): keys and certificates as bytes, under whatever integrity and encryption the writer chose.
 * Keys of every algorithm come out, as PKCS#8 untouched; whether they can be used is decided where they are opened.
 *
 * Not read: public-key integrity and privacy modes, which no program writes.
 */

import { DerReader, MalformedDer } from '../../asn1/derReader.ts'
import { equalBytes, wipe } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { firstSequenceOf } from '../decryptedStructure.ts'
import { type FilePassword, passwordSpellings } from '../filePassword.ts'
import type { KeyFileFailure, PasswordEncryptionFailure } from '../keyFileFailure.ts'
import { IterationAllowance, type PasswordBudget } from '../passwordBudget.ts'
import { decryptPrivateKeyInfo, decryptUnderPassword, passwordFormOf } from '../passwordEncryption.ts'
import { readMac } from './mac.ts'
import { type Content, type Pfx, parsePfx, pkcs12ByteLimit, unarmoured } from './pfx.ts'
import { type Bag, type BagNames, readBags, TooManyBags } from './safeBags.ts'

export interface Pkcs12Key extends BagNames {
  /** The caller wipes it. */
  readonly pkcs8: Uint8Array
}
export interface Pkcs12Certificate extends BagNames {
  readonly der: Uint8Array
}
export interface Pkcs12Contents {
  readonly keys: readonly Pkcs12Key[]
  readonly certificates: readonly Pkcs12Certificate[]
}

/**
 * Reads a file, DER, BER or PEM. `password` undefined means that none was given: files with an empty password or none
 * open, others answer `password-needed`. `wrong-password` is told where the file's structure is whole.
 */
export async function readPkcs12(
  bytes: Uint8Array,
  password: string | undefined,
  budget?: PasswordBudget,
): Promise<Result<Pkcs12Contents, KeyFileFailure>> {
  if (bytes.length > pkcs12ByteLimit) {
    return failure({ code: 'too-large', limit: pkcs12ByteLimit, size: bytes.length })
  }
  try {
    const pfx = parsePfx(unarmoured(bytes))
    if (!pfx.ok) return pfx
    return await readContents(pfx.value, password, new IterationAllowance(budget))
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'damaged-file' })
    if (error instanceof TooManyBags) return failure({ code: 'over-budget', limit: 'bags' })
    throw error
  }
}

async function readContents(
  pfx: Pfx,
  password: string | undefined,
  allowance: IterationAllowance,
): Promise<Result<Pkcs12Contents, KeyFileFailure>> {
  const refused = password === undefined ? 'password-needed' : 'wrong-password'
  const spellings = passwordSpellings(password)
  // Without a MAC the padding and the structure of what comes out have to tell a right password from a wrong one.
  if (!pfx.macData) return told(await decryptAll(pfx, spellings, allowance), refused)
  const mac = readMac(pfx.macData, pfx.authSafe, allowance)
  for (const [index, spelling] of distinct(spellings, mac.takes).entries()) {
    const outcome = await mac.fits(spelling)
    // The first spelling is what a person types; another that costs too much is left alone.
    if (!outcome.ok && index > 0) break
    if (!outcome.ok) return outcome
    // The MAC vouches for password and bytes: what can't be decrypted now was damaged before it was signed.
    if (outcome.value) return told(await decryptAll(pfx, [spelling, ...spellings], allowance), 'damaged-file')
  }
  if (await isProven(pfx, spellings, allowance.budget)) return failure({ code: 'damaged-file' })
  return failure({ code: refused })
}

function told(
  outcome: Result<Pkcs12Contents, PasswordEncryptionFailure>,
  notDecrypted: 'damaged-file' | 'password-needed' | 'wrong-password',
): Result<Pkcs12Contents, KeyFileFailure> {
  if (outcome.ok) return outcome
  return outcome.error.code === 'not-decrypted' ? failure({ code: notDecrypted }) : failure(outcome.error)
}

/** A proof isn't worth more than reading the file would be: about three seconds. */
const proofIterations = 2_500_000

/**
 * Whether the MAC doesn't fit although the password is right: something decrypts to a whole structure. With a wrong password
 * that happens once in some 16 million times.
 */
async function isProven(pfx: Pfx, spellings: readonly FilePassword[], budget: PasswordBudget): Promise<boolean> {
  const allowance = new IterationAllowance({ ...budget, totalIterations: proofIterations })
  for (const content of pfx.contents) {
    try {
      if (content.kind === 'encrypted') {
        const { algorithm, bytes } = content
        for (const password of distinct(spellings, passwordFormOf(algorithm))) {
          const plain = await decryptUnderPassword(algorithm, bytes, password, allowance)
          if (plain.ok && firstSequenceOf(plain.value)) return true
        }
      } else if (await opensAKey(content.bytes, spellings, allowance)) return true
    } catch (error) {
      // What is damaged here says nothing about the password.
      if (!(error instanceof MalformedDer || error instanceof TooManyBags)) throw error
    }
  }
  return false
}

async function opensAKey(
  safeContents: Uint8Array,
  spellings: readonly FilePassword[],
  allowance: IterationAllowance,
): Promise<boolean> {
  for (const bag of readBags(safeContents)) {
    if (bag.kind !== 'shrouded-key') continue
    const algorithm = DerReader.inside(bag.encrypted).any('encryptionAlgorithm')
    for (const password of distinct(spellings, passwordFormOf(algorithm))) {
      const key = await decryptPrivateKeyInfo(DerReader.inside(bag.encrypted), password, allowance)
      if (key.ok) wipe(key.value)
      if (key.ok) return true
    }
  }
  return false
}

/** The spellings that differ in the form that is asked for. */
function distinct(spellings: readonly FilePassword[], form: keyof FilePassword): FilePassword[] {
  return spellings.filter(
    (spelling, index) => !spellings.slice(0, index).some((earlier) => equalBytes(earlier[form], spelling[form])),
  )
}

/** Decrypts everything with the first spelling that fits: a writer uses one for MAC and encryption, but not always. */
async function decryptAll(
  pfx: Pfx,
  spellings: readonly FilePassword[],
  allowance: IterationAllowance,
): Promise<Result<Pkcs12Contents, PasswordEncryptionFailure>> {
  const tried = new Set<FilePassword>()
  for (const spelling of spellings) {
    if (tried.has(spelling)) continue
    const outcome = await decryptWith(pfx, spelling, allowance)
    if (!outcome.ok && outcome.error.code === 'over-budget' && tried.size > 0) break
    if (outcome.ok || outcome.error.code !== 'not-decrypted') return outcome
    tried.add(spelling)
  }
  return failure({ code: 'not-decrypted' })
}

async function decryptWith(
  pfx: Pfx,
  password: FilePassword,
  allowance: IterationAllowance,
): Promise<Result<Pkcs12Contents, PasswordEncryptionFailure>> {
  const keys: Pkcs12Key[] = []
  const certificates: Pkcs12Certificate[] = []
  const giveUp = (error: PasswordEncryptionFailure): Result<Pkcs12Contents, PasswordEncryptionFailure> => {
    for (const { pkcs8 } of keys) wipe(pkcs8)
    return failure(error)
  }
  for (const content of pfx.contents) {
    const bags = await bagsOf(content, password, allowance)
    if (!bags.ok) return giveUp(bags.error)
    for (const bag of bags.value) {
      const { kind, localKeyId, friendlyName } = bag
      const names = {
        ...(localKeyId === undefined ? {} : { localKeyId }),
        ...(friendlyName === undefined ? {} : { friendlyName }),
      }
      if (kind === 'certificate') certificates.push({ der: bag.der, ...names })
      else if (kind === 'key') keys.push({ pkcs8: Uint8Array.from(bag.pkcs8), ...names })
      else {
        const pkcs8 = await decryptPrivateKeyInfo(DerReader.inside(bag.encrypted), password, allowance)
        if (!pkcs8.ok) return giveUp(pkcs8.error)
        keys.push({ pkcs8: pkcs8.value, ...names })
      }
    }
  }
  return success({ keys, certificates })
}

async function bagsOf(
  content: Content,
  password: FilePassword,
  allowance: IterationAllowance,
): Promise<Result<Bag[], PasswordEncryptionFailure>> {
  if (content.kind === 'plain') return success(readBags(content.bytes))
  const plain = await decryptUnderPassword(content.algorithm, content.bytes, password, allowance)
  if (!plain.ok) return plain
  try {
    return success(readBags(plain.value))
  } catch (error) {
    // A wrong password whose padding fits by chance leaves nonsense.
    if (error instanceof MalformedDer) return failure({ code: 'not-decrypted' })
    throw error
  }
}
