/** Message digests (FIPS 180-4; MD5 and SHA-1 only to read what old mail carries) and HMAC (RFC 2104). */

import { createHash, createHmac, getHashes, hash } from 'node:crypto'

export type DigestName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/** HMAC also runs over the shortened SHA-512 of FIPS 180-4 §5.3.6, which signatures don't use. */
export type HmacDigest = DigestName | 'sha512-224' | 'sha512-256'

export interface Digest {
  update(bytes: Uint8Array): void
  /** The digest; nothing may be added afterwards. */
  end(): Uint8Array
}

export function digestOf(name: DigestName, bytes: Uint8Array): Uint8Array {
  return hash(name, bytes, 'buffer')
}

/** A digest over bytes that come piece by piece. */
export function startDigest(name: DigestName): Digest {
  const running = createHash(name)
  return {
    update: (bytes) => {
      running.update(bytes)
    },
    end: () => running.digest(),
  }
}

/** BoringSSL lacks SHA-512/224. */
export function isHmacDigest(name: HmacDigest): boolean {
  return getHashes().includes(name)
}

export function hmacOf(name: HmacDigest, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createHmac(name, key).update(bytes).digest()
}
