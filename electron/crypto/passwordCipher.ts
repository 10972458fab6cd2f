/**
 * Block ciphers of the password-based formats (RFC 8018, RFC 7292), in CBC with PKCS#7 padding and on small buffers. RC2
 * comes from node-forge, since OpenSSL 3 has none; it is only read, and loaded when a file needs it.
 */

import { createCipheriv, createDecipheriv } from 'node:crypto'
import { latin1Bytes, latin1Text } from '../base/bytes.ts'

export type PasswordCipher =
  | { readonly name: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc' }
  | { readonly name: 'rc2-cbc'; readonly effectiveBits: number }

/** Key and block length in bytes; RC2's key length is the format's to say. */
export const passwordCipherLengths = {
  'aes-128-cbc': { key: 16, block: 16 },
  'aes-192-cbc': { key: 24, block: 16 },
  'aes-256-cbc': { key: 32, block: 16 },
  'des-ede3-cbc': { key: 24, block: 8 },
} as const

/** The plain bytes, or undefined when key or padding don't fit. */
export async function decryptWithKey(
  cipher: PasswordCipher,
  key: Uint8Array,
  iv: Uint8Array,
  encrypted: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (cipher.name === 'rc2-cbc') return decryptRc2(cipher.effectiveBits, key, iv, encrypted)
  try {
    const decipher = createDecipheriv(cipher.name, key, iv)
    return Buffer.concat([decipher.update(encrypted), decipher.final()])
  } catch {
    // The last block is no padding, or the lengths are impossible: the same to whoever guesses passwords.
    return undefined
  }
}

export function encryptWithKey(
  cipher: Exclude<PasswordCipher, { name: 'rc2-cbc' }>,
  key: Uint8Array,
  iv: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const encryption = createCipheriv(cipher.name, key, iv)
  return Buffer.concat([encryption.update(plain), encryption.final()])
}

async function decryptRc2(
  bits: number,
  key: Uint8Array,
  iv: Uint8Array,
  encrypted: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (encrypted.length === 0 || encrypted.length % 8 !== 0 || iv.length !== 8) return undefined
  const { default: forge } = await import('node-forge')
  const cipher = forge.rc2.createDecryptionCipher(latin1Text(key), bits)
  cipher.start(latin1Text(iv))
  cipher.update(forge.util.createBuffer(latin1Text(encrypted)))
  return cipher.finish() ? latin1Bytes(cipher.output.getBytes()) : undefined
}
