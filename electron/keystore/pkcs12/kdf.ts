/** PKCS#12's own key derivation (RFC 7292 appendix B.2): old, but every reader and writer has it. */

import { concatBytes, wipe } from '../../base/bytes.ts'
import type { DigestName } from '../../crypto/digest.ts'
import { digestBytes } from '../../crypto/digestOid.ts'
import { repeatedDigest } from '../../crypto/passwordKey.ts'

/** What the bytes are for: RFC 7292 B.3. */
export const kdfPurpose = { key: 1, iv: 2, mac: 3 } as const

/** How often a derivation goes through its iterations: once for each block of the digest. */
export function pkcs12Rounds(digest: DigestName, length: number): number {
  return Math.ceil(length / digestBytes(digest))
}

function filled(bytes: Uint8Array, blockLength: number): Uint8Array {
  const length = blockLength * Math.ceil(bytes.length / blockLength)
  return Uint8Array.from({ length }, (_, index) => bytes[index % bytes.length] ?? 0)
}

export interface DerivedKey {
  /** The caller wipes it. */
  readonly key: Uint8Array
  /** A sum of B.2 step 6C begins with a zero byte, where GnuPG up to 2.2, GnuTLS before 3 and GNOME's gcr go on with another. */
  readonly hasShortSum: boolean
}

/**
 * How a sum that begins with zero bytes is written back: `whole` as the RFC says, or `shortened`, its zeros left out and its
 * end filled with what stood there before, as libraries do that take the sum from a number of any size. About one salt in
 * 130 makes another key of 24 bytes so.
 */
export type SumWriting = 'whole' | 'shortened'

/** `password` is a BMPString with its two closing zero bytes. The caller bounds the iterations. */
export async function pkcs12Key(
  password: Uint8Array,
  input: {
    readonly purpose: number
    readonly salt: Uint8Array
    readonly iterations: number
    readonly digest: DigestName
    readonly length: number
  },
  sums: SumWriting = 'whole',
): Promise<DerivedKey> {
  const { purpose, salt, iterations, digest, length } = input
  const digestLength = digestBytes(digest)
  const blockLength = digest === 'sha384' || digest === 'sha512' ? 128 : 64
  const diversifier = new Uint8Array(blockLength).fill(purpose)
  const mixed = concatBytes(filled(salt, blockLength), filled(password, blockLength))
  const output = new Uint8Array(digestLength * pkcs12Rounds(digest, length))
  let hasShortSum = false
  try {
    for (let offset = 0; offset < length; offset += digestLength) {
      const block = await repeatedDigest(digest, concatBytes(diversifier, mixed), iterations)
      output.set(block, offset)
      if (offset + digestLength >= length) break
      const addend = filled(block, blockLength).subarray(0, blockLength)
      for (let start = 0; start < mixed.length; start += blockLength) {
        const summand = mixed.subarray(start, start + blockLength)
        const sum = sumAndOne(summand, addend)
        hasShortSum ||= sum[0] === 0
        summand.set(sums === 'whole' ? sum : withoutLeadingZeros(sum))
        wipe(sum)
      }
    }
    return { key: output.slice(0, length), hasShortSum }
  } finally {
    wipe(mixed)
    wipe(output)
  }
}

/** I_j + B + 1 modulo 2^(8v), of v bytes. */
function sumAndOne(summand: Uint8Array, addend: Uint8Array): Uint8Array {
  const sum = new Uint8Array(summand.length)
  let carry = 1
  for (let index = summand.length - 1; index >= 0; index--) {
    carry += (summand[index] ?? 0) + (addend[index] ?? 0)
    sum[index] = carry & 0xff
    carry >>= 8
  }
  return sum
}

function withoutLeadingZeros(sum: Uint8Array): Uint8Array {
  const first = sum.findIndex((byte) => byte !== 0)
  return first < 0 ? new Uint8Array() : sum.subarray(first)
}
