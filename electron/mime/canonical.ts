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

/** CRLF after every `width` characters and at the end. */
export function base64Lines(bytes: Uint8Array, width = 76): string {
  return base64Text(bytes).replace(new RegExp(`.{1,${width}}`, 'g'), '$&\r\n')
}

/** Soft line breaks leave room for the "=" within 76 characters. */
const usualSoftWidth = 75

/**
 * RFC 2045 §6.7. CRLF in the bytes are line ends; every other control character is encoded. Lines have at most `softWidth`
 * characters before a soft break's "=".
 */
export function quotedPrintableText(bytes: Uint8Array, softWidth = usualSoftWidth): string {
  const lines = asBuffer(bytes).toString('latin1').split('\r\n')
  return lines.map((line) => quotedPrintableLine(line, softWidth)).join('\r\n')
}

function quotedPrintableLine(line: string, softWidth: number): string {
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
