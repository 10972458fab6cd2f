/**
 * The canonical form that is signed (RFC 8551 §3.1.1): lines end with CRLF, everything is 7-bit, and nothing that mail servers
 * are known to change stands open: "From " at the start of a line, white space at its end, a lone dot, long lines.
 */

import { asBuffer, base64Text, latin1Bytes, utf8Bytes } from '../base/bytes.ts'

/** Text with CRLF at the end of every line. */
export function canonicalLines(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n')
}

export interface EncodedText {
  readonly encoding: '7bit' | 'quoted-printable' | 'base64'
  readonly bytes: Uint8Array
}

/** Text in the gentlest encoding that survives the way; always ends with a line end unless it is empty. */
export function encodeText(text: string): EncodedText {
  const canonical = canonicalLines(text)
  const ended = canonical === '' || canonical.endsWith('\r\n') ? canonical : `${canonical}\r\n`
  if (staysAsItIs(ended)) return { encoding: '7bit', bytes: latin1Bytes(ended) }
  const bytes = utf8Bytes(ended)
  let foreign = 0
  for (const byte of bytes) if (byte >= 0x80) foreign++
  // Quoted-printable spends three characters on each of them, base64 four on three bytes of any kind.
  if (foreign > bytes.length / 6) return { encoding: 'base64', bytes: latin1Bytes(base64Lines(bytes)) }
  return { encoding: 'quoted-printable', bytes: latin1Bytes(quotedPrintableText(bytes)) }
}

function staysAsItIs(text: string): boolean {
  return (
    /^[\t\r\n\x20-\x7e]*$/.test(text) &&
    !/^From /m.test(text) &&
    !/[ \t]\r\n/.test(text) &&
    !/^\.\r?$/m.test(text) &&
    !/[^\r\n]{79}/.test(text)
  )
}

export function base64Lines(bytes: Uint8Array): string {
  return base64Text(bytes).replace(/.{1,76}/g, '$&\r\n')
}

/** RFC 2045 §6.7. CRLF in the bytes are line ends; every other control character is encoded. */
export function quotedPrintableText(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('latin1').split('\r\n').map(quotedPrintableLine).join('\r\n')
}

/** Soft line breaks leave room for the "=" within 76 characters. */
const softWidth = 75

function quotedPrintableLine(line: string): string {
  const escaped = line
    .replace(/[^\t\x20-\x3c\x3e-\x7e]/g, escapeOctet)
    .replace(/[ \t]$/, escapeOctet)
    .replace(/^From /, '=46rom ')
    .replace(/^\.$/, '=2E')
  let text = ''
  let start = 0
  while (escaped.length - start > softWidth + 1) {
    let end = start + softWidth
    // An escape stays whole.
    if (escaped[end - 1] === '=') end -= 1
    else if (escaped[end - 2] === '=') end -= 2
    text += `${escaped.slice(start, end)}=\r\n`
    start = end
    // A soft break can move these to the start of a line.
    if (escaped.startsWith('From ', start)) {
      text += '=46'
      start++
    }
  }
  return text + escaped.slice(start)
}

function escapeOctet(character: string): string {
  return `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

/** 57 bytes make one line of 76 characters. */
const bytesPerLine = 57
/** Lines encoded at once: large enough to be fast, small enough to flow. */
const linesPerBlock = 1_024

/** Base64 with lines of 76 characters and CRLF after each, as a stream that holds one block. */
export async function* base64Chunks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const block = Buffer.alloc(bytesPerLine * linesPerBlock)
  let filled = 0
  for await (const chunk of chunks) {
    const bytes = asBuffer(chunk)
    for (let offset = 0; offset < bytes.length; ) {
      const taken = bytes.copy(block, filled, offset)
      offset += taken
      filled += taken
      if (filled === block.length) {
        yield base64Block(block)
        filled = 0
      }
    }
  }
  if (filled > 0) yield base64Block(block.subarray(0, filled))
}

function base64Block(bytes: Buffer): Uint8Array {
  const encoded = Buffer.from(bytes.toString('base64'), 'latin1')
  const lines = Math.ceil(encoded.length / 76)
  const block = Buffer.alloc(encoded.length + 2 * lines)
  let length = 0
  for (let offset = 0; offset < encoded.length; offset += 76) {
    length += encoded.copy(block, length, offset, Math.min(offset + 76, encoded.length))
    block[length++] = 0x0d
    block[length++] = 0x0a
  }
  return block
}
