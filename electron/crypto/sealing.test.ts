import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexText, utf8Bytes } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { randomId } from './identifier.ts'
import { pbkdf2Key, scryptBytes, scryptKey } from './passwordKey.ts'
import { openBytes, sealBytes } from './sealedBytes.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const key = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('sealed bytes', () => {
  it('open to what was sealed, under the same key and associated data', () => {
    fc.assert(
      fc.property(key, bytes(300), bytes(60), (k, plain, place) => {
        const opened = openBytes(k, sealBytes(k, plain, place, systemRandom), place)
        expect(opened.ok && hexText(opened.value)).toBe(hexText(plain))
      }),
    )
  })

  it('never open after any change: of a bit, of the length, of the key, of the place', () => {
    fc.assert(
      fc.property(
        key,
        bytes(100),
        bytes(20),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (k, plain, place, at, mask) => {
          const sealed = sealBytes(k, plain, place, systemRandom)
          const flipped = Uint8Array.from(sealed)
          const position = at % sealed.length
          flipped[position] = (flipped[position] ?? 0) ^ mask
          const otherKey = Uint8Array.from(k, (byte, index) => (index === at % 32 ? byte ^ mask : byte))
          expect(openBytes(k, flipped, place).ok).toBe(false)
          expect(openBytes(k, sealed.subarray(0, position), place).ok).toBe(false)
          expect(openBytes(k, Buffer.concat([sealed, Uint8Array.of(mask)]), place).ok).toBe(false)
          expect(openBytes(otherKey, sealed, place).ok).toBe(false)
          expect(openBytes(k, sealed, Buffer.concat([place, Uint8Array.of(mask)])).ok).toBe(false)
        },
      ),
    )
  })

  it('are different each time, also for the same secret', () => {
    const k = systemRandom(32)
    const seal = () => hexText(sealBytes(k, utf8Bytes('secret'), utf8Bytes('place'), systemRandom))
    expect(seal()).not.toBe(seal())
  })
})

describe('keys from passwords', () => {
  it('are those of RFC 7914 §12 for scrypt', async () => {
    const salt = utf8Bytes('NaCl')
    const derived = await scryptKey('password', { salt, cost: 1024, blockSize: 8, parallelism: 16, length: 64 })
    expect(hexText(derived)).toBe(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    )
  })

  it('are those of RFC 7914 §11 for PBKDF2', async () => {
    const derived = await pbkdf2Key(utf8Bytes('passwd'), {
      salt: utf8Bytes('salt'),
      iterations: 1,
      digest: 'sha256',
      length: 64,
    })
    expect(hexText(derived)).toBe(
      '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
    )
  })

  it('are the same for composed and decomposed letters', async () => {
    const parameters = { salt: utf8Bytes('salt'), cost: 2, blockSize: 8, parallelism: 1, length: 32 }
    const composed = await scryptKey('Gr\u00fc\u00dfe', parameters)
    expect(hexText(await scryptKey('Gru\u0308\u00dfe', parameters))).toBe(hexText(composed))
    expect(hexText(await scryptBytes(utf8Bytes('Gr\u00fc\u00dfe'), parameters))).toBe(hexText(composed))
  })
})

it('identifiers are 22 characters that fit into addresses and file names', () => {
  expect(randomId(systemRandom)).toMatch(/^[A-Za-z0-9_-]{22}$/)
  expect(randomId(systemRandom)).not.toBe(randomId(systemRandom))
})
