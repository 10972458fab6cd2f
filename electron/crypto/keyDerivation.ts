/** Keys from a shared secret: the KDF of ANSI X9.63 (SEC 1 §3.6.1) for ECDH, HKDF (RFC 5869) for X25519 (RFC 8418). */

import { hkdfSync } from 'node:crypto'
import { type DigestName, startDigest } from './digest.ts'
import { digestBytes } from './digestOid.ts'

/** `length` bytes; the caller wipes them. */
export function x963Key(
  digest: DigestName,
  sharedSecret: Uint8Array,
  length: number,
  sharedInfo: Uint8Array,
): Uint8Array {
  const key = new Uint8Array(length)
  const size = digestBytes(digest)
  for (let offset = 0, counter = 1; offset < length; offset += size, counter++) {
    const block = startDigest(digest)
    block.update(sharedSecret)
    block.update(Uint8Array.of(counter >>> 24, counter >>> 16, counter >>> 8, counter))
    block.update(sharedInfo)
    key.set(block.end().subarray(0, Math.min(size, length - offset)), offset)
  }
  return key
}

/** HKDF without a salt, as RFC 8418 §2.2 uses it; the caller wipes the result. */
export function hkdfKey(digest: DigestName, sharedSecret: Uint8Array, length: number, info: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync(digest, sharedSecret, new Uint8Array(), info, length))
}
