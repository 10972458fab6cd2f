/**
 * Base64 in lines of 76 characters with CRLF after each (RFC 2045 §6.8), written as the bytes come.
 *
 * The platform encodes a few kilobytes at once, and its text is cut into lines two characters at a time. Both stay in the
 * processor's nearest cache, and there is no string for each line.
 */

import { asBuffer, base64Text, latin1Bytes } from '../base/bytes.ts'

/** 57 bytes make one line of 76 characters. */
const bytesPerLine = 57
/** Pairs of characters in a line, and with its end. */
const pairsOfText = 38
const pairsPerLine = 39
/** Lines that the platform encodes at once. */
const linesAtOnce = 128
/**
 * Bytes encoded into one buffer from larger pieces: a file's 64 KiB in one go, and what the memory allocator gives without
 * asking the system for new pages.
 */
const blockBytes = bytesPerLine * 1_152

/** CRLF as it lies in memory, whatever the processor's byte order. */
const [lineEnd = 0] = new Uint16Array(Uint8Array.of(0x0d, 0x0a).buffer)

export class Base64Encoder {
  /** The bytes of a line that isn't full yet. */
  readonly #line = new Uint8Array(bytesPerLine)
  #held = 0
  /** Text that isn't cut yet; grows to what comes. */
  #text = new Uint16Array(0)

  /** The lines that are full now, in one buffer of their own. */
  update(...pieces: readonly Uint8Array[]): Uint8Array {
    const length = pieces.reduce((sum, piece) => sum + piece.length, this.#held)
    const lines = Buffer.allocUnsafeSlow(2 * pairsPerLine * Math.floor(length / bytesPerLine))
    const target = new Uint16Array(lines.buffer, 0, lines.length / 2)
    let position = 0
    for (const piece of pieces) position = this.#encode(piece, target, position)
    return lines
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
      position = this.#writeLines(this.#line, target, position)
    }
    const end = piece.length - ((piece.length - offset) % bytesPerLine)
    position = this.#writeLines(piece.subarray(offset, end), target, position)
    this.#line.set(piece.subarray(end))
    this.#held = piece.length - end
    return position
  }

  /** Whole lines; returns the position after them. */
  #writeLines(bytes: Uint8Array, target: Uint16Array, start: number): number {
    const source = asBuffer(bytes)
    const step = bytesPerLine * linesAtOnce
    const pairs = pairsOfText * Math.min(linesAtOnce, bytes.length / bytesPerLine)
    if (this.#text.length < pairs) this.#text = new Uint16Array(pairs)
    const text = asBuffer(new Uint8Array(this.#text.buffer))
    let position = start
    for (let offset = 0; offset < source.length; offset += step) {
      const written = text.write(source.toString('base64', offset, offset + step), 'latin1')
      position = cutIntoLines(this.#text, written / 2, target, position)
    }
    return position
  }
}

/** Where a line begins at a multiple of four bytes, as every second one does, four are copied at once. */
function cutIntoLines(text: Uint16Array, length: number, target: Uint16Array, start: number): number {
  const wideText = new Uint32Array(text.buffer)
  const wideTarget = new Uint32Array(target.buffer, 0, target.length >> 1)
  let position = start
  for (let from = 0; from < length; from += pairsOfText) {
    const end = position + pairsOfText
    if (position % 2 === 0) {
      let source = from >> 1
      for (let wide = position >> 1; wide < end >> 1; ) wideTarget[wide++] = wideText[source++] as number
    } else {
      let source = from
      for (let pair = position; pair < end; ) target[pair++] = text[source++] as number
    }
    target[end] = lineEnd
    position = end + 1
  }
  return position
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
