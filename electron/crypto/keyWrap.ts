/**
 * AES key wrap (RFC 3394) over AES in ECB mode: Electron's BoringSSL has no key wrap cipher of its own.
 */

import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto'
import { wipe } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'

const initialValue = Uint8Array.from([0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6])

/** RFC 3394 wraps keys of any length; a content key has 16 to 32 bytes, and the work grows with the length. */
const keyByteLimit = 512

/** Throws when `wrappingKey` is no AES key: its length is the caller's constant. */
function cipherName(wrappingKey: Uint8Array): string {
  if (![16, 24, 32].includes(wrappingKey.length)) throw new RangeError('not an AES key')
  return `aes-${wrappingKey.length * 8}-ecb`
}

/** The exclusive or of the register's 64-bit big-endian number with the step's, in place (RFC 3394 §2.2.1, `A ^ t`). */
function addStep(register: Uint8Array, step: number): void {
  for (let index = 7, rest = step; rest > 0; index--, rest = Math.floor(rest / 256)) {
    register[index] = (register[index] ?? 0) ^ (rest & 0xff)
  }
}

/** Wraps a key of at least 16 bytes, a multiple of 8; the result is 8 bytes longer (RFC 3394 §2.2.1). */
export function wrapKey(wrappingKey: Uint8Array, key: Uint8Array): Uint8Array {
  if (key.length < 16 || key.length % 8 !== 0 || key.length > keyByteLimit) throw new RangeError('not a key to wrap')
  const cipher = createCipheriv(cipherName(wrappingKey), wrappingKey, null).setAutoPadding(false)
  const wrapped = new Uint8Array(key.length + 8)
  wrapped.set(key, 8)
  const block = new Uint8Array(16)
  block.set(initialValue)
  const count = key.length / 8
  for (let round = 0; round < 6; round++) {
    for (let index = 1; index <= count; index++) {
      block.set(wrapped.subarray(index * 8, index * 8 + 8), 8)
      block.set(cipher.update(block))
      addStep(block, count * round + index)
      wrapped.set(block.subarray(8), index * 8)
    }
  }
  wrapped.set(block.subarray(0, 8))
  wipe(block)
  return wrapped
}

/** Unwraps and checks the integrity value (RFC 3394 §2.2.2). The caller wipes the key. */
export function unwrapKey(
  wrappingKey: Uint8Array,
  wrapped: Uint8Array,
): Result<Uint8Array, { readonly code: 'wrong-key' }> {
  const name = cipherName(wrappingKey)
  if (wrapped.length < 24 || wrapped.length % 8 !== 0 || wrapped.length > keyByteLimit + 8) {
    return failure({ code: 'wrong-key' })
  }
  const cipher = createDecipheriv(name, wrappingKey, null).setAutoPadding(false)
  const key = Uint8Array.from(wrapped.subarray(8))
  const block = new Uint8Array(16)
  block.set(wrapped.subarray(0, 8))
  const count = key.length / 8
  for (let round = 5; round >= 0; round--) {
    for (let index = count; index >= 1; index--) {
      addStep(block, count * round + index)
      block.set(key.subarray(index * 8 - 8, index * 8), 8)
      block.set(cipher.update(block))
      key.set(block.subarray(8), index * 8 - 8)
    }
  }
  const intact = timingSafeEqual(block.subarray(0, 8), initialValue)
  wipe(block)
  if (intact) return success(key)
  wipe(key)
  return failure({ code: 'wrong-key' })
}
