import { describe, expect, it } from 'vitest'
import { decodeText } from './charset.ts'

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
