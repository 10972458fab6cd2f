/**
 * Bytes to text by the name of a character set (RFC 2045 §5.1, RFC 2046 §4.1.2). The platform's decoder knows the sets of
 * the WHATWG Encoding standard; anything else is read as ISO 8859-1, which keeps every byte visible, and said so.
 */

import { latin1Text, utf8Text } from '../base/bytes.ts'

export interface DecodedText {
  readonly text: string
  /** The name that nothing here can read, when the text is a guess. */
  readonly unknownCharset?: string
}

/** Longer names are no names; they would only end up in reports. */
const charsetNameLimit = 64

/** Decodes `bytes`; ill-formed sequences become U+FFFD. Without a name the text is US-ASCII, read as UTF-8 if it is that. */
export function decodeText(bytes: Uint8Array, charset?: string): DecodedText {
  const name = charset?.trim().toLowerCase() ?? ''
  // 8-bit text without a declared set is UTF-8 far more often than anything else; what isn't is shown byte by byte.
  if (name === '' || name === 'us-ascii' || name === 'ascii') return { text: utf8OrLatin1(bytes) }
  if (name === 'utf-8' || name === 'utf8') return { text: utf8Text(bytes) }
  const decoder = decoderOf(name)
  if (decoder) return { text: decoder.decode(bytes) }
  return { text: latin1Text(bytes), unknownCharset: name.slice(0, charsetNameLimit) }
}

/** UTF-8 when the bytes are well-formed UTF-8, else one character per byte. */
export function utf8OrLatin1(bytes: Uint8Array): string {
  const text = utf8Text(bytes)
  return text.includes('\ufffd') ? latin1Text(bytes) : text
}

function decoderOf(name: string): TextDecoder | undefined {
  if (name.length > charsetNameLimit) return undefined
  try {
    return new TextDecoder(name)
  } catch {
    // RangeError is how the platform says that it doesn't know the name.
    return undefined
  }
}
