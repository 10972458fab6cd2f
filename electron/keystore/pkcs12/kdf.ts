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

/** `password` is a BMPString with its two closing zero bytes. The caller bounds the iterations and wipes the result. */
export async function pkcs12Key(
  password: Uint8Array,
  input: {
    readonly purpose: number
    readonly salt: Uint8Array
    readonly iterations: number
    readonly digest: DigestName
    readonly length: number
  },
): Promise<Uint8Array> {
  const { purpose, salt, iterations, digest, length } = input
  const digestLength = digestBytes(digest)
  const blockLength = digest === 'sha384' || digest === 'sha512' ? 128 : 64
  const diversifier = new Uint8Array(blockLength).fill(purpose)
  const mixed = concatBytes(filled(salt, blockLength), filled(password, blockLength))
  const output = new Uint8Array(digestLength * pkcs12Rounds(digest, length))
  try {
    for (let offset = 0; offset < length; offset += digestLength) {
      const block = await repeatedDigest(digest, concatBytes(diversifier, mixed), iterations)
      output.set(block, offset)
      addToEachBlock(mixed, filled(block, blockLength).subarray(0, blockLength), blockLength)
    }
    return output.slice(0, length)
  } finally {
    wipe(mixed)
    wipe(output)
  }
}

/** I_j = (I_j + B + 1) mod 2^(8v), for each block of v bytes. */
function addToEachBlock(mixed: Uint8Array, addend: Uint8Array, blockLength: number): void {
  for (let start = 0; start < mixed.length; start += blockLength) {
    let carry = 1
    for (let index = blockLength - 1; index >= 0; index--) {
      carry += (mixed[start + index] ?? 0) + (addend[index] ?? 0)
      mixed[start + index] = carry & 0xff
      carry >>= 8
    }
  }
}
