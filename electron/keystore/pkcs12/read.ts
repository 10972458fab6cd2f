/**
 * Reading PKCS#12 (RFC 7292): keys and certificates as bytes, under whatever integrity and encryption the writer chose.
 * Keys of every algorithm come out, as PKCS#8 untouched; whether they can be used is decided where they are opened.
 *
 * Not read: public-key integrity and privacy modes, which no program writes.
 */

import { type Element, universal } from '../../asn1/der.ts'
import { DerReader, MalformedDer, octetsOf, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { readPem } from '../../asn1/pem.ts'
import { latin1Text, wipe } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type FilePassword, passwordSpellings } from '../filePassword.ts'
import type { KeyFileFailure } from '../keyFileFailure.ts'
import { IterationAllowance, type PasswordBudget } from '../passwordBudget.ts'
import { decryptPrivateKeyInfo, decryptUnderPassword, type PasswordEncryptionFailure } from '../passwordEncryption.ts'
import { readMac } from './mac.ts'
import { type Bag, type BagNames, readBags, TooManyBags } from './safeBags.ts'

/** Certificates and keys have a few kilobytes each; smart card exports with photographs were seen at 1 MB. */
export const pkcs12ByteLimit = 8_388_608
/** Contents in one file: writers use two or three. */
const contentLimit = 64

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

type Content =
  | { readonly kind: 'plain'; readonly bytes: Uint8Array }
  | { readonly kind: 'encrypted'; readonly algorithm: Element; readonly bytes: Uint8Array }

interface Pfx {
  readonly contents: readonly Content[]
  readonly authSafe: Uint8Array
  readonly macData: Element | undefined
}

/** Whether the bytes look like PKCS#12, so that another reader isn't asked in vain. */
export function looksLikePkcs12(bytes: Uint8Array): boolean {
  try {
    return parsePfx(unarmoured(bytes)).ok
  } catch (error) {
    if (error instanceof MalformedDer) return false
    throw error
  }
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

function unarmoured(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === universal.sequence) return bytes
  const block = readPem(latin1Text(bytes.subarray(0, pkcs12ByteLimit))).find(({ label }) => label === 'PKCS12')
  return block?.bytes ?? bytes
}

function parsePfx(der: Uint8Array): Result<Pfx, KeyFileFailure> {
  const pfx = DerReader.inside(soleElement(der, 'pfx'))
  if (pfx.integer('version') !== 3) return failure({ code: 'damaged-file' })
  const contentInfo = pfx.sequence('authSafe')
  const type = contentInfo.oid('contentType')
  if (type !== oids.data) return failure({ code: 'unsupported-algorithm', algorithm: type })
  const authSafe = DerReader.inside(contentInfo.expect(0xa0, 'authSafe')).octetString('authSafe')
  const macData = pfx.optional(universal.sequence, 'macData')
  pfx.end('pfx')

  const contents: Content[] = []
  for (const element of DerReader.inside(soleElement(authSafe, 'authenticatedSafe')).rest('contentInfo')) {
    if (contents.length >= contentLimit) return failure({ code: 'over-budget', limit: 'contents' })
    const info = DerReader.inside(element)
    const kind = info.oid('contentType')
    const body = DerReader.inside(info.expect(0xa0, 'content'))
    if (kind === oids.data) contents.push({ kind: 'plain', bytes: body.octetString('data') })
    else if (kind === oids.encryptedData) contents.push(encryptedContent(body.sequence('encryptedData')))
    else return failure({ code: 'unsupported-algorithm', algorithm: kind })
  }
  return success({ contents, authSafe, macData })
}

/** EncryptedData (RFC 5652 §8). */
function encryptedContent(encryptedData: DerReader): Content {
  encryptedData.integer('version')
  const info = encryptedData.sequence('encryptedContentInfo')
  info.oid('contentType')
  const algorithm = info.expect(universal.sequence, 'contentEncryptionAlgorithm')
  return { kind: 'encrypted', algorithm, bytes: octetsOf(info.any('encryptedContent'), 'encryptedContent') }
}

async function readContents(
  pfx: Pfx,
  password: string | undefined,
  allowance: IterationAllowance,
): Promise<Result<Pkcs12Contents, KeyFileFailure>> {
  const refused = password === undefined ? 'password-needed' : 'wrong-password'
  const spellings = passwordSpellings(password)
  if (!pfx.macData) return readWithoutMac(pfx, spellings, refused, allowance)
  const fits = readMac(pfx.macData, pfx.authSafe, allowance)
  for (const spelling of spellings) {
    const outcome = await fits(spelling)
    if (!outcome.ok) return outcome
    // The MAC vouches for password and bytes: what can't be decrypted now was damaged before it was signed.
    if (outcome.value) return told(await decryptAll(pfx, [spelling, ...spellings], allowance), 'damaged-file')
  }
  return failure({ code: refused })
}

/** Without a MAC the padding and the structure of what comes out have to tell a right password from a wrong one. */
async function readWithoutMac(
  pfx: Pfx,
  spellings: readonly FilePassword[],
  refused: 'password-needed' | 'wrong-password',
  allowance: IterationAllowance,
): Promise<Result<Pkcs12Contents, KeyFileFailure>> {
  return told(await decryptAll(pfx, spellings, allowance), refused)
}

function told(
  outcome: Result<Pkcs12Contents, PasswordEncryptionFailure>,
  notDecrypted: 'damaged-file' | 'password-needed' | 'wrong-password',
): Result<Pkcs12Contents, KeyFileFailure> {
  if (outcome.ok) return outcome
  return outcome.error.code === 'not-decrypted' ? failure({ code: notDecrypted }) : failure(outcome.error)
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
    tried.add(spelling)
    const outcome = await decryptWith(pfx, spelling, allowance)
    if (outcome.ok || outcome.error.code !== 'not-decrypted') return outcome
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
