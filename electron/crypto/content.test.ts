import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, hexBytes, hexText } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { type CipherName, cipherShapes, startDecryption, startEncryption, tagOf } from './contentCipher.ts'
import { hkdfKey, x963Key } from './keyDerivation.ts'
import { unwrapKey, wrapKey } from './keyWrap.ts'

describe('AES key wrap', () => {
  // RFC 3394 §4.1 to §4.6: every combination of wrapping key and key.
  it.each([
    [
      '000102030405060708090a0b0c0d0e0f',
      '00112233445566778899aabbccddeeff',
      '1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5',
    ],
    [
      '000102030405060708090a0b0c0d0e0f1011121314151617',
      '00112233445566778899aabbccddeeff',
      '96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d',
    ],
    [
      '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      '00112233445566778899aabbccddeeff',
      '64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7',
    ],
    [
      '000102030405060708090a0b0c0d0e0f1011121314151617',
      '00112233445566778899aabbccddeeff0001020304050607',
      '031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2',
    ],
    [
      '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      '00112233445566778899aabbccddeeff0001020304050607',
      'a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1',
    ],
    [
      '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      '00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f',
      '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21',
    ],
  ])('gives the vectors of RFC 3394 (%s)', (wrapping, key, wrapped) => {
    expect(hexText(wrapKey(hexBytes(wrapping), hexBytes(key)))).toBe(wrapped)
    expect(hexText(expectSuccess(unwrapKey(hexBytes(wrapping), hexBytes(wrapped))))).toBe(key)
  })

  it('refuses whatever was changed', () => {
    const wrapping = new Uint8Array(32)
    const wrapped = wrapKey(wrapping, new Uint8Array(32))
    fc.assert(
      fc.property(fc.nat(wrapped.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const copy = Uint8Array.from(wrapped)
        copy[at] = (copy[at] ?? 0) ^ change
        expect(unwrapKey(wrapping, copy).ok).toBe(false)
      }),
    )
    for (const length of [0, 8, 16, 25, 1024]) expect(unwrapKey(wrapping, new Uint8Array(length)).ok).toBe(false)
  })
})

describe('key derivation', () => {
  it('is the KDF of ANSI X9.63 (NIST CAVP: SHA-256, 192-bit secret, 128 bits of output)', () => {
    const secret = hexBytes('96c05619d56c328ab95fe84b18264b08725b85e33fd34f08')
    expect(hexText(x963Key('sha256', secret, 16, new Uint8Array()))).toBe('443024c3dae66b95e6f5670601558f71')
  })

  it('counts on for longer keys', () => {
    const secret = Uint8Array.of(1, 2, 3)
    const long = x963Key('sha1', secret, 50, Uint8Array.of(9))
    expect(hexText(long.subarray(0, 20))).toBe(hexText(x963Key('sha1', secret, 20, Uint8Array.of(9))))
    expect(hexText(long.subarray(20, 40))).not.toBe(hexText(long.subarray(0, 20)))
  })

  it('is HKDF without a salt (RFC 5869, test case 3)', () => {
    const secret = new Uint8Array(22).fill(0x0b)
    expect(hexText(hkdfKey('sha256', secret, 42, new Uint8Array()))).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    )
  })
})

describe('content encryption', () => {
  const ciphers = Object.keys(cipherShapes) as CipherName[]

  it('gives back what went in, in whatever pieces', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ciphers), fc.array(fc.uint8Array({ maxLength: 50 })), (cipher, pieces) => {
        const shape = cipherShapes[cipher]
        const key = Uint8Array.from({ length: shape.keyBytes }, (_, index) => index)
        const iv = new Uint8Array(shape.ivBytes).fill(5)
        const encryption = startEncryption(cipher, key, iv)
        const body = concatBytes(...pieces.map((piece) => encryption.update(piece)))
        const { last, tag } = encryption.end()
        const encrypted = concatBytes(body, last)
        const decryption = startDecryption(cipher, key, iv, shape.authenticated ? tag.length : undefined)
        const start = decryption.update(encrypted.subarray(0, 9))
        const rest = decryption.update(encrypted.subarray(9))
        const end = decryption.end(tag)
        expect(end).toBeDefined()
        expect(hexText(concatBytes(start, rest, end ?? new Uint8Array()))).toBe(hexText(concatBytes(...pieces)))
      }),
    )
  })

  it('refuses a changed tag, other associated data and a short tag', async () => {
    const key = new Uint8Array(32)
    const iv = new Uint8Array(12)
    const letter = Buffer.from('letter')
    const encryption = startEncryption('aes-256-gcm', key, iv)
    const encrypted = encryption.update(letter)
    const { tag } = encryption.end()
    const outcome = (given: Uint8Array): boolean => {
      const decryption = startDecryption('aes-256-gcm', key, iv, given.length)
      decryption.update(encrypted)
      return decryption.end(given) !== undefined
    }
    expect(outcome(tag)).toBe(true)
    expect(outcome(new Uint8Array(16))).toBe(false)
    expect(outcome(tag.subarray(0, 12))).toBe(true)
    expect(() => outcome(tag.subarray(0, 8))).toThrow(RangeError)

    async function* pieces() {
      yield letter
    }
    const tagWith = async (associatedData: Uint8Array) =>
      hexText(await tagOf('aes-256-gcm', key, iv, associatedData, pieces(), 16))
    const announced = startEncryption('aes-256-gcm', key, iv, Uint8Array.of(1))
    announced.update(letter)
    expect(await tagWith(Uint8Array.of(1))).toBe(hexText(announced.end().tag))
    expect(await tagWith(new Uint8Array())).toBe(hexText(tag))
    expect(await tagWith(Uint8Array.of(2))).not.toBe(await tagWith(Uint8Array.of(1)))
  })
})
