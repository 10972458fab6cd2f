import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derBitString, derInteger, derNull, derOid, derSequence } from '../asn1/der.ts'
import { DerReader, encodingOf, soleElement } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { concatBytes, hexBytes, utf8Bytes } from '../base/bytes.ts'
import type { DigestName } from './digest.ts'
import { dsaKeyOf, verifyDsa, withDsaParametersOf } from './dsa.ts'

const message = utf8Bytes('a list of revoked certificates')

function infoOf(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'spki' })
}

const pair = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
const info = infoOf(pair.publicKey)
const signature = sign('sha1', message, pair.privateKey)
const sha1 = { kind: 'dsa', digest: 'sha1' } as const

/** The key of `info` with its AlgorithmIdentifier replaced. */
function withAlgorithm(...algorithm: readonly Uint8Array[]): Uint8Array {
  const fields = DerReader.inside(soleElement(info, 'key'))
  fields.any('algorithm')
  return derSequence(derSequence(...algorithm), encodingOf(fields.any('key')))
}

/** A key of these numbers, which OpenSSL would not make. */
function keyOf(p: bigint, q: bigint, g: bigint, y: bigint): Uint8Array {
  const number = (value: bigint) => {
    const digits = value.toString(16)
    return derInteger(hexBytes(digits.length % 2 === 0 ? digits : `0${digits}`))
  }
  const parameters = derSequence(number(p), number(q), number(g))
  return derSequence(derSequence(derOid(oids.dsa), parameters), derBitString(number(y)))
}

describe('a DSA signature (FIPS 186-4 §4.7)', () => {
  it.each([
    [1024, 160, 'sha1'],
    [1024, 160, 'sha512'],
    [2048, 224, 'sha224'],
    [2048, 256, 'sha384'],
    [3072, 256, 'sha256'],
  ] as const)(
    'of OpenSSL, with %i and %i bits over %s, verifies over its message and over no other',
    (p, q, digest) => {
      const keys = generateKeyPairSync('dsa', { modulusLength: p, divisorLength: q })
      const scheme = { kind: 'dsa', digest: digest satisfies DigestName } as const
      const made = sign(digest, message, keys.privateKey)
      expect(verifyDsa(infoOf(keys.publicKey), scheme, message, made)).toBe(true)
      expect(verifyDsa(infoOf(keys.publicKey), scheme, utf8Bytes('another list'), made)).toBe(false)
      expect(verifyDsa(info, scheme, message, made)).toBe(false)
    },
  )

  it('with zero or with the order itself for a number is none', () => {
    const order = 'f'.repeat(40)
    for (const [r, s] of [
      ['00', '01'],
      ['01', '00'],
      [order, '01'],
      ['01', order],
    ] as const) {
      expect(verifyDsa(info, sha1, message, derSequence(derInteger(hexBytes(r)), derInteger(hexBytes(s))))).toBe(false)
    }
  })

  it('never verifies once it was changed, and never throws', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(signature)
        const position = at % damaged.length
        damaged[position] = (damaged[position] ?? 0) ^ change
        expect(verifyDsa(info, sha1, message, damaged)).toBe(false)
      }),
    )
  })

  it('under a damaged key is a value, never an exception', () => {
    fc.assert(
      fc.property(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 }), fc.boolean(), (at, bytes, cut) => {
        const position = at % info.length
        const rest = info.subarray(position + (cut ? bytes.length : 0))
        const damaged = concatBytes(info.subarray(0, position), bytes, rest)
        expect(typeof verifyDsa(damaged, sha1, message, signature)).toBe('boolean')
      }),
      { numRuns: 300 },
    )
  })
})

describe('a DSA key', () => {
  const q = 2n ** 160n - 47n
  const p = q * 2n ** 600n + 1n

  it('whose numbers make every signature true is refused', () => {
    // With y = 1 anybody can name r and s: v is g to a power that they choose.
    const g = 2n
    const one = derSequence(derInteger(1), derInteger(1))
    for (const [generator, y] of [
      [1n, 1n],
      [g, 1n],
      [1n, g],
      [g, p],
      [p, g],
    ] as const) {
      expect(verifyDsa(keyOf(p, q, generator, y), sha1, message, one)).toBe(false)
    }
  })

  it('longer than FIPS 186-4 §4.2 knows is refused before anything is computed', () => {
    // Computing with these would take hours.
    const long = 2n ** 1_000_000n + 1n
    expect(verifyDsa(keyOf(long, q, 2n, 3n), sha1, message, signature)).toBe(false)
    expect(verifyDsa(keyOf(long, long - 1n, 2n, 3n), sha1, message, signature)).toBe(false)
  })

  it('without parameters takes those of its issuer (RFC 3279 §2.3.2)', () => {
    for (const bare of [withAlgorithm(derOid(oids.dsa)), withAlgorithm(derOid(oids.dsa), derNull())]) {
      expect(dsaKeyOf(bare)).toBe('without-parameters')
      expect(verifyDsa(bare, sha1, message, signature)).toBe(false)
      const whole = withDsaParametersOf(bare, info)
      expect(whole && verifyDsa(whole, sha1, message, signature)).toBe(true)
      expect(withDsaParametersOf(bare, bare)).toBeUndefined()
    }
  })

  it('is told from other keys', () => {
    const other = infoOf(generateKeyPairSync('ed25519').publicKey)
    expect(dsaKeyOf(info)).toBe('complete')
    expect(dsaKeyOf(other)).toBeUndefined()
    expect(withDsaParametersOf(other, info)).toBeUndefined()
    expect(verifyDsa(other, sha1, message, signature)).toBe(false)
  })
})
