/**
 * Whether a private key does what its public half promises. A file states the two side by side, and OpenSSL takes them as they
 * stand: a key with another public half than its own would belong to somebody's certificate and fail at the first letter.
 */

import { utf8Bytes } from '../base/bytes.ts'
import type { PostQuantum } from './postQuantum.ts'
import { defaultScheme, openPrivateKey } from './privateKey.ts'
import { verifySignature } from './publicKey.ts'

const message = utf8Bytes('is this key whole?')

/** Signs and checks. Of a key that doesn't sign, and of experimental ones, the public half was computed from the private one. */
export async function isWholeKey(pkcs8: Uint8Array, postQuantum?: PostQuantum): Promise<boolean> {
  const opened = openPrivateKey(pkcs8, postQuantum)
  if (!opened.ok) return false
  const { value: key } = opened
  try {
    const { kind } = key.algorithm
    if (kind !== 'rsa' && kind !== 'ec' && kind !== 'ed25519') return true
    const scheme = defaultScheme(key.algorithm)
    return verifySignature(key.publicKeyInfo, scheme, message, await key.sign(scheme, message))
  } catch {
    // OpenSSL checks what it computes with the factors, and throws.
    return false
  } finally {
    key.close()
  }
}
