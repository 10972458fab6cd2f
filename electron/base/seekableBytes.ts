/**
 * Bytes that can be read at any place and more than once: held in memory, in a file, or in the spool. A message is looked at
 * several times (its structure, its signature, its parts), and only what is looked at just now need be in memory.
 */

export interface SeekableBytes {
  readonly size: number
  /** The bytes from `start` to before `end`; both lie within the size. Don't change them: they may be a view. */
  read(start: number, end: number): Promise<Uint8Array>
  /** All of them, where they are in memory anyway. */
  readonly held?: Uint8Array
  /** Where lines begin with two hyphens, in ascending order: what may be a boundary. Known where they were counted on the way. */
  readonly hyphenLines?: readonly number[]
}

/** Bytes per piece when something is read from one end to the other: large enough to be quick, small enough to be cheap. */
export const pieceBytes = 262144

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
  return { size: end - start, read: (from, to) => source.read(start + from, start + to) }
}

/** From one end to the other, piece by piece. */
export async function* piecesOf(source: SeekableBytes): AsyncGenerator<Uint8Array> {
  if (source.held) {
    yield source.held
    return
  }
  const pieceAt = (start: number) =>
    start < source.size ? source.read(start, Math.min(source.size, start + pieceBytes)) : undefined
  let next = pieceAt(0)
  try {
    for (let start = 0; next; start += pieceBytes) {
      const piece = await next
      // The disk works while whoever reads does.
      next = pieceAt(start + pieceBytes)
      yield piece
    }
  } finally {
    // A piece that nobody waits for any more may fail without ending the process.
    next?.catch(() => undefined)
  }
}

/** Everything in one buffer. Whoever calls has looked at the size. */
export async function wholeOf(source: SeekableBytes): Promise<Uint8Array> {
  return source.held ?? source.read(0, source.size)
}
