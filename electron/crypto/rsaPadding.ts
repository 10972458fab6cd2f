/**
 * RSA paddings over the raw operation (RFC 8017): PKCS#1 v1.5 decryption with implicit rejection, which neither OpenSSL's
 * nor BoringSSL's interface in Node offers alike, and OAEP and PSS where the mask's digest differs from the message's.
 *
 * Decoding runs over all bytes without branching on them, as well as JavaScript allows; a compiler may still do
 * otherwise, so implicit rejection (no visible difference at all) is the real defence.
 */

import { timingSafeEqual } from 'node:crypto'
import { wipe } from '../base/bytes.ts'
import { type DigestName, digestOf, hmacOf, startDigest } from './digest.ts'
import { digestBytes } from './digestOid.ts'

/** 1 when the byte is zero, else 0. */
function isZero(byte: number): number {
  return ((byte - 1) >>> 31) & 1
}

/** `length` pseudo-random bytes that only the holder of `key` can compute for this ciphertext: what implicit rejection gives. */
export function rejectedKey(key: Uint8Array, ciphertext: Uint8Array, length: number): Uint8Array {
  const seed = hmacOf('sha256', key, ciphertext)
  const bytes = new Uint8Array(length)
  for (let offset = 0, counter = 0; offset < length; offset += 32, counter++) {
    const block = hmacOf('sha256', seed, Uint8Array.of(counter >>> 8, counter & 0xff))
    bytes.set(block.subarray(0, Math.min(32, length - offset)), offset)
  }
  wipe(seed)
  return bytes
}

/**
 * EME-PKCS1-v1_5 decoding with implicit rejection (draft-irtf-cfrg-rsa-guidance; RFC 3218 §2.3.2): a message whose padding
 * is wrong, or whose content isn't `length` bytes long, gives `length` bytes derived from the key and the ciphertext.
 * What follows then fails as it would with any wrong content key, so a Bleichenbacher oracle has nothing to say.
 */
export function unpadPkcs1(
  encoded: Uint8Array,
  ciphertext: Uint8Array,
  length: number,
  rejectionKey: Uint8Array,
): Uint8Array {
  const chosen = rejectedKey(rejectionKey, ciphertext, length)
  const separator = encoded.length - length - 1
  // 0x00 0x02, at least eight bytes of padding, 0x00: known from public lengths alone.
  if (separator < 10) return chosen
  let good = isZero(encoded[0] ?? 1) & isZero((encoded[1] ?? 0) ^ 2) & isZero(encoded[separator] ?? 1)
  for (let index = 2; index < separator; index++) good &= isZero(encoded[index] ?? 0) ^ 1
  const mask = -good & 0xff
  for (let index = 0; index < length; index++) {
    const message = encoded[separator + 1 + index] ?? 0
    chosen[index] = (message & mask) | ((chosen[index] ?? 0) & ~mask)
  }
  return chosen
}

/** MGF1 (RFC 8017 appendix B.2.1). */
function mask(digest: DigestName, seed: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  const size = digestBytes(digest)
  for (let offset = 0, counter = 0; offset < length; offset += size, counter++) {
    const block = startDigest(digest)
    block.update(seed)
    block.update(Uint8Array.of(counter >>> 24, counter >>> 16, counter >>> 8, counter))
    bytes.set(block.end().subarray(0, Math.min(size, length - offset)), offset)
  }
  return bytes
}

function exclusiveOr(target: Uint8Array, other: Uint8Array): void {
  for (let index = 0; index < target.length; index++) target[index] = (target[index] ?? 0) ^ (other[index] ?? 0)
}

/** EME-OAEP decoding (RFC 8017 §7.1.2 step 3). All faults are one (Manger's attack lives from telling them apart). */
export function unpadOaep(
  encoded: Uint8Array,
  digest: DigestName,
  mgfDigest: DigestName,
  label: Uint8Array,
): Uint8Array | undefined {
  const size = digestBytes(digest)
  if (encoded.length < 2 * size + 2) return undefined
  const seed = Uint8Array.from(encoded.subarray(1, 1 + size))
  const block = Uint8Array.from(encoded.subarray(1 + size))
  try {
    exclusiveOr(seed, mask(mgfDigest, block, size))
    exclusiveOr(block, mask(mgfDigest, seed, block.length))
    const labelDigest = digestOf(digest, label)
    let good = isZero(encoded[0] ?? 1) & Number(timingSafeEqual(block.subarray(0, size), labelDigest))
    let found = 0
    let start = 0
    for (let index = size; index < block.length; index++) {
      const byte = block[index] ?? 0
      const one = isZero(byte ^ 1)
      start |= -(one & (found ^ 1)) & (index + 1)
      good &= found | one | isZero(byte)
      found |= one
    }
    return (good & found) === 1 ? block.slice(start) : undefined
  } finally {
    wipe(seed)
    wipe(block)
  }
}

/**
 * EMSA-PSS verification (RFC 8017 §9.1.2) of what the public operation gave. `bits` is the modulus's length. Everything
 * here is public, so it may branch.
 */
export function verifyPssEncoding(
  encoded: Uint8Array,
  bits: number,
  message: Uint8Array,
  parameters: { readonly digest: DigestName; readonly mgfDigest: DigestName; readonly saltLength: number },
): boolean {
  const size = digestBytes(parameters.digest)
  const encodedBits = bits - 1
  const length = Math.ceil(encodedBits / 8)
  // With a modulus of 8n+1 bits the encoding is a byte shorter than the modulus.
  if (encoded.length > length && encoded.subarray(0, encoded.length - length).some((byte) => byte !== 0)) return false
  const em = encoded.subarray(encoded.length - length)
  const saltStart = length - size - parameters.saltLength - 2
  if (saltStart < 0 || em[length - 1] !== 0xbc) return false
  const block = Uint8Array.from(em.subarray(0, length - size - 1))
  const hash = em.subarray(length - size - 1, length - 1)
  const topBits = 0xff >> (8 * length - encodedBits)
  if (((block[0] ?? 0) & ~topBits) !== 0) return false
  exclusiveOr(block, mask(parameters.mgfDigest, hash, block.length))
  block[0] = (block[0] ?? 0) & topBits
  for (let index = 0; index < saltStart; index++) if (block[index] !== 0) return false
  if (block[saltStart] !== 1) return false
  const expected = startDigest(parameters.digest)
  expected.update(new Uint8Array(8))
  expected.update(digestOf(parameters.digest, message))
  expected.update(block.subarray(saltStart + 1))
  return timingSafeEqual(expected.end(), hash)
}
