import { describe, expect, it } from 'vitest'
import { concatBytes, equalBytes, hexBytes, latin1Bytes, utf8Text } from '../base/bytes.ts'
import { startRc2Decryption } from './rc2.ts'

const iv = hexBytes('0001020304050607')
/** "This is some sample content.", encrypted by OpenSSL's legacy provider. */
const vectors: readonly [number, string, string][] = [
  [40, '0102030405', '175ed6a5e8c5466a482828e3b1cc8a89118e3882f14e7c028a443f0ba20cf321'],
  [128, '000102030405060708090a0b0c0d0e0f', 'aa488bf5a0a68835fbba317d1e9ee6b80d21dc67b3dccb11e07f6ca3ff41314f'],
]

async function decrypted(bits: number, key: string, encrypted: Uint8Array, size: number): Promise<string | undefined> {
  const decryption = await startRc2Decryption(bits, hexBytes(key), iv)
  const pieces: Uint8Array[] = []
  for (let start = 0; start < encrypted.length; start += size) {
    pieces.push(decryption.update(encrypted.subarray(start, start + size)))
  }
  const last = decryption.end()
  return last && utf8Text(concatBytes(...pieces, last))
}

describe('RC2', () => {
  it.each(vectors)('of %i bits gives back the text in whatever pieces it comes', async (bits, key, encrypted) => {
    for (const size of [1, 7, 8, 9, 100]) {
      expect(await decrypted(bits, key, hexBytes(encrypted), size)).toBe('This is some sample content.')
    }
  })

  it('goes on over thousands of blocks, each chained to the one before, without growing slow', async () => {
    const [bits, key, text] = vectors[0] as (typeof vectors)[number]
    const encrypted = hexBytes(text)
    const count = 10_000
    const plain = latin1Bytes('This is some sample content.\x04\x04\x04\x04')
    // In CBC the vector counts for the first block alone; in a repetition the block before stands for it.
    const again = plain.map((byte, at) => (at < 8 ? byte ^ (iv[at] ?? 0) ^ (encrypted[24 + at] ?? 0) : byte))
    const expected = concatBytes(plain, ...Array.from({ length: count - 1 }, () => again)).subarray(0, -4)
    const long = concatBytes(...Array.from({ length: count }, () => encrypted))
    for (const size of [long.length, 65_535]) {
      const decryption = await startRc2Decryption(bits, hexBytes(key), iv)
      const pieces = Array.from({ length: Math.ceil(long.length / size) }, (_, at) =>
        decryption.update(long.subarray(at * size, (at + 1) * size)),
      )
      expect(equalBytes(concatBytes(...pieces, decryption.end() ?? new Uint8Array()), expected)).toBe(true)
    }
  })

  it('refuses what is cut, empty, or ends in no padding', async () => {
    const [bits, key, text] = vectors[0] as (typeof vectors)[number]
    const encrypted = hexBytes(text)
    expect(await decrypted(bits, key, encrypted.subarray(0, 31), 8)).toBeUndefined()
    expect(await decrypted(bits, key, new Uint8Array(), 8)).toBeUndefined()
    expect(await decrypted(bits, key, encrypted.subarray(0, 24), 8)).toBeUndefined()
    await expect(startRc2Decryption(40, hexBytes(key), new Uint8Array(7))).rejects.toThrow(RangeError)
  })
})
