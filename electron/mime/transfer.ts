/**
 * Content-Transfer-Encodings, read (RFC 2045 §6): base64 and quoted-printable, leniently, since mail on its way gets stray
 * line ends and lost padding. Bytes go in and out; nothing is turned into text on the way, so that a 60 MB attachment
 * costs its own size once.
 */

const pad = 0x3d
/** Value of each base64 character; 64 for the pad, 255 for anything else, which is passed over (RFC 2045 §6.8). */
const sextets = new Uint8Array(256).fill(255)
for (const [value, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  sextets[character.charCodeAt(0)] = value
}

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

/** An unknown encoding leaves the bytes as they are (RFC 2045 §6.4: to be treated as opaque). */
export function decodeTransfer(bytes: Uint8Array, encoding: TransferEncoding): Uint8Array {
  if (encoding === 'base64') return decodeBase64(bytes)
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(bytes)
  return bytes
}

/** How many bytes `decodeTransfer` returns, without holding them where that can be told. */
export function decodedLength(bytes: Uint8Array, encoding: TransferEncoding): number {
  if (encoding !== 'base64') return decodeTransfer(bytes, encoding).length
  let count = 0
  for (let position = 0; position < bytes.length; position++) {
    const byte = bytes[position] as number
    if ((sextets[byte] as number) < 64) count++
    else if (byte === pad && count % 4 >= 2) break
  }
  return Math.floor((count * 3) / 4)
}

/** Base64 that ends at its padding; text after it (a mailing list's footer) isn't content. */
export function decodeBase64(bytes: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(Math.ceil((bytes.length * 3) / 4))
  let length = 0
  let group = 0
  let count = 0
  for (let position = 0; position < bytes.length; position++) {
    const byte = bytes[position] as number
    const value = sextets[byte] as number
    if (value === 255) {
      if (byte === pad && count >= 2) break
      continue
    }
    group = (group << 6) | value
    if (++count === 4) {
      decoded[length++] = group >>> 16
      decoded[length++] = (group >>> 8) & 0xff
      decoded[length++] = group & 0xff
      group = 0
      count = 0
    }
  }
  if (count >= 2) decoded[length++] = (group << (24 - 6 * count)) >>> 16
  if (count === 3) decoded[length++] = ((group << 6) >>> 8) & 0xff
  return decoded.subarray(0, length)
}

/** RFC 2045 §6.7: soft line breaks joined, white space at line ends dropped, an "=" that begins nothing stays. */
export function decodeQuotedPrintable(bytes: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(bytes.length)
  let length = 0
  /** Length without the white space that would have to go if a line end followed. */
  let solid = 0
  for (let position = 0; position < bytes.length; position++) {
    const byte = bytes[position] as number
    if (byte === pad) {
      const soft = softBreakLength(bytes, position)
      const high = hexDigit(bytes[position + 1])
      const low = hexDigit(bytes[position + 2])
      if (soft > 0) position += soft - 1
      else if (high >= 0 && low >= 0) {
        decoded[length++] = high * 16 + low
        position += 2
      } else decoded[length++] = byte
      solid = length
    } else if (byte === 0x0a || (byte === 0x0d && bytes[position + 1] === 0x0a)) {
      length = solid
      decoded[length++] = byte
      if (byte === 0x0d) decoded[length++] = bytes[++position] as number
      solid = length
    } else {
      decoded[length++] = byte
      if (byte !== 0x20 && byte !== 0x09) solid = length
    }
  }
  return decoded.subarray(0, solid)
}

/** Bytes of "=", white space and line end at `position`, or 0 when that is no soft line break. */
function softBreakLength(bytes: Uint8Array, position: number): number {
  let end = position + 1
  while (bytes[end] === 0x20 || bytes[end] === 0x09) end++
  if (end >= bytes.length) return end - position
  if (bytes[end] === 0x0d && bytes[end + 1] === 0x0a) return end + 2 - position
  return bytes[end] === 0x0a ? end + 1 - position : 0
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
