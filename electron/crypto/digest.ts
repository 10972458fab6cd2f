/** Message digests (FIPS 180-4; MD5 and SHA-1 only to read what old mail carries) and HMAC (RFC 2104). */

import { createHash, createHmac, hash } from 'node:crypto'

export type DigestName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

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

export function hmacOf(name: DigestName, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createHmac(name, key).update(bytes).digest()
}
