import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base64Bytes, base64Text, hexBytes, hexText, latin1Bytes, latin1Text, utf8Bytes, utf8Text } from './bytes.ts'

describe('spellings of bytes', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(new Uint8Array(base64Bytes(base64Text(bytes)))).toEqual(bytes)
        expect(new Uint8Array(hexBytes(hexText(bytes)))).toEqual(bytes)
        expect(new Uint8Array(latin1Bytes(latin1Text(bytes)))).toEqual(bytes)
      }),
    )
  })

  it('turns ill-formed UTF-8 into replacement characters instead of an exception', () => {
    expect(utf8Text(new Uint8Array([0x61, 0xff, 0x62]))).toBe('a\ufffdb')
    expect(utf8Text(utf8Bytes('Grüße'))).toBe('Grüße')
  })
})
