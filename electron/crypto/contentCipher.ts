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
  /** The last bytes, or undefined: wrong key, wrong padding, wrong tag and wrong length all look alike. */
  end(): Uint8Array | undefined
}

export interface AuthenticatedInput {
  /** The tag, 12 to 16 bytes. */
  readonly tag: Uint8Array
  readonly associatedData: Uint8Array
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
 * has looked. Authenticated ciphers need `authenticated`; the others take none.
 */
export function startDecryption(
  cipher: CipherName,
  key: Uint8Array,
  iv: Uint8Array,
  authenticated?: AuthenticatedInput,
): ContentDecryption {
  if (cipherShapes[cipher].authenticated !== (authenticated !== undefined))
    throw new RangeError('tag and cipher differ')
  const decryption = authenticated ? openGcm(cipher, key, iv, authenticated) : createDecipheriv(nameOf(cipher), key, iv)
  return {
    update: (encrypted) => decryption.update(encrypted),
    end: () => {
      try {
        return decryption.final()
      } catch {
        return undefined
      }
    },
  }
}

function openGcm(cipher: CipherName, key: Uint8Array, iv: Uint8Array, authenticated: AuthenticatedInput): DecipherGCM {
  const authTagLength = authenticated.tag.length
  // RFC 5084 §3.2: 12 to 16. A shorter tag is an invitation to guess it.
  if (authTagLength < 12 || authTagLength > 16) throw new RangeError('tag length')
  const decryption = createDecipheriv(cipher as 'aes-256-gcm', key, iv, { authTagLength }) as DecipherGCM
  decryption.setAuthTag(authenticated.tag)
  decryption.setAAD(authenticated.associatedData)
  return decryption
}
