/**
 * Base64 (RFC 2045 §6.8) read as it comes: characters of no meaning are passed over, the first padding ends it, and lost
 * padding is forgiven.
 *
 * Three ways, the quickest first. Lines of one length, as every program writes them, are decoded by the platform, which passes
 * over line ends. Of other lines the ends are cut out before. The platform passes over foreign characters too, but by rules of
 * its own; what it made less of than of pure base64 is decoded again here.
 */

import { asBuffer } from '../base/bytes.ts'

const pad = 0x3d
/** Value of each base64 character; 255 for anything else, which is passed over. */
const sextets = new Uint8Array(256).fill(255)
for (const [value, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  sextets[character.charCodeAt(0)] = value
}
/** Characters that the platform decodes or ends at, and this decoder treats in another way: padding and base64url's two. */
const ambiguous = [pad, 0x2d, 0x5f]

/** Lines of base64 have 64 or 76 characters. Where they are much shorter, cutting out their ends costs more than it saves. */
const leastLineCharacters = 8

/** Characters decoded at once: what is made of them stays in the processor's cache. */
const blockCharacters = 65_536

export class Base64Decoder {
  /** Bits of characters that don't make three bytes yet. */
  #group = 0
  #count = 0
  #ended = false
  /** Grows to what comes: most signatures are small. */
  #block = Buffer.alloc(0)
  /** Takes what is only counted. */
  #scratch = Buffer.alloc(0)

  update(bytes: Uint8Array): Uint8Array {
    const decoded = Buffer.allocUnsafeSlow(mostDecoded(bytes.length))
    let length = 0
    for (let start = 0; start < bytes.length && !this.#ended; start += blockCharacters) {
      length += this.#decode(bytes.subarray(start, start + blockCharacters), decoded, length)
    }
    return decoded.subarray(0, length)
  }

  count(bytes: Uint8Array): number {
    const room = mostDecoded(Math.min(bytes.length, blockCharacters))
    if (this.#scratch.length < room) this.#scratch = Buffer.alloc(room)
    let length = 0
    for (let start = 0; start < bytes.length && !this.#ended; start += blockCharacters) {
      length += this.#decode(bytes.subarray(start, start + blockCharacters), this.#scratch, 0)
    }
    return length
  }

  #decode(bytes: Uint8Array, decoded: Buffer, offset: number): number {
    const piece = asBuffer(bytes)
    return (
      this.#regularly(piece, decoded, offset) ??
      this.#quickly(piece, decoded, offset) ??
      this.#carefully(piece, decoded, offset)
    )
  }

  end(): Uint8Array {
    const last: number[] = []
    if (this.#count >= 2) last.push((this.#group << (24 - 6 * this.#count)) >>> 16)
    if (this.#count === 3) last.push(((this.#group << 6) >>> 8) & 0xff)
    this.#count = 0
    this.#ended = true
    return Uint8Array.from(last.map((byte) => byte & 0xff))
  }

  /** The number of bytes decoded, or undefined when lines differ or hold more than base64; nothing has happened then. */
  #regularly(piece: Buffer, decoded: Buffer, offset: number): number | undefined {
    const lines = regularLinesOf(piece)
    if (!lines) return undefined
    const { start, end, characters } = lines
    const first = piece.subarray(0, start)
    // The first line must end what was begun before, so that every group lies within one line.
    const begun = this.#count + base64Characters(first)
    if (begun % 4 !== 0 || ambiguous.some((character) => piece.includes(character))) return undefined
    const head = (begun / 4) * 3
    const written = decoded.write(piece.toString('latin1', start, end), offset + head, 'base64')
    if (written !== (characters / 4) * 3) return undefined
    this.#carefully(first, decoded, offset)
    const last = offset + head + written
    return head + written + this.#carefully(piece.subarray(end), decoded, last)
  }

  /** The same where lines have ends in any places. */
  #quickly(piece: Buffer, decoded: Buffer, offset: number): number | undefined {
    // Characters left over before: those of the same group come first.
    const lead = this.#count === 0 ? 0 : 4 - this.#count
    if (this.#block.length < piece.length) this.#block = Buffer.alloc(piece.length)
    const block = this.#block
    let length = 0
    let linesLeft = 16 + piece.length / leastLineCharacters
    for (let start = 0; start < piece.length; ) {
      if (--linesLeft < 0) return undefined
      const found = piece.indexOf(0x0a, start)
      const end = found < 0 ? piece.length : found
      const text = end > start && piece[end - 1] === 0x0d ? end - 1 : end
      length += piece.copy(block, length, start, text)
      start = end + 1
    }
    const characters = block.subarray(0, length)
    if (length < lead + 4 || ambiguous.some((character) => characters.includes(character))) return undefined
    const whole = length - ((length - lead) % 4)
    const text = characters.toString('latin1', lead, whole)
    const head = lead === 0 ? 0 : 3
    const written = decoded.write(text, offset + head, 'base64')
    if (written !== ((whole - lead) / 4) * 3) return undefined
    const group = characters.subarray(0, lead)
    const tail = characters.subarray(whole)
    if (!isPure(group) || !isPure(tail)) return undefined
    if (lead > 0) this.#carefully(group, decoded, offset)
    this.#carefully(tail, decoded, offset + head + written)
    return head + written
  }

  #carefully(piece: Uint8Array, decoded: Uint8Array, offset: number): number {
    let length = offset
    let group = this.#group
    let count = this.#count
    for (let position = 0; position < piece.length; position++) {
      const byte = piece[position] as number
      const value = sextets[byte] as number
      if (value === 255) {
        if (byte === pad && count >= 2) {
          this.#ended = true
          break
        }
        continue
      }
      group = (group << 6) | value
      if (++count === 4) {
        decoded[length++] = group >>> 16
        decoded[length++] = (group >>> 8) & 0xff
        decoded[length++] = group & 0xff
        group = 0
        count = 0
      }
    }
    this.#group = group
    this.#count = count
    return length - offset
  }
}

/** Bytes that so many characters and what was begun before can make. */
function mostDecoded(characters: number): number {
  return Math.ceil((characters * 3) / 4) + 3
}

interface RegularLines {
  readonly start: number
  readonly end: number
  /** Without the line ends. */
  readonly characters: number
}

const linefeed = 0x0a
const carriageReturn = 0x0d

/** The whole lines, where all have one length that holds whole groups. */
function regularLinesOf(piece: Buffer): RegularLines | undefined {
  const first = piece.indexOf(linefeed) + 1
  const second = piece.indexOf(linefeed, first) + 1
  if (first === 0 || second === 0) return undefined
  const period = second - first
  const withReturn = piece[second - 2] === carriageReturn
  const width = period - (withReturn ? 2 : 1)
  if (width < leastLineCharacters || width % 4 !== 0) return undefined
  let end = second
  for (let next = end + period; next <= piece.length; next += period) {
    if (piece[next - 1] !== linefeed || (piece[next - 2] === carriageReturn) !== withReturn) return undefined
    end = next
  }
  // The first may be the rest of a line.
  const start = first === period && (piece[first - 2] === carriageReturn) === withReturn ? 0 : first
  return { start, end, characters: ((end - start) / period) * width }
}

function base64Characters(line: Uint8Array): number {
  let count = 0
  for (const byte of line) if (sextets[byte] !== 255) count++
  return count
}

function isPure(characters: Uint8Array): boolean {
  return characters.every((character) => sextets[character] !== 255)
}
