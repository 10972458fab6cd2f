import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedDer } from '../../asn1/derReader.ts'
import { hexText } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { CmsFailure } from './failure.ts'
import { type RecipientInfo, readRecipientInfo } from './recipientInfo.ts'
import { contentKeyOf, matchRecipients } from './recipientKey.ts'
import { type CmsRecipient, recipientInfoFor } from './recipientWriter.ts'
import { type TestPerson, testPerson } from './testPerson.ts'

const rosa = await testPerson('rosa', 'rsa-2048')
const emil = await testPerson('emil', 'ec-p256')
const pia = await testPerson('pia', 'ec-p384')
const everybody = [rosa, emil, pia]

const ways: readonly [TestPerson, CmsRecipient, string][] = [
  [rosa, rosa, 'RSA PKCS#1 v1.5'],
  [rosa, { ...rosa, transport: 'rsa-oaep' }, 'RSA-OAEP (SHA-256)'],
  [rosa, { ...rosa, transport: 'rsa-oaep', oaepDigest: 'sha1' }, 'RSA-OAEP (SHA-1)'],
  [rosa, { ...rosa, transport: 'rsa-oaep', oaepDigest: 'sha512', byKeyIdentifier: true }, 'RSA-OAEP (SHA-512)'],
  [emil, emil, 'ECDH P-256 (SHA-256, AES-'],
  [emil, { ...emil, byKeyIdentifier: true }, 'ECDH P-256 (SHA-256, AES-'],
  [pia, pia, 'ECDH P-384 (SHA-384, AES-'],
]

function written(recipient: CmsRecipient, contentKey: Uint8Array): Uint8Array {
  return expectSuccess(recipientInfoFor(recipient, contentKey))
}

async function keyFrom(recipients: readonly RecipientInfo[], person: TestPerson, length: number): Promise<string> {
  const [own] = matchRecipients(recipients, [person]).own
  return own ? hexText(await contentKeyOf(own, length)) : 'not for them'
}

describe.each(ways)('a recipient', (person, recipient, text) => {
  it(`is read as it was written, and gives the key to no one else: ${text}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(16, 24, 32), async (length) => {
        const contentKey = systemRandom(length)
        const read = readRecipientInfo(written(recipient, contentKey))
        expect(read.map((each) => each.text)).toEqual([expect.stringContaining(text)])
        if (text.endsWith('AES-')) expect(read[0]?.text).toContain(`AES-${length * 8} key wrap`)
        expect(read[0]?.identifier?.kind).toBe(recipient.byKeyIdentifier ? 'key-identifier' : 'issuer-and-serial')
        const keys = await Promise.all(everybody.map((each) => keyFrom(read, each, length)))
        expect(keys).toEqual(everybody.map((each) => (each === person ? hexText(contentKey) : 'not for them')))
      }),
      { numRuns: 12 },
    )
  })

  it(`that was changed gives another key or an error with a code: ${text}`, async () => {
    const contentKey = systemRandom(32)
    const original = written(recipient, contentKey)
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(255), fc.integer({ min: 0, max: 3 }), async (offset, byte, cut) => {
        const changed = Uint8Array.from(cut === 0 ? original.subarray(0, offset % original.length) : original)
        if (changed.length > 0) changed[offset % changed.length] = byte
        try {
          const key = await keyFrom(readRecipientInfo(changed), person, 32)
          // Fields that name no key may have changed: the version, a NULL.
          expect(key).toBeTypeOf('string')
        } catch (error) {
          if (error instanceof MalformedDer) expect(error.what).not.toBe('')
          else if (error instanceof CmsFailure) expect(error.error.code).toMatch(/^(damaged|unsupported-algorithm)$/)
          else throw error
        }
      }),
      { numRuns: 400 },
    )
  })
})

describe('a key that is wrapped wrongly', () => {
  it.each(ways)('is another key, always the same, and no error (RFC 3218): %#', async (person, recipient) => {
    const contentKey = systemRandom(32)
    const read = readRecipientInfo(written(recipient, contentKey))
    const changed = read.map((each) => {
      const encryptedKey = Uint8Array.from(each.encryptedKey)
      // The last byte: what an RSA modulus bounds is the first.
      encryptedKey.set([(encryptedKey.at(-1) ?? 0) ^ 1], encryptedKey.length - 1)
      return { ...each, encryptedKey }
    })
    const key = await keyFrom(changed, person, 32)
    expect(key).toHaveLength(64)
    expect(key).not.toBe(hexText(contentKey))
    expect(await keyFrom(changed, person, 32)).toBe(key)
    // Nor does a key of another length than the content's cipher needs tell anything.
    expect(await keyFrom(read, person, 16)).toHaveLength(32)
  })
})

describe('a list of thousands of recipients', () => {
  it('holds ours, wherever it stands, and is read at once', async () => {
    const contentKey = systemRandom(32)
    const others = Array.from({ length: 5_000 }, () => readRecipientInfo(written(emil, contentKey))[0] as RecipientInfo)
    const own = readRecipientInfo(written(pia, contentKey))[0] as RecipientInfo
    for (const place of [0, 2_500, 5_000]) {
      const { facts, own: found } = matchRecipients(
        [...others.slice(0, place), own, ...others.slice(place)],
        [rosa, pia],
      )
      expect([facts.length, facts.findIndex(({ mine }) => mine), found.length]).toEqual([5_001, place, 1])
    }
  })
})
