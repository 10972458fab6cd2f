/** Randomness is a parameter: a function from a number of bytes to that many unpredictable bytes. */

export type Random = (byteCount: number) => Uint8Array

/** The operating system's generator, through Web Crypto (in bites of 65,536 bytes, its limit for one call). */
export const systemRandom: Random = (byteCount) => {
  const bytes = new Uint8Array(byteCount)
  for (let offset = 0; offset < byteCount; offset += 65_536) {
    globalThis.crypto.getRandomValues(bytes.subarray(offset, Math.min(byteCount, offset + 65_536)))
  }
  return bytes
}
