import { constants, createPublicKey, generateKeyPairSync, publicEncrypt, sign } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { derBitString, derInteger, derNull, derOid, derSequence } from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { hexText } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { digestOf, hmacOf, startDigest } from './digest.ts'
import {
  defaultScheme,
  generateKey,
  type KeyTransport,
  openPrivateKey,
  type PrivateKeyHandle,
  publicKeyInfoOf,
  type SignatureScheme,
} from './privateKey.ts'
import { encryptKey, keyAgreementWithEphemeral, verifySignature } from './publicKey.ts'
import { unpadPkcs1 } from './rsaPadding.ts'

const letter = Buffer.from('Content-Type: text/plain\r\n\r\nHello.\r\n')

function pairOf(type: 'ed25519' | 'x25519'): PrivateKeyHandle {
  const { privateKey } = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')
  return expectSuccess(openPrivateKey(privateKey.export({ format: 'der', type: 'pkcs8' })))
}

let rsa: PrivateKeyHandle
let rsaPkcs8: Uint8Array
let ec: PrivateKeyHandle

beforeAll(async () => {
  rsaPkcs8 = (await generateKey('rsa-2048')).pkcs8
  rsa = expectSuccess(openPrivateKey(rsaPkcs8))
  ec = expectSuccess(openPrivateKey((await generateKey('ec-p256')).pkcs8))
})

/** An RSA public key with its numbers, or what it calls itself, changed. */
function rsaInfo(modulus: Uint8Array, exponent: Uint8Array, algorithm: string = oids.rsaEncryption): Uint8Array {
  const numbers = derSequence(derInteger(modulus), derInteger(exponent))
  return derSequence(derSequence(derOid(algorithm), derNull()), derBitString(numbers))
}

function modulusOf(key: PrivateKeyHandle): Uint8Array {
  const jwk = createPublicKey({ key: Buffer.from(key.publicKeyInfo), format: 'der', type: 'spki' }).export({
    format: 'jwk',
  })
  return Buffer.from(jwk.n ?? '', 'base64url')
}

describe('an RSA key', () => {
  const scheme = { kind: 'rsa-pkcs1', digest: 'sha256' } as const

  it('with the exponent 1 neither signs nor hides anything', () => {
    const digestInfo = Buffer.concat([
      Buffer.from('3031300d060960864801650304020105000420', 'hex'),
      digestOf('sha256', letter),
    ])
    const padding = Buffer.alloc(256 - 3 - digestInfo.length, 0xff)
    const forged = Buffer.concat([Uint8Array.of(0, 1), padding, Uint8Array.of(0), digestInfo])
    const key = rsaInfo(modulusOf(rsa), Uint8Array.of(1))
    expect(verifySignature(key, scheme, letter, forged)).toBe(false)
    expect(encryptKey(key, { kind: 'rsa-pkcs1' }, new Uint8Array(32))).toEqual({
      ok: false,
      error: { code: 'malformed-key' },
    })
  })

  it.each([
    ['an even exponent', 256, Uint8Array.of(1, 0, 0)],
    ['an exponent as long as the modulus', 256, new Uint8Array(255).fill(0xff)],
    ['a modulus of 16,384 bits', 2048, Uint8Array.of(1, 0, 1)],
  ])('with %s is no key to spend time on', (_, length, exponent) => {
    const key = rsaInfo(new Uint8Array(length).fill(0xff), exponent)
    expect(encryptKey(key, { kind: 'rsa-pkcs1' }, new Uint8Array(32)).ok).toBe(false)
  })

  it('for PSS alone signs in no other way and takes no content keys', async () => {
    const key = rsaInfo(modulusOf(rsa), Uint8Array.of(1, 0, 1), oids.rsassaPss)
    const pss = { kind: 'rsa-pss', digest: 'sha256', mgfDigest: 'sha256', saltLength: 32 } as const
    expect(verifySignature(key, pss, letter, await rsa.sign(pss, letter))).toBe(true)
    expect(verifySignature(key, scheme, letter, await rsa.sign(scheme, letter))).toBe(false)
    expect(encryptKey(key, { kind: 'rsa-pkcs1' }, new Uint8Array(32)).ok).toBe(false)
  })
})

describe('digests', () => {
  it('are those of FIPS 180-4 and RFC 4231', () => {
    expect(hexText(digestOf('sha256', Buffer.from('abc'))).slice(0, 16)).toBe('ba7816bf8f01cfea')
    const streamed = startDigest('sha256')
    streamed.update(Buffer.from('a'))
    streamed.update(Buffer.from('bc'))
    expect(hexText(streamed.end())).toBe(hexText(digestOf('sha256', Buffer.from('abc'))))
    const mac = hmacOf('sha256', Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'))
    expect(hexText(mac)).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
  })
})

describe('signing', () => {
  it('is verified with the public key, and only over the same bytes', async () => {
    const schemes: [PrivateKeyHandle, SignatureScheme][] = [
      [rsa, defaultScheme(rsa.algorithm)],
      [rsa, { kind: 'rsa-pkcs1', digest: 'sha512' }],
      [rsa, { kind: 'rsa-pss', digest: 'sha256', mgfDigest: 'sha256', saltLength: 32 }],
      [ec, defaultScheme(ec.algorithm, 'sha384')],
      [pairOf('ed25519'), { kind: 'ed25519' }],
    ]
    for (const [key, scheme] of schemes) {
      const signature = await key.sign(scheme, letter)
      expect(verifySignature(key.publicKeyInfo, scheme, letter, signature)).toBe(true)
      expect(verifySignature(key.publicKeyInfo, scheme, letter.subarray(1), signature)).toBe(false)
    }
  })

  it('refuses a scheme that does not fit the key', async () => {
    await expect(rsa.sign({ kind: 'ecdsa', digest: 'sha256' }, letter)).rejects.toThrow(RangeError)
    const signature = await ec.sign({ kind: 'ecdsa', digest: 'sha256' }, letter)
    expect(verifySignature(ec.publicKeyInfo, { kind: 'rsa-pkcs1', digest: 'sha256' }, letter, signature)).toBe(false)
  })

  it('verifies PSS with another digest in the mask', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha256',
      mgf1HashAlgorithm: 'sha1',
    })
    const signature = sign('sha256', letter, {
      key: privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    })
    const info = publicKey.export({ format: 'der', type: 'spki' })
    const scheme: SignatureScheme = { kind: 'rsa-pss', digest: 'sha256', mgfDigest: 'sha1', saltLength: 32 }
    expect(verifySignature(info, scheme, letter, signature)).toBe(true)
    expect(verifySignature(info, scheme, letter.subarray(1), signature)).toBe(false)
    expect(verifySignature(info, { ...scheme, saltLength: 20 }, letter, signature)).toBe(false)
    expect(verifySignature(info, { ...scheme, mgfDigest: 'sha256' }, letter, signature)).toBe(false)
  })

  it('never throws on mutated keys and signatures', async () => {
    const scheme = defaultScheme(ec.algorithm)
    const signature = await ec.sign(scheme, letter)
    const flip = (bytes: Uint8Array, at: number, bit: number): Uint8Array => {
      const copy = Uint8Array.from(bytes)
      const index = at % copy.length
      copy[index] = (copy[index] ?? 0) ^ (1 << bit)
      return copy
    }
    fc.assert(
      fc.property(fc.nat(), fc.nat(7), (at, bit) => {
        expect(verifySignature(ec.publicKeyInfo, scheme, letter, flip(signature, at, bit))).toBe(false)
        expect(typeof verifySignature(flip(ec.publicKeyInfo, at, bit), scheme, letter, signature)).toBe('boolean')
        openPrivateKey(flip(rsaPkcs8, at, bit))
      }),
      { numRuns: 150 },
    )
  })
})

describe('key transport', () => {
  const contentKey = Buffer.from('0123456789abcdef0123456789abcdef')

  it.each([
    { kind: 'rsa-pkcs1' } as const,
    { kind: 'rsa-oaep', digest: 'sha1', mgfDigest: 'sha1' } as const,
    { kind: 'rsa-oaep', digest: 'sha256', mgfDigest: 'sha256', label: Buffer.from('L') } as const,
  ])('carries a content key by $kind', async (transport) => {
    const encrypted = expectSuccess(encryptKey(rsa.publicKeyInfo, transport, contentKey))
    const decrypted = expectSuccess(await rsa.decryptKey(transport, encrypted, 32))
    expect(hexText(decrypted)).toBe(hexText(contentKey))
  })

  it('answers a wrong padding with a key of the wanted length, always the same one', async () => {
    const key = createPublicKey({ key: Buffer.from(rsa.publicKeyInfo), format: 'der', type: 'spki' })
    const broken = publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.alloc(256, 1))
    const once = expectSuccess(await rsa.decryptKey({ kind: 'rsa-pkcs1' }, broken, 32))
    const twice = expectSuccess(await rsa.decryptKey({ kind: 'rsa-pkcs1' }, broken, 32))
    expect(once.length).toBe(32)
    expect(hexText(once)).toBe(hexText(twice))
    const encrypted = expectSuccess(encryptKey(rsa.publicKeyInfo, { kind: 'rsa-pkcs1' }, contentKey))
    const shorter = expectSuccess(await rsa.decryptKey({ kind: 'rsa-pkcs1' }, encrypted, 16))
    expect(shorter.length).toBe(16)
    expect(hexText(contentKey)).not.toContain(hexText(shorter))
  })

  it('takes apart exactly the paddings of RFC 8017 §7.2.2', () => {
    const rejection = Buffer.alloc(32, 7)
    const good = Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(64 - 35, 9), Buffer.from([0]), contentKey])
    const outcome = (encoded: Buffer): string => hexText(unpadPkcs1(encoded, Buffer.from('c'), 32, rejection))
    expect(outcome(good)).toBe(hexText(contentKey))
    const rejected = outcome(Buffer.alloc(64, 1))
    for (const [at, value] of [
      [0, 1],
      [1, 1],
      [5, 0],
      [31, 3],
    ] as const) {
      const bad = Buffer.from(good)
      bad[at] = value
      expect(outcome(bad)).toBe(rejected)
    }
  })

  it('opens OAEP with another digest in the mask, and refuses a wrong label', async () => {
    // EME-OAEP encoding, RFC 8017 §7.1.1, with SHA-256 for the label and MGF1 over SHA-1 as BouncyCastle writes it.
    const mgf = (seed: Uint8Array, length: number): Buffer => {
      const blocks = Array.from({ length: Math.ceil(length / 20) }, (_, counter) =>
        digestOf('sha1', Buffer.concat([seed, Buffer.from([0, 0, 0, counter])])),
      )
      return Buffer.concat(blocks).subarray(0, length)
    }
    const xor = (left: Buffer, right: Buffer): Buffer => Buffer.from(left.map((byte, at) => byte ^ (right[at] ?? 0)))
    const label = Buffer.from('label')
    const padding = Buffer.alloc(256 - 32 - 2 * 32 - 2)
    const block = Buffer.concat([digestOf('sha256', label), padding, Buffer.from([1]), contentKey])
    const seed = Buffer.alloc(32, 7)
    const maskedBlock = xor(block, mgf(seed, block.length))
    const encoded = Buffer.concat([Buffer.from([0]), xor(seed, mgf(maskedBlock, 32)), maskedBlock])
    const key = createPublicKey({ key: Buffer.from(rsa.publicKeyInfo), format: 'der', type: 'spki' })
    const encrypted = publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded)
    const transport = { kind: 'rsa-oaep', digest: 'sha256', mgfDigest: 'sha1', label } as const
    expect(hexText(expectSuccess(await rsa.decryptKey(transport, encrypted, 32)))).toBe(hexText(contentKey))
    const rejected = async (other: KeyTransport, bytes: Uint8Array = encrypted): Promise<void> => {
      const chosen = expectSuccess(await rsa.decryptKey(other, bytes, 32))
      expect(chosen.length).toBe(32)
      expect(hexText(chosen)).not.toBe(hexText(contentKey))
      expect(hexText(expectSuccess(await rsa.decryptKey(other, bytes, 32)))).toBe(hexText(chosen))
    }
    await rejected({ ...transport, label: Buffer.from('other') })
    await rejected({ ...transport, mgfDigest: 'sha512' })
    await rejected({ kind: 'rsa-oaep', digest: 'sha256', mgfDigest: 'sha256' }, Buffer.alloc(256, 1))
    // A key of another length than the content's cipher needs is rejected as a wrong padding is.
    expect(expectSuccess(await rsa.decryptKey(transport, encrypted, 16)).length).toBe(16)
  })

  it('says wrong-key for a ciphertext that no message of this key gives', async () => {
    const result = await rsa.decryptKey({ kind: 'rsa-pkcs1' }, Buffer.alloc(256, 0xff), 32)
    expect(!result.ok && result.error.code).toBe('wrong-key')
    expect((await rsa.decryptKey({ kind: 'rsa-pkcs1' }, Buffer.alloc(300), 32)).ok).toBe(false)
  })
})

describe('key agreement', () => {
  it('gives both sides the same secret', async () => {
    for (const key of [ec, pairOf('x25519')]) {
      const { ephemeralPublicKeyInfo, sharedSecret } = expectSuccess(keyAgreementWithEphemeral(key.publicKeyInfo))
      expect(hexText(expectSuccess(await key.agree(ephemeralPublicKeyInfo)))).toBe(hexText(sharedSecret))
    }
  })

  it('refuses another curve, a point off the curve, and a point of small order', async () => {
    const other = (await generateKey('ec-p384')).publicKeyInfo
    expect((await ec.agree(other)).ok).toBe(false)
    const off = Uint8Array.from(ec.publicKeyInfo)
    off[off.length - 1] = (off[off.length - 1] ?? 0) ^ 1
    expect((await ec.agree(off)).ok).toBe(false)
    const montgomery = pairOf('x25519')
    const zero = Uint8Array.from(montgomery.publicKeyInfo).fill(0, -32)
    expect((await montgomery.agree(zero)).ok).toBe(false)
    expect(keyAgreementWithEphemeral(zero).ok).toBe(false)
  })
})

describe('opening keys', () => {
  it('names the algorithm, and gives the public half', async () => {
    expect(rsa.algorithm).toEqual({ kind: 'rsa', bits: 2048 })
    expect(ec.algorithm).toEqual({ kind: 'ec', curve: 'P-256' })
    expect(hexText(expectSuccess(publicKeyInfoOf(rsaPkcs8)))).toBe(hexText(rsa.publicKeyInfo))
  })

  it('says why not', () => {
    const { privateKey } = generateKeyPairSync('ed448')
    const result = openPrivateKey(privateKey.export({ format: 'der', type: 'pkcs8' }))
    expect(!result.ok && result.error).toEqual({ code: 'unsupported-algorithm', algorithm: 'Ed448' })
    const junk = openPrivateKey(Buffer.from('junk'))
    expect(!junk.ok && junk.error.code).toBe('malformed-key')
  })

  it('gives the key up when closed', async () => {
    const key = expectSuccess(openPrivateKey(rsaPkcs8))
    key.close()
    await expect(key.sign(defaultScheme(key.algorithm), letter)).rejects.toThrow('closed')
  })
})
