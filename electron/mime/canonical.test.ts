import { describe, expect, it } from 'vitest'
import { latin1Text, utf8Bytes, utf8Text } from '../base/bytes.ts'
import { canonicalLines, encodeText } from './canonical.ts'
import { canonicalPieces, hasBareLinefeed } from './canonicalPieces.ts'
import { decodeTransfer } from './transfer.ts'

describe('the canonical form', () => {
  it('has CRLF, and keeps bytes that have it', () => {
    expect(canonicalLines('a\nb\rc\r\nd')).toBe('a\r\nb\r\nc\r\nd')
  })

  it('is the same in whatever pieces the bytes come', async () => {
    for (const text of ['a\r\nb\r\n', '\na\r\nb\n\n', '\r\r\n\n']) {
      for (const size of [1, 2, 3, 100]) {
        async function* pieces() {
          for (let start = 0; start < text.length; start += size) yield utf8Bytes(text.slice(start, start + size))
        }
        const canonical: Uint8Array[] = []
        for await (const piece of canonicalPieces(pieces())) canonical.push(piece)
        expect(latin1Text(Buffer.concat(canonical))).toBe(text.replace(/(?<!\r)\n/g, '\r\n'))
        expect(await hasBareLinefeed(pieces())).toBe(/(?<!\r)\n/.test(text))
      }
    }
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
