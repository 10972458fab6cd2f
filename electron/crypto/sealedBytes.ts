/**
 * Sealing small secrets for storage: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce.
 *
 * Layout: nonce (12 bytes), ciphertext, tag (16 bytes). The associated data isn't stored: whoever opens must know it, so
 * that a sealed value moved to another place doesn't open there. A random nonce under one key is safe for 2^32 values.
 */

import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concatBytes, wipe } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'

const nonceLength = 12
const tagLength = 16

/** Seals `plain` with a key of 32 bytes. */
export function sealBytes(key: Uint8Array, plain: Uint8Array, associatedData: Uint8Array, random: Random): Uint8Array {
  const nonce = random(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
  cipher.setAAD(associatedData)
  const body = cipher.update(plain)
  return concatBytes(nonce, body, cipher.final(), cipher.getAuthTag())
}

/** Opens what `sealBytes` made with the same key and associated data; anything else is `damaged`. */
export function openBytes(
  key: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array,
): Result<Uint8Array, { code: 'damaged' }> {
  if (sealed.length < nonceLength + tagLength) return failure({ code: 'damaged' })
  const tagStart = sealed.length - tagLength
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceLength), { authTagLength: tagLength })
  decipher.setAAD(associatedData)
  decipher.setAuthTag(sealed.subarray(tagStart))
  const plain = decipher.update(sealed.subarray(nonceLength, tagStart))
  try {
    decipher.final()
    return success(plain)
  } catch {
    // The tag doesn't fit: nothing of the plain text may be seen.
    wipe(plain)
    return failure({ code: 'damaged' })
  }
}
