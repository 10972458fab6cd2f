/**
 * Ciphers of the password-based formats (RFC 8018, RFC 7292), on small buffers: block ciphers in CBC with PKCS#7 padding, and RC4.
 * RC2, RC4 and DES are only read.
 */

import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concatBytes, wipe } from '../base/bytes.ts'
import { rc2BlockBytes, startRc2Decryption } from './rc2.ts'
import { decryptRc4 } from './rc4.ts'

export type PasswordCipher =
  | { readonly name: keyof typeof passwordCipherLengths }
  | { readonly name: 'rc2-cbc'; readonly effectiveBits: number }
  /** Takes no vector. */
  | { readonly name: 'rc4' }

/** Key and block length in bytes; RC2's key length is the format's to say. */
export const passwordCipherLengths = {
  'aes-128-cbc': { key: 16, block: 16 },
  'aes-192-cbc': { key: 24, block: 16 },
  'aes-256-cbc': { key: 32, block: 16 },
  'des-ede3-cbc': { key: 24, block: 8 },
  'des-cbc': { key: 8, block: 8 },
} as const

/** The plain bytes, or undefined when key or padding don't fit; RC4 has no padding and always makes something. */
export async function decryptWithKey(
  cipher: PasswordCipher,
  key: Uint8Array,
  iv: Uint8Array,
  encrypted: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (cipher.name === 'rc4') return decryptRc4(key, encrypted)
  if (cipher.name === 'rc2-cbc') return decryptRc2(cipher.effectiveBits, key, iv, encrypted)
  if (cipher.name === 'des-cbc') return decryptDes(key, iv, encrypted)
  try {
    const decipher = createDecipheriv(cipher.name, key, iv)
    return Buffer.concat([decipher.update(encrypted), decipher.final()])
  } catch {
    // The last block is no padding, or the lengths are impossible: the same to whoever guesses passwords.
    return undefined
  }
}

export function encryptWithKey(
  cipher: { readonly name: 'aes-256-cbc' | 'des-ede3-cbc' },
  key: Uint8Array,
  iv: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const encryption = createCipheriv(cipher.name, key, iv)
  return Buffer.concat([encryption.update(plain), encryption.final()])
}

/** OpenSSL 3 has no DES, but triple DES with one key three times is DES. */
async function decryptDes(key: Uint8Array, iv: Uint8Array, encrypted: Uint8Array): Promise<Uint8Array | undefined> {
  const tripled = concatBytes(key, key, key)
  try {
    return await decryptWithKey({ name: 'des-ede3-cbc' }, tripled, iv, encrypted)
  } finally {
    wipe(tripled)
  }
}

async function decryptRc2(
  bits: number,
  key: Uint8Array,
  iv: Uint8Array,
  encrypted: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (iv.length !== rc2BlockBytes) return undefined
  const decryption = await startRc2Decryption(bits, key, iv)
  const start = decryption.update(encrypted)
  const last = decryption.end()
  return last && concatBytes(start, last)
}
