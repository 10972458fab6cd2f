/** Writing CMS as it is made: indefinite lengths around definite pieces (ITU-T X.690 §8.1.3.6), so that no length is known ahead. */

import { derHeader, universal } from '../../asn1/der.ts'
import { concatBytes } from '../../base/bytes.ts'

/** Bytes of one OCTET STRING segment; large enough that its four bytes of header don't count. */
const segmentBytes = 32_768

/** Identifier octets and the indefinite length of each tag, outermost first. */
export function openIndefinite(...tags: readonly number[]): Uint8Array {
  return Uint8Array.from(tags.flatMap((tag) => [tag, 0x80]))
}

/** The end-of-contents octets of `count` open elements. */
export function closeIndefinite(count: number): Uint8Array {
  return new Uint8Array(count * 2)
}

/** Content as OCTET STRING segments of one size, whatever pieces it comes in. */
export async function* octetSegments(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let length = 0
  const flush = (): Uint8Array => {
    const segment = concatBytes(derHeader(universal.octetString, length), ...waiting)
    waiting = []
    length = 0
    return segment
  }
  for await (const chunk of content) {
    for (let offset = 0; offset < chunk.length; ) {
      const part = chunk.subarray(offset, offset + segmentBytes - length)
      waiting.push(part)
      length += part.length
      offset += part.length
      if (length === segmentBytes) yield flush()
    }
  }
  if (length > 0) yield flush()
}
