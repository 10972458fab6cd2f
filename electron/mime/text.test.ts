import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asBuffer, latin1Bytes, latin1Text, utf8Bytes, utf8Text } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import {
  base64Chunks,
  canonicalBytes,
  canonicalLines,
  countBareLinefeeds,
  encodeText,
  quotedPrintableText,
} from './canonical.ts'
import { decodeText } from './charset.ts'
import { decodeWords, encodeWords } from './encodedWords.ts'
import { parseEntity } from './entity.ts'
import { fileNameOf, safeFileName } from './fileName.ts'
import { headerLine, messageIdsText, unstructuredText } from './headerText.ts'
import { formatParameter, parseParameterized } from './parameters.ts'
import { decodeBase64, decodedLength, decodeQuotedPrintable, decodeTransfer } from './transfer.ts'

describe('encoded words', () => {
  it.each([
    ['=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?=', 'Patrik Fältström'],
    ['=?utf-8?b?R3LDvMOfZQ==?= =?utf-8?q?_aus?= here', 'Grüße aus here'],
    ['a =?us-ascii*en?q?b?= c', 'a b c'],
    // One character split over two words.
    ['=?utf-8?q?=C3?= =?utf-8?q?=BC?=', 'ü'],
    ['=?x-unknown?q?=E4?=', 'ä'],
    ['=?utf-8?q?a=0D=0ABcc=3A_b?=', 'a Bcc: b'],
    ['=?broken?', '=?broken?'],
  ])('%s is %s', (written, text) => expect(decodeWords(written)).toBe(text))

  it('come back as they were, in words of at most 75 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (value) => {
        const text = value.replace(/[\x00-\x1f\x7f]/g, '')
        const encoded = encodeWords(text)
        expect(decodeWords(encoded)).toBe(text)
        if (encoded !== text) expect(Math.max(...encoded.split(' ').map((word) => word.length))).toBeLessThanOrEqual(75)
      }),
    )
  })
})

describe('parameters', () => {
  it.each([
    ['text/plain; charset="utf-8"; Format=flowed', 'text/plain', { charset: 'utf-8', format: 'flowed' }],
    ['TEXT / HTML ;charset=utf-8 (comment; x=y)', 'text/html', { charset: 'utf-8' }],
    ['a/b; name="semi;colon \\" quote"', 'a/b', { name: 'semi;colon " quote' }],
    ["a/b; name*=iso-8859-1'de'B%E4r.txt", 'a/b', { name: 'Bär.txt' }],
    ["a/b; name*0*=utf-8''B%C3; name*1*=%A4r; name*2=.txt", 'a/b', { name: 'Bär.txt' }],
    ['a/b; name*1=second; name*0=first', 'a/b', { name: 'firstsecond' }],
    ["a/b; name=fallback; name*=utf-8''real", 'a/b', { name: 'real' }],
    ['a/b; boundary=one; boundary=two', 'a/b', { boundary: 'one' }],
    ['a/b; =x; y; ;', 'a/b', {}],
    ['', '', {}],
  ])('%s', (text, value, parameters) => {
    const parsed = parseParameterized(text)
    expect([parsed.value, Object.fromEntries(parsed.parameters)]).toEqual([value, parameters])
  })

  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        const value = text.replace(/[\x00-\x1f\x7f]/g, '')
        const header = headerLine({ name: 'Content-Type', value: `a/b; ${formatParameter('name', value)}` })
        expect(header).toMatch(/^[\x20-\x7e\r\n]+$/)
        const field = expectSuccess(parseEntity(utf8Bytes(`${header}\r\n`)))
        // Spaces at a fold stay, since unfolding removes line ends only.
        expect(field.contentType.parameters.get('name')).toBe(value)
      }),
    )
  })

  it('survive any text', () => {
    fc.assert(fc.property(fc.string(), (text) => parseParameterized(text).parameters.size <= 100))
  })
})

describe('transfer encodings', () => {
  it('of base64 come back from the stream, whatever its pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), async (pieces) => {
        const encoded: Uint8Array[] = []
        for await (const chunk of base64Chunks(pieces)) encoded.push(chunk)
        const text = Buffer.concat(encoded)
        expect(asBuffer(decodeBase64(text)).equals(Buffer.concat(pieces))).toBe(true)
        expect(decodedLength(text, 'base64')).toBe(Buffer.concat(pieces).length)
        for (const line of text.toString('latin1').split('\r\n')) expect(line.length).toBeLessThanOrEqual(76)
      }),
    )
  })

  it('of quoted-printable come back, in lines of at most 76 safe characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '\t', '=', '.', 'From ', '\r\n', 'ü', '\0'), maxLength: 300 }),
        (text) => {
          const bytes = utf8Bytes(text)
          const encoded = quotedPrintableText(bytes)
          expect(asBuffer(decodeQuotedPrintable(latin1Bytes(encoded))).equals(bytes)).toBe(true)
          for (const line of encoded.split('\r\n')) {
            expect(line).toMatch(/^[\t\x20-\x7e]{0,76}$/)
            expect(line).not.toMatch(/^From |[ \t]$|^\.$/)
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('are read leniently', () => {
    const decoded = (text: string, encoding: 'base64' | 'quoted-printable') =>
      latin1Text(decodeTransfer(latin1Bytes(text), encoding))
    expect(decoded('aGVs*bG8', 'base64')).toBe('hello')
    expect(decoded('aGVsbG8=\r\n-- \r\nfooter', 'base64')).toBe('hello')
    expect(decoded('', 'base64')).toBe('')
    expect(decoded('a=3db=zz=', 'quoted-printable')).toBe('a=b=zz')
    expect(decoded('a  \r\nb=  \r\nc', 'quoted-printable')).toBe('a\r\nbc')
  })

  it('tell a length that is true for any bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('A', 'b', '=', '\r\n', '*'), maxLength: 40 }), (text) => {
        const bytes = latin1Bytes(text)
        expect(decodedLength(bytes, 'base64')).toBe(decodeBase64(bytes).length)
      }),
      { numRuns: 1_000 },
    )
  })
})

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

describe('header fields', () => {
  it('are folded to short lines and unfold to what they were', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 60 }), (text) => {
        const line = headerLine({ name: 'Subject', value: unstructuredText(text) })
        for (const each of line.split('\r\n')) expect(each.length).toBeLessThanOrEqual(78)
        expect(expectSuccess(parseEntity(utf8Bytes(`${line}\r\n`))).headers[0]?.text).toBe(text)
      }),
    )
    const endless = headerLine({ name: 'Subject', value: unstructuredText('x'.repeat(2_000)) })
    expect(Math.max(...endless.split('\r\n').map((each) => each.length))).toBeLessThan(100)
  })

  it('can not be broken out of', () => {
    for (const value of ['a\r\nBcc: b', 'a\nb', 'a\0b', 'a\rb'])
      expect(() => headerLine({ name: 'X', value })).toThrow()
    expect(() => headerLine({ name: 'X: y', value: 'a' })).toThrow()
    expect(messageIdsText('<a@b>\r\nBcc: x <c d> <e@f>')).toBe('<a@b> <e@f>')
  })
})

describe('a file name', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\invoice.pdf', 'invoice.pdf'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['a\r\nb\0.txt', 'ab.txt'],
    ['con.txt', '_con.txt'],
    ['...', undefined],
    ['.bashrc', 'bashrc'],
    ['a<b>|?.txt', 'a_b___.txt'],
    ['name. ', 'name'],
  ])('%j is %j', (written, safe) => expect(safeFileName(written)).toBe(safe))

  it('is always one short segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (written) => {
        const name = safeFileName(written)
        if (name === undefined) return
        expect(name).not.toMatch(/[/\\\x00-\x1f]/)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200)
        expect(['.', '..', '']).not.toContain(name)
      }),
    )
  })

  it('is found in the disposition first, then in the type', () => {
    const nameIn = (fields: string) => fileNameOf(expectSuccess(parseEntity(utf8Bytes(`${fields}\r\n\r\n`))))
    expect(nameIn('Content-Type: a/b; name=old\r\nContent-Disposition: attachment; filename=new')).toBe('new')
    expect(nameIn('Content-Type: a/b; name="=?utf-8?q?B=C3=A4r?="')).toBe('Bär')
    expect(nameIn('Content-Type: a/b')).toBeUndefined()
  })
})

describe('character sets', () => {
  it.each([
    ['iso-8859-15', [0xa4], '€'],
    ['windows-1252', [0x80], '€'],
    ['koi8-r', [0xc1], 'а'],
    ['shift_jis', [0x82, 0xa0], 'あ'],
    ['gb18030', [0xc4, 0xe3], '你'],
    [undefined, [0xc3, 0xbc], 'ü'],
    [undefined, [0xfc], 'ü'],
    ['us-ascii', [0x61], 'a'],
  ])('%s is read', (charset, bytes, text) => {
    expect(decodeText(Uint8Array.from(bytes), charset)).toEqual({ text })
  })

  it('that nobody knows are named', () => {
    expect(decodeText(Uint8Array.of(0xe4), 'x-martian')).toEqual({ text: 'ä', unknownCharset: 'x-martian' })
  })
})
