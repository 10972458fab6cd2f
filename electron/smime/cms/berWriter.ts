/** Writing CMS as it is made: indefinite lengths around definite pieces (ITU-T X.690 §8.1.3.6), so that no length is known ahead. */

import { derHeader, universal } from '../../asn1/der.ts'

/** Bytes of one OCTET STRING segment; large enough that its four bytes of header don't count. */
export const segmentBytes = 32_768

/** Identifier octets and the indefinite length of each tag, outermost first. */
export function openIndefinite(...tags: readonly number[]): Uint8Array {
  return Uint8Array.from(tags.flatMap((tag) => [tag, 0x80]))
}

/** The end-of-contents octets of `count` open elements. */
export function closeIndefinite(count: number): Uint8Array {
  return new Uint8Array(count * 2)
}

/** Cuts content into OCTET STRING segments of one size, whatever pieces it comes in. */
export class OctetSegmenter {
  #waiting: Uint8Array[] = []
  #length = 0

  /** Of the segments that are full now: header and content in pieces, nothing copied. */
  add(content: Uint8Array): Uint8Array[] {
    const full: Uint8Array[] = []
    for (let offset = 0; offset < content.length; ) {
      const part = content.subarray(offset, offset + segmentBytes - this.#length)
      this.#waiting.push(part)
      this.#length += part.length
      offset += part.length
      if (this.#length === segmentBytes) full.push(...this.end())
    }
    return full
  }

  /** What waits, as a segment that may be shorter. */
  end(): Uint8Array[] {
    if (this.#length === 0) return []
    const segment = [derHeader(universal.octetString, this.#length), ...this.#waiting]
    this.#waiting = []
    this.#length = 0
    return segment
  }
}

/** The same as a stream of pieces. */
export async function* octetSegments(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const segmenter = new OctetSegmenter()
  for await (const chunk of content) yield* segmenter.add(chunk)
  yield* segmenter.end()
}
