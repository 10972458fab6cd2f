import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { derBitString, derNull, derOid, derSequence } from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { publicKeyBitsOf } from '../crypto/keyInfo.ts'
import { samePublicKey } from './certificateKey.ts'

const rsa = (): Uint8Array =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'der', type: 'spki' })

/** The same key under another algorithm. */
function spelled(publicKeyInfo: Uint8Array, algorithm: Uint8Array): Uint8Array {
  return derSequence(algorithm, derBitString(publicKeyBitsOf(publicKeyInfo) ?? new Uint8Array()))
}

it('an RSA key is the same without its NULL, and where its certificate says RSASSA-PSS alone', () => {
  const key = rsa()
  expect(samePublicKey(key, spelled(key, derSequence(derOid(oids.rsaEncryption))))).toBe(true)
  expect(samePublicKey(key, spelled(key, derSequence(derOid(oids.rsassaPss))))).toBe(true)
  expect(samePublicKey(spelled(key, derSequence(derOid(oids.rsassaPss))), key)).toBe(true)
})

it('another key is another, and so are the same bits for another algorithm', () => {
  const key = rsa()
  expect(samePublicKey(key, rsa())).toBe(false)
  expect(samePublicKey(key, spelled(key, derSequence(derOid(oids.ed25519))))).toBe(false)
  expect(samePublicKey(key, spelled(key, derSequence(derOid(oids.dsa), derNull())))).toBe(false)
  expect(samePublicKey(key, Uint8Array.of(0x30, 0))).toBe(false)
})
