/**
 * RC4 (described in RFC 6229), to read key files that were written with it before 2005. No library that is kept up has it, and
 * nothing is written with it.
 */

/** The text of the same length; `key` has 1 to 256 bytes. */
export function decryptRc4(key: Uint8Array, encrypted: Uint8Array): Uint8Array {
  if (key.length < 1 || key.length > 256) throw new RangeError('key')
  const state = Uint8Array.from({ length: 256 }, (_, index) => index)
  const exchange = (one: number, other: number): void => {
    const kept = state[one] ?? 0
    state[one] = state[other] ?? 0
    state[other] = kept
  }
  for (let index = 0, other = 0; index < 256; index++) {
    other = (other + (state[index] ?? 0) + (key[index % key.length] ?? 0)) & 0xff
    exchange(index, other)
  }
  let index = 0
  let other = 0
  const plain = encrypted.map((byte) => {
    index = (index + 1) & 0xff
    other = (other + (state[index] ?? 0)) & 0xff
    exchange(index, other)
    return byte ^ (state[((state[index] ?? 0) + (state[other] ?? 0)) & 0xff] ?? 0)
  })
  state.fill(0)
  return plain
}
