/**
 * AES-256 in counter mode (NIST SP 800-38A §6.5) under a key that is made here, never leaves and ends with the value: for
 * files that only this process reads, at any place, and that shall be noise to everybody else and after a crash.
 *
 * It hides and does not authenticate: whoever can change such a file can change the process that reads it.
 */

import { type Cipheriv, createCipheriv, randomBytes } from 'node:crypto'
import { wipe } from '../base/bytes.ts'

const blockBytes = 16

export interface SeekableCipher {
  /** Bytes at `offset` of the file, encrypted or decrypted: in this mode they are one. Each place is written once. */
  apply(bytes: Uint8Array, offset: number): Uint8Array
  /** Wipes the key: what was encrypted is unreadable from here on. */
  close(): void
}

export function createSeekableCipher(): SeekableCipher {
  const key = randomBytes(32)
  /** Goes on where it stopped: files are mostly written and read from one end to the other. */
  let running: { readonly cipher: Cipheriv; next: number } | undefined

  function startAt(offset: number): Cipheriv {
    const counter = Buffer.alloc(blockBytes)
    counter.writeBigUInt64BE(BigInt(Math.floor(offset / blockBytes)), blockBytes - 8)
    const cipher = createCipheriv('aes-256-ctr', key, counter)
    if (offset % blockBytes > 0) cipher.update(Buffer.alloc(offset % blockBytes))
    return cipher
  }

  return {
    apply(bytes, offset) {
      if (running?.next !== offset) running = { cipher: startAt(offset), next: offset }
      running.next += bytes.length
      return running.cipher.update(bytes)
    },
    close() {
      wipe(key)
      running = undefined
    },
  }
}
