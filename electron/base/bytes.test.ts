import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  base64Bytes,
  base64Text,
  hexBytes,
  hexText,
  latin1Bytes,
  latin1Text,
  release,
  utf8Bytes,
  utf8Text,
} from './bytes.ts'

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

describe('bytes that are released', () => {
  it('are empty, and bytes of a shared buffer stay', () => {
    const alone = new Uint8Array(100)
    const whole = new Uint8Array(100).fill(7)
    const part = whole.subarray(50)
    release(alone)
    release(part)
    expect([alone.length, part.length, whole[99]]).toEqual([0, 50, 7])
  })
})
