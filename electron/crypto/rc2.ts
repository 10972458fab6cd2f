/**
 * RC2 in CBC mode with PKCS#7 padding (RFC 2268), to read what programs wrote before 2005: OpenSSL 3 has none, so it comes from
 * node-forge, which is loaded when something needs it.
 */

import { concatBytes, latin1Bytes, latin1Text } from '../base/bytes.ts'
import type { ContentDecryption } from './contentCipher.ts'

export const rc2BlockBytes = 8

/**
 * Bytes that the library decrypts under one vector, a multiple of the block. It keeps every block of ciphertext in one growing
 * string and copies that again and again: without a new start, 400 kB in a stranger's mail took two minutes.
 */
const runBytes = 4_096

/** RC2's effective key length by the number that RC2CBCParameter gives it (RFC 3370 §5.2): three odd ones. */
export const rc2BitsByVersion: Readonly<Record<number, number>> = { 160: 40, 120: 64, 58: 128 }

/** Decrypts piece by piece; `effectiveBits` are RFC 2268's T1. Throws when the vector isn't one block. */
export async function startRc2Decryption(
  effectiveBits: number,
  key: Uint8Array,
  iv: Uint8Array,
): Promise<ContentDecryption> {
  if (iv.length !== rc2BlockBytes) throw new RangeError('iv')
  const { default: forge } = await import('node-forge')
  const cipher = forge.rc2.createDecryptionCipher(latin1Text(key), effectiveBits)
  let vector = iv
  let incomplete = new Uint8Array()
  // It may be padding, so that it is held back.
  let lastBlock = new Uint8Array()
  return {
    update(encrypted) {
      const input = concatBytes(incomplete, encrypted)
      const wholeBlocks = input.length - (input.length % rc2BlockBytes)
      incomplete = input.slice(wholeBlocks)
      const plain: Uint8Array[] = [lastBlock]
      for (let start = 0; start < wholeBlocks; start += runBytes) {
        const run = input.subarray(start, Math.min(start + runBytes, wholeBlocks))
        cipher.start(latin1Text(vector))
        cipher.update(forge.util.createBuffer(latin1Text(run)))
        plain.push(latin1Bytes(cipher.output.getBytes()))
        vector = run.slice(-rc2BlockBytes)
      }
      const ready = concatBytes(...plain)
      lastBlock = ready.slice(-rc2BlockBytes)
      return ready.subarray(0, ready.length - lastBlock.length)
    },
    end: () => (incomplete.length === 0 ? withoutPadding(lastBlock) : undefined),
  }
}

/** RFC 5652 §6.3; undefined for what is no padding. */
function withoutPadding(block: Uint8Array): Uint8Array | undefined {
  const count = block.at(-1) ?? 0
  if (count < 1 || count > block.length) return undefined
  return block.subarray(-count).every((byte) => byte === count) ? block.subarray(0, -count) : undefined
}
