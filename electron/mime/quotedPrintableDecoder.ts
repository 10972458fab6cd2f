/** Quoted-printable (RFC 2045 §6.7) read as it comes: soft line breaks joined, white space at line ends dropped, an "=" that begins nothing stays. */

import { concatBytes } from '../base/bytes.ts'

const equals = 0x3d
/** A line, or white space at its end, that is held back until more is seen. Real lines have 76 characters. */
const heldBack = 1_048_576

export class QuotedPrintableDecoder {
  #held: Uint8Array = new Uint8Array()

  update(bytes: Uint8Array): Uint8Array {
    const all = this.#held.length === 0 ? bytes : concatBytes(this.#held, bytes)
    // Everything that may mean another thing with what follows is in one line.
    const lineEnd = all.lastIndexOf(0x0a) + 1
    const end = all.length - lineEnd > heldBack ? cutOf(all) : lineEnd
    // A copy: whoever handed the bytes over may use them again.
    this.#held = Uint8Array.from(all.subarray(end))
    return decoded(all.subarray(0, end))
  }

  count(bytes: Uint8Array): number {
    return this.update(bytes).length
  }

  end(): Uint8Array {
    const last = decoded(this.#held)
    this.#held = new Uint8Array()
    return last
  }
}

/** White space, "=" and CR: what they mean depends on what follows. */
const open = new Set<number | undefined>([0x20, 0x09, equals, 0x0d])

/** Where a line too long to be held back is cut: not in an escape, and not behind a byte that the next ones decide on. */
function cutOf(bytes: Uint8Array): number {
  // More of them than is held back are no text.
  const least = bytes.length - heldBack
  for (let end = bytes.length; end > least; end--) {
    if (!open.has(bytes[end - 1]) && bytes[end - 2] !== equals) return end
  }
  return bytes.length
}

function decoded(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length)
  let length = 0
  /** Length without the white space that would have to go if a line end followed. */
  let solid = 0
  for (let position = 0; position < bytes.length; position++) {
    const byte = bytes[position] as number
    if (byte === equals) {
      const soft = softBreakLength(bytes, position)
      const high = hexDigit(bytes[position + 1])
      const low = hexDigit(bytes[position + 2])
      if (soft > 0) position += soft - 1
      else if (high >= 0 && low >= 0) {
        result[length++] = high * 16 + low
        position += 2
      } else result[length++] = byte
      solid = length
    } else if (byte === 0x0a || (byte === 0x0d && bytes[position + 1] === 0x0a)) {
      length = solid
      result[length++] = byte
      if (byte === 0x0d) result[length++] = bytes[++position] as number
      solid = length
    } else {
      result[length++] = byte
      if (byte !== 0x20 && byte !== 0x09) solid = length
    }
  }
  return result.subarray(0, solid)
}

/** Bytes of "=", white space and line end at `position`, or 0 when that is no soft line break. */
function softBreakLength(bytes: Uint8Array, position: number): number {
  let end = position + 1
  while (bytes[end] === 0x20 || bytes[end] === 0x09) end++
  if (end >= bytes.length) return end - position
  if (bytes[end] === 0x0d && bytes[end + 1] === 0x0a) return end + 2 - position
  return bytes[end] === 0x0a ? end + 1 - position : 0
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
