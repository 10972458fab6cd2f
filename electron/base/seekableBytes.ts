/**
 * Bytes that can be read at any place and more than once: held in memory, in a file, or in the spool. A message is looked at
 * several times (its structure, its signature, its parts), and only what is looked at just now need be in memory.
 */

import { release } from './bytes.ts'

export interface SeekableBytes {
  readonly size: number
  /** The bytes from `start` to before `end`; both lie within the size. Don't change them: they may be a view. */
  read(start: number, end: number): Promise<Uint8Array>
  /** What `read` gives is nobody else's: whoever has used it may give its memory back. */
  readonly own?: true
  /** All of them, where they are in memory anyway. */
  readonly held?: Uint8Array
  /** Where lines begin with two hyphens, in ascending order: what may be a boundary. Known where they were counted on the way. */
  readonly hyphenLines?: readonly number[]
}

/** Bytes per piece when something is read from one end to the other: large enough to be quick, small enough to be cheap. */
export const pieceBytes = 262_144
/** Pieces that are read before they are asked for: with one, whoever reads still waits for the disk now and then. */
const piecesAhead = 3

export function heldBytes(bytes: Uint8Array): SeekableBytes {
  return {
    size: bytes.length,
    held: bytes,
    read: async (start, end) => bytes.subarray(start, end),
  }
}

export function seekable(source: Uint8Array | SeekableBytes): SeekableBytes {
  return source instanceof Uint8Array ? heldBytes(source) : source
}

/** The bytes from `start` to before `end` as bytes of their own. */
export function rangeOf(source: SeekableBytes, start: number, end: number): SeekableBytes {
  if (source.held) return heldBytes(source.held.subarray(start, end))
  const { own } = source
  return { size: end - start, read: (from, to) => source.read(start + from, start + to), ...(own ? { own } : {}) }
}

/** From one end to the other, piece by piece. */
export async function* piecesOf(source: SeekableBytes): AsyncGenerator<Uint8Array> {
  if (source.held) {
    yield source.held
    return
  }
  /** The disk works while whoever reads does. */
  const ahead: Promise<Uint8Array>[] = []
  let start = 0
  const readAhead = () => {
    for (; ahead.length < piecesAhead && start < source.size; start += pieceBytes) {
      const piece = source.read(start, Math.min(source.size, start + pieceBytes))
      // A piece that nobody waits for any more may fail without ending the process.
      piece.catch(() => undefined)
      ahead.push(piece)
    }
  }
  readAhead()
  for (let next = ahead.shift(); next; next = ahead.shift()) {
    const piece = await next
    readAhead()
    yield piece
  }
}

/** The same for whoever keeps none of them: a piece's memory is used again when the next one is asked for. */
export async function* passingPieces(source: SeekableBytes): AsyncGenerator<Uint8Array> {
  for await (const piece of piecesOf(source)) {
    yield piece
    if (source.own) release(piece)
  }
}

/** Everything in one buffer. Whoever calls has looked at the size. */
export async function wholeOf(source: SeekableBytes): Promise<Uint8Array> {
  return source.held ?? source.read(0, source.size)
}
