/** Content as it comes: whole, or in pieces from a file or a stream. Producers don't reuse a buffer that they have given away. */

import { joined } from '../../asn1/der.ts'
import { piecesOf, type SeekableBytes } from '../../base/seekableBytes.ts'
import { overBudget } from './failure.ts'

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** A Uint8Array is an iterable of numbers, never meant as such here. */
export function chunksOf(source: Uint8Array | SeekableBytes | Chunks): Chunks {
  if (source instanceof Uint8Array) return [source]
  return 'read' in source ? piecesOf(source) : source
}

/** Everything in one buffer; throws `over-budget` as soon as it is more than `limit` bytes. */
export async function collect(chunks: Chunks, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > limit) throw overBudget('content')
    parts.push(chunk)
  }
  const [only] = parts
  return only && parts.length === 1 ? only : joined(parts)
}
