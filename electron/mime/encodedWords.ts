/**
 * Encoded words in header fields (RFC 2047, language suffix of RFC 2231 §5): reading leniently, writing strictly.
 *
 * Reading never fails: what isn't an encoded word stays as it is. The result is text for people; it is never parsed
 * again for addresses or parameters, since an encoded "<" must not become one.
 */

import { base64Bytes, base64Text, concatBytes, utf8Bytes } from '../base/bytes.ts'
import { decodeText } from './charset.ts'

const word = /=\?([^?\s*]{1,64})(?:\*[^?\s]{0,64})?\?([bBqQ])\?([^?\s]*|[^?\r\n]*)\?=/g

interface Word {
  readonly charset: string
  /** In pieces: joining them at each word takes time quadratic in the number of words. */
  readonly pieces: Uint8Array[]
}

/** Decodes all encoded words; control characters that they smuggle in become spaces, marks of direction go. */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return withoutControls(text)
  let decoded = ''
  let pending: Word | undefined
  let end = 0
  const flush = () => {
    if (pending) decoded += decodeText(Buffer.concat(pending.pieces), pending.charset).text
    pending = undefined
  }
  for (const match of text.matchAll(word)) {
    const between = text.slice(end, match.index)
    const next = wordOf(match)
    // RFC 2047 §6.2: white space between two encoded words isn't displayed. A character split over two words of one
    // set is joined before decoding, because mailers do split them.
    if (pending && /^[ \t]*$/.test(between)) {
      if (pending.charset === next.charset) pending.pieces.push(...next.pieces)
      else {
        flush()
        pending = next
      }
    } else {
      flush()
      decoded += between
      pending = next
    }
    end = match.index + match[0].length
  }
  flush()
  return withoutControls(decoded + text.slice(end))
}

function wordOf(match: RegExpMatchArray): Word {
  const [, charset = '', encoding = '', content = ''] = match
  const bytes = encoding.toLowerCase() === 'b' ? base64Bytes(content) : qBytes(content)
  return { charset: charset.toLowerCase(), pieces: [bytes] }
}

/** The "Q" encoding of RFC 2047 §4.2. */
function qBytes(content: string): Uint8Array {
  const plain = content
    .replace(/_/g, ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(plain, 'latin1')
}

/** Overrides and embeddings turn the direction of what is shown beside a name or subject, which is the sender's address. */
const directions = /[\u202a-\u202e\u2066-\u2069]/g

function withoutControls(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').replace(directions, '')
}

/** RFC 2047 §2: an encoded word has at most 75 characters; "=?UTF-8?B?" and "?=" leave 63, which hold 45 bytes. */
const bytesPerWord = 45

/** Text as UTF-8 encoded words, separated by single spaces at which a header may be folded. Unless `always`, ASCII text stays as it is. */
export function encodeWords(text: string, always = false): string {
  if (!always && /^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text
  const words: string[] = []
  let chunk: Uint8Array[] = []
  let size = 0
  const flush = () => {
    if (size > 0) words.push(`=?UTF-8?B?${base64Text(concatBytes(...chunk))}?=`)
    chunk = []
    size = 0
  }
  // By code points: RFC 2047 §5 forbids to split a character over two words.
  for (const character of text) {
    const bytes = utf8Bytes(character)
    if (size + bytes.length > bytesPerWord) flush()
    chunk.push(bytes)
    size += bytes.length
  }
  flush()
  return words.join(' ')
}
