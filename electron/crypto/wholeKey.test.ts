import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, it } from 'vitest'
import { derInteger, derNull, derOctetString, derOid, derSequence } from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { isWholeKey } from './wholeKey.ts'

const pkcs8Of = (key: KeyObject) => key.export({ format: 'der', type: 'pkcs8' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

const number = (text = '') => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`)

/** An RSA key whose numbers stand as they are given, in the order of RFC 8017 A.1.2. */
function rsaWith(changed: Partial<Record<'n' | 'e' | 'd' | 'p' | 'q', bigint>>): Uint8Array {
  const jwk = rsa.export({ format: 'jwk' })
  const { n, e, d, p, q } = {
    n: number(jwk.n),
    e: number(jwk.e),
    d: number(jwk.d),
    p: number(jwk.p),
    q: number(jwk.q),
    ...changed,
  }
  const integer = (value: bigint) => {
    const hex = value.toString(16)
    return derInteger(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'))
  }
  const numbers = [n, e, d, p, q, d % (p - 1n), d % (q - 1n), number(jwk.qi)].map(integer)
  const key = derSequence(derInteger(0), ...numbers)
  return derSequence(derInteger(0), derSequence(derOid(oids.rsaEncryption), derNull()), derOctetString(key))
}

it('a key is whole whose signature its own public half checks', async () => {
  expect(await isWholeKey(rsaWith({}))).toBe(true)
  const kinds = [generateKeyPairSync('ed25519'), generateKeyPairSync('x25519')]
  for (const { privateKey } of kinds) expect(await isWholeKey(pkcs8Of(privateKey))).toBe(true)
  for (const namedCurve of ['P-256', 'P-384', 'P-521']) {
    expect(await isWholeKey(pkcs8Of(generateKeyPairSync('ec', { namedCurve }).privateKey))).toBe(true)
  }
  for (const modulusLength of [512, 1024]) {
    const short = generateKeyPairSync('rsa', { modulusLength }).privateKey
    expect(await isWholeKey(pkcs8Of(short)), `${modulusLength}`).toBe(true)
  }
})

it('a key is not whole with other numbers than its own, or with an exponent that changes nothing', async () => {
  const { n, d } = rsa.export({ format: 'jwk' })
  expect(await isWholeKey(rsaWith({ d: number(d) ^ 2n }))).toBe(false)
  expect(await isWholeKey(rsaWith({ n: number(n) + 2n }))).toBe(false)
  expect(await isWholeKey(rsaWith({ e: 1n, d: 1n }))).toBe(false)
  expect(await isWholeKey(rsaWith({ e: 2n }))).toBe(false)
})

it('a key is not whole with the public half of somebody else', async () => {
  const [own, other] = [ec(), ec()].map((key) => pkcs8Of(key))
  // The point stands at the end of the structure.
  const mixed = Buffer.concat([own?.subarray(0, -64) ?? Buffer.of(), other?.subarray(-64) ?? Buffer.of()])
  expect(await isWholeKey(mixed)).toBe(false)
  expect(await isWholeKey(Buffer.from('no key'))).toBe(false)
})
