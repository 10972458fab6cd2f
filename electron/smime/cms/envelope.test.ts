import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  context,
  derElement,
  derExplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  universal,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { concatBytes, hexText } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess, type Result } from '../../base/result.ts'
import { startEncryption } from '../../crypto/contentCipher.ts'
import { encryptKey } from '../../crypto/publicKey.ts'
import { derAttribute } from './attributes.ts'
import { type ContentCipher, encrypt } from './encrypt.ts'
import { issuerAndSerial } from './identifierWriter.ts'
import { type CmsContent, type CmsError, readCms } from './read.ts'
import { pieces, type TestPerson, testPerson, whole } from './testPerson.ts'

const ciphers: ContentCipher[] = ['aes-128-cbc', 'aes-256-cbc', 'aes-128-gcm', 'aes-256-gcm']
const letter = Buffer.from('Content-Type: text/plain\r\n\r\nA letter.\r\n')

let rsa: TestPerson
let ec: TestPerson
let stranger: TestPerson

beforeAll(async () => {
  rsa = await testPerson('rosa', 'rsa-2048')
  ec = await testPerson('emil', 'ec-p256')
  stranger = await testPerson('sven', 'ec-p384')
})

function sealed(cipher: ContentCipher, ...recipients: TestPerson[]): Promise<Uint8Array> {
  const input = { recipients: recipients.map(({ certificate }) => ({ certificate })), cipher, random: systemRandom }
  return whole(expectSuccess(encrypt([letter], input)))
}

/** The code of the failure, or the content. */
function outcomeOf(result: Result<CmsContent, CmsError>): string {
  return result.ok ? Buffer.from(result.value.content?.held ?? []).toString('latin1') : result.error.code
}

describe('encrypting', () => {
  it('is undone by every recipient, whatever the pieces', async () => {
    const content = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 6 })
    const property = fc.asyncProperty(
      fc.constantFrom(...ciphers),
      content,
      fc.integer({ min: 1, max: 300 }),
      async (cipher, parts, size) => {
        const recipients = [{ certificate: rsa.certificate, transport: 'rsa-oaep' as const }, ec]
        const bytes = await whole(expectSuccess(encrypt(parts, { recipients, cipher, random: systemRandom })))
        for (const person of [rsa, ec]) {
          const read = expectSuccess(await readCms(pieces(bytes, size), { keys: [stranger, person] }))
          if (read.kind !== 'enveloped' && read.kind !== 'auth-enveloped') throw new Error(read.kind)
          expect(hexText(read.content.held as Uint8Array)).toBe(hexText(concatBytes(...parts)))
          expect(read.authenticated).toBe(cipher.endsWith('gcm'))
          expect(read.cipher).toBe(cipher.toUpperCase())
          expect(read.recipients.filter(({ mine }) => mine)).toHaveLength(1)
        }
      },
    )
    await fc.assert(property, { numRuns: 25 })
  })

  it('names the recipients to whoever is none of them', async () => {
    const read = await readCms(await sealed('aes-256-cbc', rsa, ec), { keys: [stranger] })
    if (read.ok || read.error.code !== 'no-key') throw new Error('not no-key')
    expect(read.error.recipients.map(({ issuer }) => issuer).sort()).toEqual(['CN=emil', 'CN=rosa'])
    expect(read.error.recipients.map(({ keyManagement }) => keyManagement).sort()).toEqual([
      'ECDH P-256 (SHA-256, AES-256 key wrap)',
      'RSA PKCS#1 v1.5',
    ])
  })

  it('keeps to the bound on decrypted content', async () => {
    for (const cipher of ciphers) {
      const read = await readCms(await sealed(cipher, rsa), { keys: [rsa], maxBytes: letter.length - 1 })
      expect(!read.ok && read.error).toEqual({ code: 'over-budget', limit: 'content' })
    }
  })

  it('lets go of the source, whether the content could be read or not', async () => {
    const bytes = await sealed('aes-256-cbc', rsa)
    let open = 0
    async function* file(): AsyncGenerator<Uint8Array> {
      open++
      try {
        yield* pieces(concatBytes(bytes, new Uint8Array(1000)), 100)
      } finally {
        open--
      }
    }
    expect((await readCms(file(), { keys: [rsa] })).ok).toBe(true)
    expect((await readCms(file(), { keys: [stranger] })).ok).toBe(false)
    expect(open).toBe(0)
  })

  it('refuses a certificate that cannot be encrypted to, before the first byte', () => {
    const certificate = { ...rsa.certificate, keyAlgorithm: { kind: 'ed25519' as const } }
    const result = encrypt([letter], { recipients: [{ certificate }], cipher: 'aes-128-cbc', random: systemRandom })
    expect(!result.ok && result.error).toEqual({ code: 'unsupported-algorithm', algorithm: 'Ed25519' })
  })
})

/** A structure written by hand, so that it can break the rules. */
function envelope(parts: {
  readonly type: string
  readonly encryptedKey: Uint8Array
  readonly algorithm: Uint8Array
  readonly encrypted: Uint8Array
  readonly contentType?: string
  readonly after?: readonly Uint8Array[]
}): Uint8Array {
  const recipient = derSequence(
    derInteger(0),
    issuerAndSerial(rsa.certificate),
    derSequence(derOid(oids.rsaEncryption), derNull()),
    derOctetString(parts.encryptedKey),
  )
  const encryptedContent = derElement(context(0, false), parts.encrypted)
  const contentInfo = derSequence(derOid(parts.contentType ?? oids.data), parts.algorithm, encryptedContent)
  const structure = derSequence(derInteger(0), derSet(recipient), contentInfo, ...(parts.after ?? []))
  return derSequence(derOid(parts.type), derExplicit(0, structure))
}

const contentKey = Buffer.alloc(16, 3)

function transported(): Uint8Array {
  return expectSuccess(encryptKey(rsa.certificate.publicKeyInfo, { kind: 'rsa-pkcs1' }, contentKey))
}

const cbc = derSequence(derOid(oids.aes128Cbc), derOctetString(new Uint8Array(16)))
const gcm = derSequence(derOid(oids.aes128Gcm), derSequence(derOctetString(new Uint8Array(12)), derInteger(16)))

describe('the unauthenticated cipher is no oracle', () => {
  const ciphertext = (): Uint8Array => {
    const encryption = startEncryption('aes-128-cbc', contentKey, new Uint8Array(16))
    return concatBytes(encryption.update(letter), encryption.end().last)
  }
  const outcome = async (encryptedKey: Uint8Array, encrypted: Uint8Array): Promise<string> =>
    outcomeOf(
      await readCms(envelope({ type: oids.envelopedData, encryptedKey, algorithm: cbc, encrypted }), { keys: [rsa] }),
    )

  it('gives one answer to a wrong key padding, a wrong key and a wrong content padding', async () => {
    const key = createPublicKey({ key: Buffer.from(rsa.certificate.publicKeyInfo), format: 'der', type: 'spki' })
    const encrypted = ciphertext()
    expect(await outcome(transported(), encrypted)).toBe(letter.toString('latin1'))
    const wrongPadding = publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.alloc(256, 1))
    const wrongLength = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.alloc(24))
    const wrongKey = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.alloc(16))
    const changed = Uint8Array.from(encrypted)
    changed[changed.length - 17] = (changed[changed.length - 17] ?? 0) ^ 0x40
    expect(await outcome(transported(), changed)).toBe('damaged')
    expect(await outcome(transported(), encrypted.subarray(0, -3))).toBe('damaged')
    expect(await outcome(Buffer.alloc(256, 0xff), encrypted)).toBe('damaged')
    // A wrong key gives a right padding by chance once in 256 times: then it is content, as with any other wrong key.
    for (const encryptedKey of [wrongPadding, wrongLength, wrongKey]) {
      const answer = await outcome(encryptedKey, encrypted)
      expect(answer).not.toBe(letter.toString('latin1'))
      expect(await outcome(encryptedKey, encrypted)).toBe(answer)
    }
  })

  it('refuses CBC inside AuthEnvelopedData and GCM inside EnvelopedData', async () => {
    const mac = derOctetString(new Uint8Array(16))
    const start = { encryptedKey: transported(), encrypted: ciphertext() }
    const asAuthenticated = envelope({ ...start, type: oids.authEnvelopedData, algorithm: cbc, after: [mac] })
    const asPlain = envelope({ ...start, type: oids.envelopedData, algorithm: gcm })
    for (const bytes of [asAuthenticated, asPlain]) {
      const read = await readCms(bytes, { keys: [rsa] })
      expect(!read.ok && read.error).toEqual({ code: 'malformed', reason: 'contentEncryptionAlgorithm' })
    }
  })
})

describe('authenticated content', () => {
  const attribute = derAttribute(oids.contentType, derOid(oids.data))

  function authenticated(
    attributes: readonly Uint8Array[],
    options: { covered?: readonly Uint8Array[]; contentType?: string; tagBytes?: number } = {},
  ): Uint8Array {
    const covered = options.covered ?? attributes
    const associated = covered.length > 0 ? derElement(universal.set, ...covered) : new Uint8Array()
    const encryption = startEncryption('aes-128-gcm', contentKey, new Uint8Array(12), associated)
    const encrypted = concatBytes(encryption.update(letter))
    const { tag } = encryption.end()
    return envelope({
      type: oids.authEnvelopedData,
      encryptedKey: transported(),
      algorithm: gcm,
      encrypted,
      ...(options.contentType ? { contentType: options.contentType } : {}),
      after: [
        ...(attributes.length > 0 ? [derElement(context(1), ...attributes)] : []),
        derOctetString(tag.subarray(0, options.tagBytes ?? 16)),
        derElement(context(2), derAttribute(oids.signingTime, derNull())),
      ],
    })
  }

  it('is released when its attributes are covered by the tag', async () => {
    expect(outcomeOf(await readCms(authenticated([]), { keys: [rsa] }))).toContain('A letter.')
    expect(outcomeOf(await readCms(authenticated([attribute]), { keys: [rsa] }))).toContain('A letter.')
  })

  it('is damaged when attributes were added, removed or changed', async () => {
    expect(outcomeOf(await readCms(authenticated([attribute], { covered: [] }), { keys: [rsa] }))).toBe('damaged')
    expect(outcomeOf(await readCms(authenticated([], { covered: [attribute] }), { keys: [rsa] }))).toBe('damaged')
  })

  it('must name its content type when it has attributes, or is no id-data (RFC 5083 §2.1)', async () => {
    const other = derAttribute(oids.contentType, derOid(oids.signedData))
    for (const bytes of [authenticated([other]), authenticated([], { contentType: oids.signedData })]) {
      const read = await readCms(bytes, { keys: [rsa] })
      expect(!read.ok && read.error).toEqual({ code: 'malformed', reason: 'authAttrs' })
    }
  })

  it('needs a tag of the length that was announced', async () => {
    const read = await readCms(authenticated([], { tagBytes: 12 }), { keys: [rsa] })
    expect(!read.ok && read.error).toEqual({ code: 'malformed', reason: 'mac' })
  })
})

describe('compressed content', () => {
  const compressed = (packed: Uint8Array, algorithm: string = oids.zlibCompress): Uint8Array => {
    const encapsulated = derSequence(derOid(oids.data), derExplicit(0, derOctetString(packed)))
    const structure = derSequence(derInteger(0), derSequence(derOid(algorithm)), encapsulated)
    return derSequence(derOid(oids.compressedData), derExplicit(0, structure))
  }

  it('is unpacked', async () => {
    const read = expectSuccess(await readCms(pieces(compressed(deflateSync(letter)), 10), { keys: [] }))
    expect(read).toMatchObject({ kind: 'compressed', contentType: oids.data })
    expect(Buffer.from(read.content?.held ?? []).equals(letter)).toBe(true)
  })

  it('stops at the bound, long before a bomb has unpacked', async () => {
    const bomb = compressed(deflateSync(Buffer.alloc(64 * 1_048_576)))
    const read = await readCms(bomb, { keys: [], maxBytes: 100_000 })
    expect(!read.ok && read.error).toEqual({ code: 'over-budget', limit: 'content' })
  })

  it('is damaged when it is cut or changed, and named when it is packed otherwise', async () => {
    const packed = deflateSync(letter)
    expect(outcomeOf(await readCms(compressed(packed.subarray(0, -5)), { keys: [] }))).toBe('damaged')
    expect(outcomeOf(await readCms(compressed(Buffer.alloc(30, 7)), { keys: [] }))).toBe('damaged')
    expect(outcomeOf(await readCms(compressed(packed, oids.rc4), { keys: [] }))).toBe('unsupported-algorithm')
  })

  it('is malformed when the structure ends inside', async () => {
    const whole = compressed(deflateSync(letter))
    expect(outcomeOf(await readCms(whole.subarray(0, -9), { keys: [] }))).toBe('malformed')
  })
})

describe('mutated envelopes', () => {
  it('never throw, and authenticated content is either right or not there', async () => {
    const originals = new Map<ContentCipher, Uint8Array>()
    for (const cipher of ciphers) originals.set(cipher, await sealed(cipher, rsa, ec))
    const property = fc.asyncProperty(
      fc.constantFrom(...ciphers),
      fc.constantFrom('flip', 'cut', 'insert'),
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      async (cipher, kind, position, change) => {
        const original = originals.get(cipher) ?? new Uint8Array()
        const at = position % original.length
        const [first = 1] = change
        const bytes =
          kind === 'cut'
            ? original.subarray(0, at)
            : kind === 'insert'
              ? concatBytes(original.subarray(0, at), change, original.subarray(at))
              : Uint8Array.from(original, (byte, index) => (index === at ? byte ^ (first || 1) : byte))
        const read = await readCms(bytes, { keys: [position % 2 === 0 ? rsa : ec] })
        if (read.ok && read.value.kind === 'auth-enveloped') expect(outcomeOf(read)).toBe(letter.toString('latin1'))
        else if (!read.ok)
          expect(read.error.code).toMatch(/^(malformed|unsupported-algorithm|over-budget|no-key|damaged)$/)
      },
    )
    await fc.assert(property, { numRuns: 800 })
  })
})
