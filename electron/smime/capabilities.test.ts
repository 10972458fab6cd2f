import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derOid, derSequence } from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { expectSuccess } from '../base/result.ts'
import { cipherForAll, ownCapabilities, parseCapabilities, transportFor } from './capabilities.ts'
import { oaepIdentifier } from './cms/recipientWriter.ts'

const cbcOnly = derSequence(derSequence(derOid(oids.aes256Cbc)))

describe('SMIMECapabilities', () => {
  it('state our ciphers, the strongest first', () => {
    const names = expectSuccess(parseCapabilities(ownCapabilities())).map(({ name }) => name)
    expect(names).toEqual(['aes256Gcm', 'aes128Gcm', 'aes256Cbc', 'aes128Cbc', 'rsaesOaep'])
  })

  it('decide the cipher: GCM only where every recipient reads it', () => {
    expect(cipherForAll([ownCapabilities(), ownCapabilities()])).toBe('aes-256-gcm')
    expect(cipherForAll([ownCapabilities(), cbcOnly])).toBe('aes-256-cbc')
    expect(cipherForAll([ownCapabilities(), undefined])).toBe('aes-256-cbc')
    expect(cipherForAll([new Uint8Array(3)])).toBe('aes-256-cbc')
    expect(cipherForAll([])).toBe('aes-256-cbc')
  })

  it('never make a letter weaker than AES-128-CBC', () => {
    const stating = (...names: (keyof typeof oids)[]) =>
      derSequence(...names.map((name) => derSequence(derOid(oids[name]))))
    expect(cipherForAll([stating('tripleDesCbc', 'rc2Cbc')])).toBe('aes-256-cbc')
    expect(cipherForAll([stating('aes128Cbc'), undefined])).toBe('aes-128-cbc')
    expect(cipherForAll([stating('aes128Gcm', 'aes256Cbc'), ownCapabilities()])).toBe('aes-128-gcm')
    // Each has stated another one: neither of the two would do.
    expect(cipherForAll([stating('aes128Gcm'), stating('aes256Cbc')])).toBe('aes-128-cbc')
    expect(cipherForAll([stating('aes128Cbc'), stating('aes256Cbc')])).toBe('aes-128-cbc')
  })

  it('decide the key transport: OAEP where it is stated with the parameters that are written', () => {
    expect(transportFor(ownCapabilities())).toBe('rsa-oaep')
    expect(transportFor(derSequence(oaepIdentifier('sha1')))).toBe('rsa-pkcs1')
    expect(transportFor(cbcOnly)).toBe('rsa-pkcs1')
    expect(transportFor(undefined)).toBe('rsa-pkcs1')
  })

  it('are a value whatever their bytes are', () => {
    const original = ownCapabilities()
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.nat(255), fc.nat(original.length), (at, byte, end) => {
        const bytes = Uint8Array.from(original)
        bytes[at] = byte
        const parsed = parseCapabilities(bytes.subarray(0, end))
        if (!parsed.ok) expect(parsed.error).toEqual({ code: 'malformed' })
      }),
    )
  })
})
