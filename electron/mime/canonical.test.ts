import { describe, expect, it } from 'vitest'
import { latin1Text, utf8Bytes, utf8Text } from '../base/bytes.ts'
import { canonicalBytes, canonicalLines, countBareLinefeeds, encodeText } from './canonical.ts'
import { decodeTransfer } from './transfer.ts'

describe('the canonical form', () => {
  it('has CRLF, and keeps bytes that have it', () => {
    expect(canonicalLines('a\nb\rc\r\nd')).toBe('a\r\nb\r\nc\r\nd')
    const bytes = utf8Bytes('a\r\nb\r\n')
    expect(canonicalBytes(bytes)).toBe(bytes)
    expect(latin1Text(canonicalBytes(utf8Bytes('\na\r\nb\n\n')))).toBe('\r\na\r\nb\r\n\r\n')
    expect(countBareLinefeeds(utf8Bytes('\n\r\n\n'))).toBe(2)
  })

  it.each([
    ['plain', '7bit'],
    ['', '7bit'],
    ['From here', 'quoted-printable'],
    ['ends with a space \nand more', 'quoted-printable'],
    ['a\n.\nb', 'quoted-printable'],
    ['long '.repeat(40), 'quoted-printable'],
    ['ein paar Umlaute: äöü, und noch mehr Text danach', 'quoted-printable'],
    ['日本語の手紙', 'base64'],
  ])('of %j is %s', (text, encoding) => {
    const encoded = encodeText(text)
    expect(encoded.encoding).toBe(encoding)
    const decoded = utf8Text(decodeTransfer(encoded.bytes, encoded.encoding === '7bit' ? 'identity' : encoded.encoding))
    expect(decoded.replace(/\r\n$/, '')).toBe(canonicalLines(text).replace(/\r\n$/, ''))
  })
})
