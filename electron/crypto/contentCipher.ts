/**
 * Content encryption piece by piece: AES in CBC and GCM mode, and triple DES to read old mail.
 *
 * Decrypted CBC bytes come out before anything is known about the end; GCM's do too. Whoever calls keeps them to itself
 * until `end` says yes.
 */

import { type CipherGCM, createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto'

export type CipherName =
  | 'aes-128-cbc'
  | 'aes-192-cbc'
  | 'aes-256-cbc'
  | 'aes-128-gcm'
  | 'aes-192-gcm'
  | 'aes-256-gcm'
  | '3des-cbc'

export interface CipherShape {
  readonly keyBytes: number
  /** Bytes of the initialization vector; for GCM what Siegel writes (RFC 5084 §3.2: 12 recommended). */
  readonly ivBytes: number
  readonly authenticated: boolean
}

export const cipherShapes: Readonly<Record<CipherName, CipherShape>> = {
  'aes-128-cbc': { keyBytes: 16, ivBytes: 16, authenticated: false },
  'aes-192-cbc': { keyBytes: 24, ivBytes: 16, authenticated: false },
  'aes-256-cbc': { keyBytes: 32, ivBytes: 16, authenticated: false },
  'aes-128-gcm': { keyBytes: 16, ivBytes: 12, authenticated: true },
  'aes-192-gcm': { keyBytes: 24, ivBytes: 12, authenticated: true },
  'aes-256-gcm': { keyBytes: 32, ivBytes: 12, authenticated: true },
  '3des-cbc': { keyBytes: 24, ivBytes: 8, authenticated: false },
}

/** Bytes of the tag that Siegel writes: GCM's full one. */
export const tagBytes = 16

export interface ContentEncryption {
  update(plain: Uint8Array): Uint8Array
  /** The last bytes and, for GCM, the tag. */
  end(): { readonly last: Uint8Array; readonly tag: Uint8Array }
}

export interface ContentDecryption {
  update(encrypted: Uint8Array): Uint8Array
  /**
   * The last bytes, or undefined: wrong key, wrong padding, wrong tag and wrong length all look alike. Authenticated ciphers
   * need the tag, of the length that was announced.
   */
  end(tag?: Uint8Array): Uint8Array | undefined
}

function nameOf(cipher: CipherName): string {
  return cipher === '3des-cbc' ? 'des-ede3-cbc' : cipher
}

/** Encrypts; `iv` must never be used twice with a key. */
export function startEncryption(
  cipher: CipherName,
  key: Uint8Array,
  iv: Uint8Array,
  associatedData: Uint8Array = new Uint8Array(),
): ContentEncryption {
  if (!cipherShapes[cipher].authenticated) {
    const encryption = createCipheriv(nameOf(cipher), key, iv)
    return {
      update: (plain) => encryption.update(plain),
      end: () => ({ last: encryption.final(), tag: new Uint8Array() }),
    }
  }
  const encryption = createCipheriv(cipher as 'aes-256-gcm', key, iv, { authTagLength: tagBytes }) as CipherGCM
  encryption.setAAD(associatedData)
  return {
    update: (plain) => encryption.update(plain),
    end: () => ({ last: encryption.final(), tag: encryption.getAuthTag() }),
  }
}

/**
 * Decrypts. Throws when the key's, the vector's or the tag's length can't be this cipher's: they are public and the caller
 * has looked. Authenticated ciphers need the length of their tag in bytes; associated data, which in CMS come after the
 * content, are checked with `tagOf`.
 */
export function startDecryption(
  cipher: CipherName,
  key: Uint8Array,
  iv: Uint8Array,
  tagLength?: number,
): ContentDecryption {
  if (cipherShapes[cipher].authenticated !== (tagLength !== undefined)) throw new RangeError('tag and cipher differ')
  if (tagLength !== undefined) return startGcm(cipher, key, iv, tagLength)
  const decryption = createDecipheriv(nameOf(cipher), key, iv)
  return {
    update: (encrypted) => decryption.update(encrypted),
    end: () => orUndefined(() => decryption.final()),
  }
}

function orUndefined(end: () => Uint8Array): Uint8Array | undefined {
  try {
    return end()
  } catch {
    return undefined
  }
}

function startGcm(cipher: CipherName, key: Uint8Array, iv: Uint8Array, authTagLength: number): ContentDecryption {
  // RFC 5084 §3.2: 12 to 16. A shorter tag is an invitation to guess it.
  if (authTagLength < 12 || authTagLength > 16) throw new RangeError('tag length')
  const decryption = createDecipheriv(cipher as 'aes-256-gcm', key, iv, { authTagLength }) as DecipherGCM
  return {
    update: (encrypted) => decryption.update(encrypted),
    end: (tag) =>
      orUndefined(() => {
        decryption.setAuthTag(tag ?? new Uint8Array())
        return decryption.final()
      }),
  }
}

/**
 * The tag, of `length` bytes, that GCM gives content together with associated data (NIST SP 800-38D §7.1): to check content
 * that was decrypted before its associated data were known.
 */
export async function tagOf(
  cipher: CipherName,
  key: Uint8Array,
  iv: Uint8Array,
  associatedData: Uint8Array,
  content: AsyncIterable<Uint8Array>,
  length: number,
): Promise<Uint8Array> {
  const encryption = startEncryption(cipher, key, iv, associatedData)
  for await (const piece of content) encryption.update(piece)
  return encryption.end().tag.subarray(0, length)
}
