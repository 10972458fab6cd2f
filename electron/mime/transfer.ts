/**
 * Content-Transfer-Encodings, read (RFC 2045 §6): base64 and quoted-printable, leniently, since mail on its way gets stray
 * line ends and lost padding. All of it goes piece by piece, so that a large attachment is never in memory as a whole.
 */

import { concatBytes } from '../base/bytes.ts'
import { Base64Decoder } from './base64Decoder.ts'
import { QuotedPrintableDecoder } from './quotedPrintableDecoder.ts'

/** The longest name has 16 characters; a comment may stand beside it. */
const nameLimit = 200

export type TransferEncoding = 'identity' | 'base64' | 'quoted-printable' | 'unknown'

export function transferEncodingOf(value: string | undefined): TransferEncoding {
  const name = (value ?? '')
    .slice(0, nameLimit)
    .replace(/\([^)]*\)/g, '')
    .trim()
    .toLowerCase()
  if (name === '' || name === '7bit' || name === '8bit' || name === 'binary') return 'identity'
  if (name === 'base64' || name === 'quoted-printable') return name
  return 'unknown'
}

/** Whether decoding gives bytes of its own. */
export function isEncoded(encoding: TransferEncoding): boolean {
  return encoding === 'base64' || encoding === 'quoted-printable'
}

/** Undoes an encoding as the bytes come. */
export interface TransferDecoder {
  update(bytes: Uint8Array): Uint8Array
  /** How many bytes `update` would give; they are not kept. */
  count(bytes: Uint8Array): number
  /** What was held back until its end was seen. */
  end(): Uint8Array
}

/** An unknown encoding leaves the bytes as they are (RFC 2045 §6.4: to be treated as opaque). */
export function startDecoding(encoding: TransferEncoding): TransferDecoder {
  if (encoding === 'base64') return new Base64Decoder()
  if (encoding === 'quoted-printable') return new QuotedPrintableDecoder()
  return { update: (bytes) => bytes, count: (bytes) => bytes.length, end: () => new Uint8Array() }
}

export async function* decodedPieces(
  pieces: AsyncIterable<Uint8Array>,
  encoding: TransferEncoding,
): AsyncGenerator<Uint8Array> {
  const decoder = startDecoding(encoding)
  for await (const piece of pieces) {
    const decoded = decoder.update(piece)
    if (decoded.length > 0) yield decoded
  }
  const last = decoder.end()
  if (last.length > 0) yield last
}

export function decodeTransfer(bytes: Uint8Array, encoding: TransferEncoding): Uint8Array {
  const decoder = startDecoding(encoding)
  const decoded = decoder.update(bytes)
  const last = decoder.end()
  return last.length === 0 ? decoded : concatBytes(decoded, last)
}

/** How many bytes decoding gives; none of them is kept. */
export async function decodedLength(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  encoding: TransferEncoding,
): Promise<number> {
  const decoder = startDecoding(encoding)
  let length = 0
  for await (const piece of pieces) length += decoder.count(piece)
  return length + decoder.end().length
}

/** Base64 that ends at its padding; text after it (a mailing list's footer) isn't content. */
export function decodeBase64(bytes: Uint8Array): Uint8Array {
  return decodeTransfer(bytes, 'base64')
}
