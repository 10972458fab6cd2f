/**
 * File names of attachments (RFC 2183 §2.3, and the `name` parameter of older programs), made safe: a name is a suggestion of
 * a stranger, never a path. Also refused: control characters, and the marks that turn the direction of writing, with which
 * "exe.pdf" is shown for a program.
 */

import { utf8Bytes, utf8Text } from '../base/bytes.ts'
import { decodeWords } from './encodedWords.ts'
import type { Entity } from './entity.ts'

/** Bytes: file systems stop at 255, and a copy may add " (1)" and more. */
const nameByteLimit = 200

/** Characters looked at. */
const nameLimit = 1_000

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** The name that a part suggests, made safe, or undefined where it has none. */
export function fileNameOf(entity: Entity): string | undefined {
  const written = entity.disposition.parameters.get('filename') ?? entity.contentType.parameters.get('name')
  // Encoded words have no place in parameters (RFC 2047 §5), but the most used programs write them there.
  return written === undefined ? undefined : safeFileName(decodeWords(written))
}

/** One path segment that every file system takes, or undefined when nothing is left of the name. */
export function safeFileName(written: string): string | undefined {
  // The end of an endless name has the extension; the patterns below are quadratic in the length.
  const segment =
    utf8Text(utf8Bytes(written.slice(-nameLimit)))
      .split(/[/\\]/)
      .at(-1) ?? ''
  const cleaned = segment
    .normalize('NFC')
    .replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]/g, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
  if (cleaned === '') return undefined
  const name = reserved.test(cleaned) ? `_${cleaned}` : cleaned
  return shortened(name)
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= nameByteLimit) return name
  const extension = /\.[A-Za-z0-9]{1,16}$/.exec(name)?.[0] ?? ''
  let stem = ''
  for (const character of name.slice(0, name.length - extension.length)) {
    if (Buffer.byteLength(stem) + Buffer.byteLength(character) + extension.length > nameByteLimit) break
    stem += character
  }
  return `${stem.trimEnd()}${extension}`
}
