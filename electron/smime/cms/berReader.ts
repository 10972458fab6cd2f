/**
 * The outer structure of CMS from a stream (ITU-T X.690): definite and indefinite lengths, primitive and constructed OCTET
 * STRINGs. Content passes through in pieces and is never held here; small structures are handed out whole for DerReader.
 *
 * A broken encoding leaves as MalformedDer with the field's name, too much of anything as CmsFailure.
 */

import { joined, readHeader, universal } from '../../asn1/der.ts'
import { MalformedDer } from '../../asn1/derReader.ts'
import { cmsBudget } from './budget.ts'
import { type Chunks, chunksOf } from './chunks.ts'
import { overBudget } from './failure.ts'

interface Frame {
  /** Offset of the first byte after the content; undefined for the indefinite form. */
  readonly end: number | undefined
  /** No byte of this frame can lie at or after this offset: the nearest definite end around it. */
  readonly bound: number
}

interface Header {
  readonly tag: number
  readonly length: number | undefined
  readonly encoding: Uint8Array
}

/** Identifier (5) and length (1 + 126) octets at their longest. */
const longestHeader = 132
/** Nesting of indefinite lengths inside one handed-out structure. */
const elementDepth = 24

export class BerReader {
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  readonly #frames: Frame[] = []
  #buffer: Uint8Array = new Uint8Array()
  #position = 0
  #offset = 0
  #ended = false
  #structureBytes = 0
  #elements = 0
  /** Bytes of the segment of a constructed string that is being read. */
  #segmentLeft = 0

  constructor(source: Uint8Array | Chunks) {
    const chunks = chunksOf(source)
    this.#source = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  }

  /** Lets go of the source, read to its end or not: a file behind it would stay open. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  get #available(): number {
    return this.#buffer.length - this.#position
  }

  /** Tries to have `count` bytes at hand; the source may end before. */
  async #fill(count: number): Promise<void> {
    if (this.#available >= count || this.#ended) return
    const parts = this.#available > 0 ? [this.#buffer.subarray(this.#position)] : []
    let length = this.#available
    while (length < count) {
      const next = await this.#source.next()
      if (next.done) {
        this.#ended = true
        break
      }
      parts.push(next.value)
      length += next.value.length
    }
    // One piece that nothing is left before is used as it is.
    this.#buffer = parts.length === 1 && parts[0] ? parts[0] : joined(parts)
    this.#position = 0
  }

  get #frame(): Frame {
    return this.#frames.at(-1) ?? { end: undefined, bound: Number.MAX_SAFE_INTEGER }
  }

  async #take(count: number, what: string): Promise<Uint8Array> {
    if (this.#available < count) await this.#fill(count)
    if (this.#available < count) throw new MalformedDer(what)
    const bytes = this.#buffer.subarray(this.#position, this.#position + count)
    this.#advance(count)
    return bytes
  }

  async #header(what: string): Promise<Header> {
    this.#countElement()
    if (this.#available < longestHeader) await this.#fill(longestHeader)
    const header = readHeader(this.#buffer, this.#position)
    if (!header.ok) throw new MalformedDer(what)
    const { tag, contentStart, length } = header.value
    const encoding = await this.#take(contentStart - this.#position, what)
    if (this.#offset + (length ?? 0) > this.#frame.bound) throw new MalformedDer(what)
    return { tag, length, encoding }
  }

  #countElement(): void {
    if (++this.#elements <= cmsBudget.elements) return
    if (this.#elements * cmsBudget.bytesPerElement > this.#offset) throw overBudget('elements')
  }

  #push(length: number | undefined): void {
    const end = length === undefined ? undefined : this.#offset + length
    this.#frames.push({ end, bound: end ?? this.#frame.bound })
  }

  /** Whether the source has no further byte. */
  async atEnd(): Promise<boolean> {
    if (this.#available === 0) await this.#fill(1)
    return this.#available === 0
  }

  /** The next identifier octet of the structure that was entered last, or undefined at its end. */
  async peekTag(): Promise<number | undefined> {
    const frame = this.#frame
    if (frame.end !== undefined && this.#offset >= frame.end) return undefined
    if (this.#available < 2) await this.#fill(2)
    const tag = this.#buffer[this.#position]
    if (frame.end === undefined && tag === 0 && this.#buffer[this.#position + 1] === 0) return undefined
    return tag
  }

  /** Goes into a constructed element, which must have this identifier octet. */
  async enter(tag: number, what: string): Promise<void> {
    const header = await this.#header(what)
    if (header.tag !== tag) throw new MalformedDer(what)
    this.#push(header.length)
  }

  /** Leaves the structure that was entered last; nothing may be left in it. */
  async leave(what: string): Promise<void> {
    const { end } = this.#frame
    if (end === undefined) {
      const closing = await this.#take(2, what)
      if (closing[0] !== 0 || closing[1] !== 0) throw new MalformedDer(what)
    } else if (this.#offset !== end) throw new MalformedDer(what)
    this.#frames.pop()
  }

  /** The whole next element with identifier and length octets. */
  async element(what: string): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    await this.#copy(parts, { bytes: 0 }, elementDepth, what)
    const [only] = parts
    return only && parts.length === 1 ? only : joined(parts)
  }

  async #copy(parts: Uint8Array[], spent: { bytes: number }, depth: number, what: string): Promise<void> {
    if (depth === 0) throw new MalformedDer(what)
    const { length, encoding } = await this.#header(what)
    // Counted before the bytes are fetched: a length of terabytes must not make us wait for them.
    const cost = encoding.length + (length ?? 2)
    spent.bytes += cost
    this.#structureBytes += cost
    if (spent.bytes > cmsBudget.elementBytes) throw overBudget(what)
    if (this.#structureBytes > cmsBudget.structureBytes) throw overBudget('structure')
    parts.push(Uint8Array.from(encoding))
    if (length !== undefined) {
      parts.push(Uint8Array.from(await this.#take(length, what)))
      return
    }
    this.#push(undefined)
    while ((await this.peekTag()) !== undefined) await this.#copy(parts, spent, depth - 1, what)
    await this.leave(what)
    parts.push(new Uint8Array(2))
  }

  /**
   * The content of an OCTET STRING, in pieces. `tag` is its primitive identifier octet (0x04, or 0x80 for `[0]
   * IMPLICIT`); the constructed form is taken too. It must be read to its end before anything else.
   */
  async *octets(tag: number, what: string): AsyncGenerator<Uint8Array> {
    const { tag: found, length } = await this.#header(what)
    if (found === tag) {
      yield* this.#pass(length, what)
      return
    }
    if (found !== (tag | 0x20)) throw new MalformedDer(what)
    const outside = this.#frames.length
    this.#push(length)
    while (this.#frames.length > outside) {
      const segments = this.#heldSegments()
      if (segments) yield segments
      if (this.#segmentLeft > 0) {
        await this.#fill(1)
        if (this.#available === 0) throw new MalformedDer(what)
        continue
      }
      const next = await this.peekTag()
      if (next === undefined) {
        await this.leave(what)
        continue
      }
      const segment = await this.#header(what)
      if (segment.tag === universal.octetString) this.#segmentLeft = segment.length ?? 0
      else if (segment.tag === (universal.octetString | 0x20)) {
        if (this.#frames.length - outside >= cmsBudget.stringDepth) throw overBudget('depth')
        this.#push(segment.length)
      } else throw new MalformedDer(what)
    }
  }

  /** What the buffer holds of segments, joined: writers cut content into thousands of small ones. */
  #heldSegments(): Uint8Array | undefined {
    const parts: Uint8Array[] = []
    while (this.#available > 0) {
      if (this.#segmentLeft > 0) {
        const count = Math.min(this.#segmentLeft, this.#available)
        parts.push(this.#buffer.subarray(this.#position, this.#position + count))
        this.#advance(count)
        this.#segmentLeft -= count
        continue
      }
      if (this.#available < longestHeader || this.#buffer[this.#position] !== universal.octetString) break
      const header = readHeader(this.#buffer, this.#position)
      if (!header.ok) break
      const { contentStart, length = 0 } = header.value
      const headerLength = contentStart - this.#position
      if (this.#offset + headerLength + length > this.#frame.bound) break
      this.#countElement()
      this.#advance(headerLength)
      this.#segmentLeft = length
    }
    return parts.length > 1 ? joined(parts) : parts[0]
  }

  #advance(count: number): void {
    this.#position += count
    this.#offset += count
  }

  async *#pass(length: number | undefined, what: string): AsyncGenerator<Uint8Array> {
    let left = length ?? 0
    while (left > 0) {
      if (this.#available === 0) await this.#fill(1)
      const count = Math.min(left, this.#available)
      if (count === 0) throw new MalformedDer(what)
      left -= count
      yield await this.#take(count, what)
    }
  }
}
