/**
 * Where lines begin with two hyphens: the only places where a multipart's boundary can stand (RFC 2046 §5.1.1). Found while a
 * message goes by, they spare reading it again for each level of its structure; encoded attachments have none.
 */

import { asBuffer } from '../base/bytes.ts'

/** Digests, and text signatures by the hundred, stay below. Beyond it the message is searched as it stands. */
const mostLines = 20_000
const lineStart = Buffer.from('\n--')

export interface HyphenLineFinder {
  add(bytes: Uint8Array): void
  /** Offsets of the first hyphen, ascending; undefined when there were too many. */
  end(): readonly number[] | undefined
}

export function startHyphenLines(): HyphenLineFinder {
  const found: number[] = []
  let offset = 0
  /** The last bytes before, which what comes may complete. */
  let tail: Buffer = Buffer.alloc(0)

  function collect(bytes: Buffer, start: number): void {
    for (let at = bytes.indexOf(lineStart); at >= 0; at = bytes.indexOf(lineStart, at + 1)) {
      if (found.length > mostLines) return
      found.push(start + at + 1)
    }
  }

  return {
    add(bytes) {
      const all = asBuffer(bytes)
      collect(Buffer.concat([tail, all.subarray(0, 2)]), offset - tail.length)
      collect(all, offset)
      tail = all.length >= 2 ? Buffer.from(all.subarray(-2)) : Buffer.concat([tail, all]).subarray(-2)
      offset += all.length
    },
    end: () => (found.length > mostLines ? undefined : found),
  }
}

/** The first of ascending `offsets` that is at least `least`, as an index. */
export function firstFrom(offsets: readonly number[], least: number): number {
  let low = 0
  let high = offsets.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((offsets[middle] as number) < least) low = middle + 1
    else high = middle
  }
  return low
}
