/**
 * RC2 in CBC mode with PKCS#7 padding (RFC 2268), to read what programs wrote before 2005: OpenSSL 3 has none, so it comes from
 * node-forge, which is loaded when something needs it.
 */

import { latin1Bytes, latin1Text } from '../base/bytes.ts'
import type { ContentDecryption } from './contentCipher.ts'

export const rc2BlockBytes = 8

/** Decrypts piece by piece; `effectiveBits` are RFC 2268's T1. Throws when the vector isn't one block. */
export async function startRc2Decryption(
  effectiveBits: number,
  key: Uint8Array,
  iv: Uint8Array,
): Promise<ContentDecryption> {
  if (iv.length !== rc2BlockBytes) throw new RangeError('iv')
  const { default: forge } = await import('node-forge')
  const cipher = forge.rc2.createDecryptionCipher(latin1Text(key), effectiveBits)
  cipher.start(latin1Text(iv))
  let length = 0
  return {
    update(encrypted) {
      length += encrypted.length
      cipher.update(forge.util.createBuffer(latin1Text(encrypted)))
      // The last block is held back: it may be padding.
      const ready = Math.max(0, cipher.output.length() - rc2BlockBytes)
      return ready === 0 ? new Uint8Array() : latin1Bytes(cipher.output.getBytes(ready))
    },
    end() {
      if (length === 0 || length % rc2BlockBytes !== 0) return undefined
      return withoutPadding(latin1Bytes(cipher.output.getBytes()))
    },
  }
}

/** RFC 5652 §6.3; undefined for what is no padding. */
function withoutPadding(block: Uint8Array): Uint8Array | undefined {
  const count = block.at(-1) ?? 0
  if (count < 1 || count > block.length) return undefined
  return block.subarray(-count).every((byte) => byte === count) ? block.subarray(0, -count) : undefined
}
