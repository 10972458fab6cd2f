import { describe, expect, it } from 'vitest'
import { hexBytes, hexText, utf8Bytes } from '../base/bytes.ts'
import { decryptRc4 } from './rc4.ts'

/** RFC 6229 §2: keys of 40 and 128 bits, with the key stream at 0 and at 4096. */
const streams = [
  ['0102030405', 'b2396305f03dc027ccc3524a0a1118a8', 'ff25b58995996707e51fbdf08b34d875'],
  ['0102030405060708090a0b0c0d0e0f10', '9ac7cc9a609d1ef7b2932899cde41b97', 'a36a4c301ae8ac13610ccbc12256cacc'],
] as const

describe('RC4', () => {
  it('makes the key streams of RFC 6229', () => {
    for (const [key, first, later] of streams) {
      const stream = decryptRc4(hexBytes(key), new Uint8Array(4_112))
      expect([hexText(stream.subarray(0, 16)), hexText(stream.subarray(4_096))]).toEqual([first, later])
    }
  })

  it('decrypts a text, an empty one too, and leaves what it was given as it was', () => {
    const encrypted = hexBytes('bbf316e8d940af0ad3')
    expect(Buffer.from(decryptRc4(utf8Bytes('Key'), encrypted)).toString()).toBe('Plaintext')
    expect(hexText(encrypted)).toBe('bbf316e8d940af0ad3')
    expect(decryptRc4(utf8Bytes('Key'), new Uint8Array())).toHaveLength(0)
  })

  it('takes no key of no bytes, and none that is longer than its state', () => {
    for (const length of [0, 257]) expect(() => decryptRc4(new Uint8Array(length), new Uint8Array(1))).toThrow('key')
  })
})
