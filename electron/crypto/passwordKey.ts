/**
 * Keys from passwords: scrypt (RFC 7914) for Siegel's own vault, PBKDF2 (RFC 8018 §5.2) for the formats of others. Both run
 * off the main thread.
 *
 * Bounds on the parameters belong to whoever reads them from a file; here stands only the memory that scrypt may take.
 */

import { hash, pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { utf8Bytes, wipe } from '../base/bytes.ts'
import type { DigestName, HmacDigest } from './digest.ts'
import { md2 } from './md2.ts'

export interface ScryptParameters {
  readonly salt: Uint8Array
  /** N: a power of two. Memory is 128 · N · r bytes. */
  readonly cost: number
  readonly blockSize: number
  readonly parallelism: number
  /** Bytes to derive. */
  readonly length: number
}

export interface Pbkdf2Parameters {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly digest: HmacDigest
  readonly length: number
}

const scryptAsync = promisify<
  Uint8Array,
  Uint8Array,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt)
const pbkdf2Async = promisify(pbkdf2)

/** `passphrase` is taken as UTF-8 in normalization form C, so that every keyboard types the same one. */
export async function scryptKey(passphrase: string, parameters: ScryptParameters): Promise<Uint8Array> {
  const password = utf8Bytes(passphrase.normalize('NFC'))
  try {
    return await scryptBytes(password, parameters)
  } finally {
    wipe(password)
  }
}

/** scrypt over the bytes given. */
export function scryptBytes(password: Uint8Array, parameters: ScryptParameters): Promise<Uint8Array> {
  const { salt, cost, blockSize, parallelism, length } = parameters
  const maxmem = 128 * blockSize * (cost + parallelism + 2) + 1_048_576
  return scryptAsync(password, salt, length, { N: cost, r: blockSize, p: parallelism, maxmem })
}

/** `password` is taken as the bytes given: each format says how text becomes bytes. */
export function pbkdf2Key(password: Uint8Array, parameters: Pbkdf2Parameters): Promise<Uint8Array> {
  const { salt, iterations, digest, length } = parameters
  return pbkdf2Async(password, salt, iterations, length, digest)
}

/** How long repeated digests hold the thread before others get their turn. */
const roundsAtOnce = 20_000

/** The digest of the digest of …, `rounds` times: the slow part of PKCS#12's derivation (RFC 7292 B.2) and all of PBKDF1 (RFC 8018 §5.1). */
export async function repeatedDigest(name: DigestName | 'md2', bytes: Uint8Array, rounds: number): Promise<Uint8Array> {
  let block = bytes
  for (let round = 1; round <= rounds; round++) {
    // One call instead of an object per round: three times as fast.
    block = name === 'md2' ? md2(block) : hash(name, block, 'buffer')
    if (round % roundsAtOnce === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  return block
}
