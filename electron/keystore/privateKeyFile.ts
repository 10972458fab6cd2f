/**
 * Private keys in files of their own: PKCS#8 (RFC 5208, RFC 5958) plain and encrypted, RSA keys of PKCS#1 (RFC 8017
 * A.1.2) and EC keys of SEC 1 (RFC 5915), as DER or PEM, and the encrypted PEM of old OpenSSL. What comes out is PKCS#8.
 */

import {
  contentOf,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  type Element,
  encodingOf,
  universal,
} from '../asn1/der.ts'
import { DerReader, MalformedDer, soleElement } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { armouredText, type PemBlock, readPem } from '../asn1/pem.ts'
import { hexBytes, wipe } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { digestOf } from '../crypto/digest.ts'
import { decryptWithKey, type PasswordCipher, passwordCipherLengths } from '../crypto/passwordCipher.ts'
import { rc2BlockBytes } from '../crypto/rc2.ts'
import { firstSequenceOf } from './decryptedStructure.ts'
import { passwordSpellings } from './filePassword.ts'
import type { KeyFileFailure } from './keyFileFailure.ts'
import { IterationAllowance, type PasswordBudget } from './passwordBudget.ts'
import { decryptPrivateKeyInfo } from './passwordEncryption.ts'

/** An RSA key of 16,384 bits has 9 kB; PEM files may hold certificates as well. */
export const privateKeyFileByteLimit = 1_048_576
/** Keys in one file. */
const keyLimit = 50

export type PrivateKeyFileFailure = KeyFileFailure | { readonly code: 'no-key' }

type KeyResult = Result<Uint8Array, PrivateKeyFileFailure>

/**
 * Every private key of a file, as PKCS#8 that the caller wipes. `no-key` when there is none: it may hold certificates.
 * Damage and a wrong password can't be told apart without a MAC: `wrong-password` means one of the two.
 */
export async function readPrivateKeyFile(
  bytes: Uint8Array,
  password?: string,
  budget?: PasswordBudget,
): Promise<Result<Uint8Array[], PrivateKeyFileFailure>> {
  if (bytes.length > privateKeyFileByteLimit) {
    return failure({ code: 'too-large', limit: privateKeyFileByteLimit, size: bytes.length })
  }
  const allowance = new IterationAllowance(budget)
  const isDer = bytes[0] === universal.sequence
  const text = isDer ? '' : armouredText(bytes)
  const blocks = keyBlocksOf(text)
  // One that has no end, or other letters than base64's, isn't among the blocks: without it the file would pass for one without a key.
  if (blocks.length < beginningsOf(text)) return failure({ code: 'damaged-file' })
  const readers = isDer
    ? [() => readDer(bytes, password, allowance)]
    : blocks.map((block) => () => readBlock(block, password, allowance))
  if (readers.length === 0) return failure({ code: 'no-key' })
  if (readers.length > keyLimit) return failure({ code: 'over-budget', limit: 'keys' })
  const keys: Uint8Array[] = []
  for (const read of readers) {
    const key = await withoutMalformed(read)
    if (!key.ok) {
      for (const earlier of keys) wipe(earlier)
      return key
    }
    keys.push(key.value)
  }
  return success(keys)
}

async function withoutMalformed(read: () => Promise<KeyResult>): Promise<KeyResult> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'damaged-file' })
    throw error
  }
}

/** Keys of SSH: no certificate belongs to one. */
const foreignLabel = /^(OPENSSH|SSH2)\b/

/** How many keys the text begins, whole or not. */
function beginningsOf(text: string): number {
  return text.match(/^-----BEGIN (?!OPENSSH |SSH2 )[A-Z0-9 ]{0,50}PRIVATE KEY-----[ \t]*\r?$/gm)?.length ?? 0
}

interface KeyBlock extends PemBlock {
  /** The curve of an EC PARAMETERS block before the key. */
  readonly curve: Uint8Array | undefined
}

function keyBlocksOf(text: string): KeyBlock[] {
  const found: KeyBlock[] = []
  let curve: Uint8Array | undefined
  for (const block of readPem(text)) {
    if (block.label === 'EC PARAMETERS') curve = block.bytes
    else if (block.label.endsWith('PRIVATE KEY') && !foreignLabel.test(block.label)) found.push({ ...block, curve })
  }
  return found
}

async function readBlock(
  block: KeyBlock,
  password: string | undefined,
  allowance: IterationAllowance,
): Promise<KeyResult> {
  let der = block.bytes
  const encryption = block.headers.get('dek-info')
  if (encryption !== undefined) {
    const plain = await decryptTraditional(der, encryption, password)
    if (!plain.ok) return plain
    der = plain.value
  }
  switch (block.label) {
    case 'RSA PRIVATE KEY':
      return success(pkcs8OfRsa(der))
    case 'EC PRIVATE KEY':
      return success(pkcs8OfEc(der, block.curve))
    case 'PRIVATE KEY':
    case 'ENCRYPTED PRIVATE KEY':
      return readDer(der, password, allowance)
    default:
      return failure({ code: 'unsupported-algorithm', algorithm: block.label })
  }
}

/** Which of the four forms DER has can be seen from its first fields. */
async function readDer(
  der: Uint8Array,
  password: string | undefined,
  allowance: IterationAllowance,
): Promise<KeyResult> {
  const outer = soleElement(der, 'key')
  const fields = DerReader.inside(outer)
  const first = fields.nextTag
  if (first === universal.sequence) return readEncrypted(outer, password, allowance)
  const version = fields.integer('version')
  const second = fields.nextTag
  if (second === universal.sequence) {
    const inner = DerReader.inside(fields.expect(universal.sequence, 'algorithm'))
    // A PKCS#12 file begins alike, with version 3.
    if (version <= 1 && inner.nextTag === universal.oid && fields.nextTag === universal.octetString) {
      return success(Uint8Array.from(der))
    }
    return failure({ code: 'no-key' })
  }
  if (second === universal.octetString && version === 1) return success(pkcs8OfEc(der, undefined))
  if (second === universal.integer && version <= 1) return success(pkcs8OfRsa(der))
  return failure({ code: 'no-key' })
}

async function readEncrypted(
  outer: Element,
  password: string | undefined,
  allowance: IterationAllowance,
): Promise<KeyResult> {
  const shape = DerReader.inside(outer)
  const algorithm = DerReader.inside(shape.expect(universal.sequence, 'encryptionAlgorithm'))
  // A certificate is a SEQUENCE that begins with a SEQUENCE, too.
  if (algorithm.nextTag !== universal.oid || shape.nextTag !== universal.octetString) return failure({ code: 'no-key' })
  if (password === undefined) return failure({ code: 'password-needed' })
  for (const spelling of passwordSpellings(password)) {
    const plain = await decryptPrivateKeyInfo(DerReader.inside(outer), spelling, allowance)
    if (plain.ok) return plain
    if (plain.error.code !== 'not-decrypted') return failure(plain.error)
  }
  return failure({ code: 'wrong-password' })
}

interface TraditionalCipher {
  readonly cipher: PasswordCipher
  /** In bytes. */
  readonly key: number
  readonly block: number
}

const blockCipher = (name: keyof typeof passwordCipherLengths): TraditionalCipher => ({
  cipher: { name },
  ...passwordCipherLengths[name],
})
const rc2Cipher = (bits: number): TraditionalCipher => ({
  cipher: { name: 'rc2-cbc', effectiveBits: bits },
  key: bits / 8,
  block: rc2BlockBytes,
})

const traditionalCiphers: Readonly<Record<string, TraditionalCipher>> = {
  'AES-128-CBC': blockCipher('aes-128-cbc'),
  'AES-192-CBC': blockCipher('aes-192-cbc'),
  'AES-256-CBC': blockCipher('aes-256-cbc'),
  'DES-EDE3-CBC': blockCipher('des-ede3-cbc'),
  'DES-CBC': blockCipher('des-cbc'),
  'RC2-CBC': rc2Cipher(128),
  'RC2-64-CBC': rc2Cipher(64),
  'RC2-40-CBC': rc2Cipher(40),
}

/** `DEK-Info: AES-256-CBC,<iv>`: OpenSSL's EVP_BytesToKey with MD5, one round, and the vector's first 8 bytes as salt. */
async function decryptTraditional(
  encrypted: Uint8Array,
  dekInfo: string,
  password: string | undefined,
): Promise<KeyResult> {
  const [name = '', ivText = ''] = dekInfo.split(',').map((part) => part.trim())
  const known = traditionalCiphers[name.toUpperCase()]
  if (!known) return failure({ code: 'unsupported-algorithm', algorithm: name.slice(0, 40) })
  const iv = hexBytes(ivText)
  if (iv.length !== known.block) return failure({ code: 'damaged-file' })
  if (password === undefined) return failure({ code: 'password-needed' })
  for (const { utf8 } of passwordSpellings(password)) {
    const key = bytesToKey(utf8, iv.subarray(0, 8), known.key)
    const plain = await decryptWithKey(known.cipher, key, iv, encrypted)
    wipe(key)
    const der = plain ? firstSequenceOf(plain) : undefined
    if (der) return success(der)
  }
  return failure({ code: 'wrong-password' })
}

function bytesToKey(password: Uint8Array, salt: Uint8Array, length: number): Uint8Array {
  let key = Buffer.alloc(0)
  let last = Buffer.alloc(0)
  while (key.length < length) {
    last = Buffer.from(digestOf('md5', Buffer.concat([last, password, salt])))
    key = Buffer.concat([key, last])
  }
  return key.subarray(0, length)
}

function pkcs8OfRsa(der: Uint8Array): Uint8Array {
  const fields = DerReader.inside(soleElement(der, 'rsaPrivateKey'))
  if (fields.integer('version') > 1 || fields.nextTag !== universal.integer) throw new MalformedDer('rsaPrivateKey')
  return derSequence(derInteger(0), derSequence(derOid(oids.rsaEncryption), derNull()), derOctetString(der))
}

/** `curve` is the DER of an OID from elsewhere; usually the key states it itself, as [0]. */
function pkcs8OfEc(der: Uint8Array, curve: Uint8Array | undefined): Uint8Array {
  const fields = DerReader.inside(soleElement(der, 'ecPrivateKey'))
  if (fields.integer('version') !== 1) throw new MalformedDer('ecPrivateKey')
  fields.octetString('privateKey')
  const stated = fields.optional(0xa0, 'parameters')
  const parameters = stated ? contentOf(stated) : curve
  if (!parameters) throw new MalformedDer('parameters')
  const oid = encodingOf(soleElement(parameters, 'parameters'))
  return derSequence(derInteger(0), derSequence(derOid(oids.ecPublicKey), oid), derOctetString(der))
}
