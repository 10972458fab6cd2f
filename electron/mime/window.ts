/**
 * The part of a message that a parser is looking at. What is not in it is asked for with `yield`: whoever drives the parser
 * answers with bytes, at once for a message in memory, after reading for one in a file. So there is one parser for both.
 */

import { asBuffer } from '../base/bytes.ts'
import type { SeekableBytes } from '../base/seekableBytes.ts'

export interface ReadRequest {
  readonly start: number
  readonly end: number
}

/** Something that may ask for bytes before it has its value. */
export type Reading<Value> = Generator<ReadRequest, Value, Uint8Array>

/** Bytes that are read at once. */
const windowBytes = 262_144

/** Runs a reading over bytes in memory. */
export function runHeld<Value>(reading: Reading<Value>, bytes: Uint8Array): Value {
  let step = reading.next()
  while (!step.done) step = reading.next(bytes.subarray(step.value.start, step.value.end))
  return step.value
}

export async function runSeekable<Value>(reading: Reading<Value>, source: SeekableBytes): Promise<Value> {
  if (source.held) return runHeld(reading, source.held)
  let step = reading.next()
  while (!step.done) step = reading.next(await source.read(step.value.start, step.value.end))
  return step.value
}

export class MessageWindow {
  readonly size: number
  readonly source: SeekableBytes
  #start = 0
  #bytes: Buffer

  constructor(source: SeekableBytes) {
    this.source = source
    this.size = source.size
    this.#bytes = asBuffer(source.held ?? new Uint8Array())
  }

  get #end(): number {
    return this.#start + this.#bytes.length
  }

  /** Has `start` to before `end` at hand, and as much behind them as is read at once. */
  *#load(start: number, end: number): Reading<void> {
    if (start >= this.#start && end <= this.#end) return
    const until = Math.min(this.size, Math.max(end, start + windowBytes))
    this.#bytes = asBuffer(yield { start, end: until })
    this.#start = start
  }

  /** A view of these bytes; `end` is at most `size`. */
  *bytes(start: number, end: number): Reading<Uint8Array> {
    yield* this.#load(start, end)
    return this.#bytes.subarray(start - this.#start, end - this.#start)
  }

  /** The byte at a place, or undefined outside of the message. */
  *byte(position: number): Reading<number | undefined> {
    if (position < 0 || position >= this.size) return undefined
    // A little before it as well: parsers look back at line ends.
    if (position < this.#start || position >= this.#end) yield* this.#load(Math.max(0, position - 16), position + 1)
    return this.#bytes[position - this.#start]
  }

  /** The first place of `wanted` that lies wholly in the range, or -1. */
  *indexOf(wanted: Buffer, start: number, end: number): Reading<number> {
    for (let position = start; position + wanted.length <= end; ) {
      yield* this.#load(position, position + wanted.length)
      const until = Math.min(this.#end, end)
      const found = this.#bytes.subarray(0, until - this.#start).indexOf(wanted, position - this.#start)
      if (found >= 0) return this.#start + found
      // What begins near the window's end may be completed by what follows.
      position = until - wanted.length + 1
    }
    return -1
  }
}
