/**
 * The master key, 256 random bits, and how a passphrase wraps it: scrypt (RFC 7914) makes a key of the passphrase, and
 * AES-256-GCM seals the master key with it. The parameters are stored and are part of the associated data.
 */

import { utf8Bytes, wipe } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { type Result, success } from '../base/result.ts'
import { scryptKey } from '../crypto/passwordKey.ts'
import { openBytes, sealBytes } from '../crypto/sealedBytes.ts'

export interface PassphraseCost {
  /** scrypt's N. */
  readonly cost: number
  /** scrypt's r. */
  readonly blockSize: number
  /** scrypt's p. */
  readonly parallelism: number
}

/** 128 MiB and about 0.4 s on the machines of 2025: OWASP's first choice for scrypt. */
export const passphraseCost: PassphraseCost = { cost: 2 ** 17, blockSize: 8, parallelism: 1 }

export interface WrappedMasterKey extends PassphraseCost {
  readonly salt: Uint8Array
  readonly wrappedKey: Uint8Array
}

export const masterKeyLength = 32
const saltLength = 32
/**
 * What a database may ask for: below, somebody made guessing cheap; above, opening the profile would take the machine's
 * memory (1 GiB at most) or minutes.
 */
const bounds = { lowestCost: 2 ** 14, highestCost: 2 ** 20, blockSize: 16, parallelism: 4, memory: 2 ** 30 }

/** Whether stored parameters are neither too cheap to guess nor too dear to compute. */
export function isBounded({ cost, blockSize, parallelism }: PassphraseCost): boolean {
  const isPowerOfTwo = Number.isInteger(Math.log2(cost))
  return (
    isPowerOfTwo &&
    cost >= bounds.lowestCost &&
    cost <= bounds.highestCost &&
    blockSize >= 8 &&
    blockSize <= bounds.blockSize &&
    parallelism >= 1 &&
    parallelism <= bounds.parallelism &&
    128 * cost * blockSize <= bounds.memory
  )
}

function associatedData({ cost, blockSize, parallelism }: PassphraseCost): Uint8Array {
  return utf8Bytes(JSON.stringify(['siegel master key', 1, cost, blockSize, parallelism]))
}

export function newMasterKey(random: Random): Uint8Array {
  return random(masterKeyLength)
}

/** Wraps with a fresh salt. */
export async function wrapMasterKey(
  masterKey: Uint8Array,
  passphrase: string,
  cost: PassphraseCost,
  random: Random,
): Promise<WrappedMasterKey> {
  const salt = random(saltLength)
  const key = await scryptKey(passphrase, { ...cost, salt, length: masterKeyLength })
  try {
    return { ...cost, salt, wrappedKey: sealBytes(key, masterKey, associatedData(cost), random) }
  } finally {
    wipe(key)
  }
}

/**
 * The master key, or `wrong-passphrase`: the two can't be told apart from a wrapped key that was changed. Costs the same
 * in both cases. Throws when the stored parameters are none that Siegel writes.
 */
export async function unwrapMasterKey(
  wrapped: WrappedMasterKey,
  passphrase: string,
): Promise<Result<Uint8Array, { readonly code: 'wrong-passphrase' }>> {
  if (!isBounded(wrapped)) throw new RangeError('the stored scrypt parameters are out of bounds')
  const { cost, blockSize, parallelism, salt } = wrapped
  const key = await scryptKey(passphrase, { cost, blockSize, parallelism, salt, length: masterKeyLength })
  try {
    const opened = openBytes(key, wrapped.wrappedKey, associatedData(wrapped))
    return opened.ok ? success(opened.value) : { ok: false, error: { code: 'wrong-passphrase' } }
  } finally {
    wipe(key)
  }
}
