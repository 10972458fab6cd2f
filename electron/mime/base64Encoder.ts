/**
 * Base64 in lines of 76 characters with CRLF after each (RFC 2045 §6.8), written as the bytes come.
 *
 * Twelve bits become two characters by one look into a table of character pairs, and a line's end is one more pair. That is
 * several times faster than the platform's encoder, whose text has to be cut into lines afterwards. What is encoded is mail,
 * never a key: a table's cache lines can be watched from outside.
 */

import { base64Text, latin1Bytes } from '../base/bytes.ts'

/** 57 bytes make one line of 76 characters. */
const bytesPerLine = 57
/** Pairs of characters in a line with its end. */
const pairsPerLine = 39
/**
 * Bytes encoded at once from larger pieces: a file's 64 KiB in one go, and what the memory allocator gives without asking the
 * system for new pages.
 */
const blockBytes = bytesPerLine * 1_152

/** Two characters as they lie in memory, whatever the processor's byte order, for each value of twelve bits. */
const pairs = new Uint16Array(4_096)
const alphabet = latin1Bytes('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const pairBytes = new Uint8Array(pairs.buffer)
for (let value = 0; value < pairs.length; value++) {
  pairBytes[2 * value] = alphabet[value >> 6] as number
  pairBytes[2 * value + 1] = alphabet[value & 63] as number
}
const [lineEnd = 0] = new Uint16Array(Uint8Array.of(0x0d, 0x0a).buffer)

export class Base64Encoder {
  /** The bytes of a line that isn't full yet. */
  readonly #line = new Uint8Array(bytesPerLine)
  #held = 0

  /** The lines that are full now, in one buffer of their own. */
  update(...pieces: readonly Uint8Array[]): Uint8Array {
    const length = pieces.reduce((sum, piece) => sum + piece.length, this.#held)
    const text = Buffer.allocUnsafeSlow(2 * pairsPerLine * Math.floor(length / bytesPerLine))
    const target = new Uint16Array(text.buffer, 0, text.length / 2)
    let position = 0
    for (const piece of pieces) position = this.#encode(piece, target, position)
    return text
  }

  /** The last line. */
  end(): Uint8Array {
    const rest = this.#line.subarray(0, this.#held)
    this.#held = 0
    return rest.length === 0 ? new Uint8Array() : latin1Bytes(`${base64Text(rest)}\r\n`)
  }

  #encode(piece: Uint8Array, target: Uint16Array, start: number): number {
    let position = start
    let offset = 0
    if (this.#held > 0) {
      offset = Math.min(bytesPerLine - this.#held, piece.length)
      this.#line.set(piece.subarray(0, offset), this.#held)
      this.#held += offset
      if (this.#held < bytesPerLine) return position
      position = writeLines(this.#line, 0, bytesPerLine, target, position)
    }
    const end = piece.length - ((piece.length - offset) % bytesPerLine)
    position = writeLines(piece, offset, end, target, position)
    this.#line.set(piece.subarray(end))
    this.#held = piece.length - end
    return position
  }
}

/** Writes the bytes from `start` to `end`, a multiple of 57 later, and returns the position after the last line. */
function writeLines(bytes: Uint8Array, start: number, end: number, target: Uint16Array, position: number): number {
  let written = position
  for (let line = start; line < end; line += bytesPerLine) {
    for (let offset = line; offset < line + bytesPerLine; offset += 3) {
      const middle = bytes[offset + 1] as number
      target[written++] = pairs[((bytes[offset] as number) << 4) | (middle >> 4)] as number
      target[written++] = pairs[((middle & 15) << 8) | (bytes[offset + 2] as number)] as number
    }
    target[written++] = lineEnd
  }
  return written
}

/** The same as a stream that holds one block. */
export async function* base64Chunks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const encoder = new Base64Encoder()
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length; offset += blockBytes) {
      const lines = encoder.update(chunk.subarray(offset, offset + blockBytes))
      if (lines.length > 0) yield lines
    }
  }
  const last = encoder.end()
  if (last.length > 0) yield last
}
