import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { decodeWords, encodeWords } from './encodedWords.ts'

describe('encoded words', () => {
  it.each([
    ['=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?=', 'Patrik Fältström'],
    ['=?utf-8?b?R3LDvMOfZQ==?= =?utf-8?q?_aus?= here', 'Grüße aus here'],
    ['a =?us-ascii*en?q?b?= c', 'a b c'],
    // One character split over two words.
    ['=?utf-8?q?=C3?= =?utf-8?q?=BC?=', 'ü'],
    ['=?x-unknown?q?=E4?=', 'ä'],
    ['=?utf-8?q?a=0D=0ABcc=3A_b?=', 'a Bcc: b'],
    ['=?utf-8?q?=E2=80=AEmoc=2Eknab?= \u2066x', 'moc.knab x'],
    ['=?broken?', '=?broken?'],
  ])('%s is %s', (written, text) => expect(decodeWords(written)).toBe(text))

  it('are joined in time that grows with their number, not with its square', () => {
    const joined = vi.spyOn(Buffer, 'concat')
    onTestFinished(() => joined.mockRestore())
    expect(decodeWords('=?a?q?x?= '.repeat(100_000)).trim()).toHaveLength(100_000)
    expect(joined).toHaveBeenCalledTimes(1)
  })

  it('come back as they were, in words of at most 75 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (value) => {
        const text = value.replace(/[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]/g, '')
        const encoded = encodeWords(text)
        expect(decodeWords(encoded)).toBe(text)
        if (encoded !== text) expect(Math.max(...encoded.split(' ').map((word) => word.length))).toBeLessThanOrEqual(75)
      }),
    )
  })
})
