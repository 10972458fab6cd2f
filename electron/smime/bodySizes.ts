/**
 * How large bodies are when their transfer encoding is undone. Encoded ones have to be decoded for it; where their bytes go by
 * for a signature, they are measured on the way, so that a large attachment isn't read another time.
 */

import { passingPieces, type SeekableBytes } from '../base/seekableBytes.ts'
import { bodyEncodingOf, bodySource, type Entity } from '../mime/entity.ts'
import { decodedLength, isEncoded, startDecoding, type TransferDecoder } from '../mime/transfer.ts'

export interface BodySizes {
  /** Bytes of the decoded body of an entity that has no parts. */
  of(entity: Entity): Promise<number>
  /** Piece by piece, for whoever keeps none, the bytes of `source`, which begin at `offset` of the message that `entity` is a part of. */
  measured(source: SeekableBytes, offset: number, entity: Entity): AsyncIterable<Uint8Array>
}

interface Measurement {
  readonly entity: Entity
  readonly decoder: TransferDecoder
  length: number
}

export function startBodySizes(): BodySizes {
  const known = new WeakMap<Entity, number>()

  async function* measured(source: SeekableBytes, offset: number, entity: Entity): AsyncGenerator<Uint8Array> {
    const open = leavesOf(entity).map((leaf): Measurement => {
      return { entity: leaf, decoder: startDecoding(bodyEncodingOf(leaf)), length: 0 }
    })
    let start = offset
    for await (const piece of passingPieces(source)) {
      const end = start + piece.length
      while (open[0] && measure(open[0], piece, start)) {
        const { entity: leaf, decoder, length } = open.shift() as Measurement
        known.set(leaf, length + decoder.end().length)
      }
      start = end
      yield piece
    }
  }

  return {
    measured,
    async of(entity) {
      return known.get(entity) ?? (await decodedLength(passingPieces(bodySource(entity)), bodyEncodingOf(entity)))
    },
  }
}

/** Takes what a piece holds of the body; true when its end was seen. */
function measure(measurement: Measurement, piece: Uint8Array, start: number): boolean {
  const { bodyStart, end } = measurement.entity
  const from = Math.max(bodyStart - start, 0)
  const until = Math.min(end - start, piece.length)
  if (until > from) measurement.length += measurement.decoder.count(piece.subarray(from, until))
  return end <= start + piece.length
}

/** Those whose size isn't plain to see, in the order of their bytes. */
function leavesOf(entity: Entity): Entity[] {
  if (entity.children.length > 0) return entity.children.flatMap(leavesOf)
  return isEncoded(bodyEncodingOf(entity)) ? [entity] : []
}
