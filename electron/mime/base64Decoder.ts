/**
 * Base64 (RFC 2045 §6.8) read as it comes: characters of no meaning are passed over, the first padding ends it, and lost
 * padding is forgiven.
 *
 * Regular lines take a quick way: their line ends are cut out and the platform decodes the rest. The platform passes over
 * foreign characters too, but by rules of its own; what it made less of than of pure base64 is decoded again here.
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

  update(bytes: Uint8Array): Uint8Array {
    const decoded = Buffer.allocUnsafeSlow(Math.ceil((bytes.length * 3) / 4) + 3)
    let length = 0
    for (let start = 0; start < bytes.length && !this.#ended; start += blockCharacters) {
      const piece = asBuffer(bytes.subarray(start, start + blockCharacters))
      length += this.#quickly(piece, decoded, length) ?? this.#carefully(piece, decoded, length)
    }
    return decoded.subarray(0, length)
  }

  end(): Uint8Array {
    const last: number[] = []
    if (this.#count >= 2) last.push((this.#group << (24 - 6 * this.#count)) >>> 16)
    if (this.#count === 3) last.push(((this.#group << 6) >>> 8) & 0xff)
    this.#count = 0
    this.#ended = true
    return Uint8Array.from(last.map((byte) => byte & 0xff))
  }

  /** The number of bytes decoded, or undefined when there is more than base64 and line ends; nothing has happened then. */
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

function isPure(characters: Uint8Array): boolean {
  return characters.every((character) => sextets[character] !== 255)
}
