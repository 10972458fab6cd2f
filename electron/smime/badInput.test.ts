/**
 * What arrives broken, odd or forged, each with the code that names it. Every mail is real down to its signatures but for the
 * one flaw in its name; the report must say that flaw and must have words for it.
 */

import { beforeAll, describe, expect, it } from 'vitest'
import { hasPhrase, languages } from '../../shared/words/words.ts'
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
  derUtcOrGeneralizedTime,
  sortedSetOf,
  universal,
} from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { concatBytes, latin1Text, utf8Bytes } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { wholeOf } from '../base/seekableBytes.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../certificates/testPki.ts'
import { digestOf } from '../crypto/digest.ts'
import { reportOf } from '../inspect/report.ts'
import { base64Lines } from '../mime/canonical.ts'
import { derAttribute } from './cms/attributes.ts'
import { encrypt } from './cms/encrypt.ts'
import { issuerAndSerial } from './cms/identifierWriter.ts'
import { readCms } from './cms/read.ts'
import type { OpenedMessage } from './openedMessage.ts'
import {
  anna,
  clearSigned,
  cmsPart,
  crlf,
  encrypted,
  head,
  joined,
  mallory,
  opaque,
  open,
  plainPart,
} from './testMail.ts'

const text = utf8Bytes(plainPart)
const sha256 = derSequence(derOid(oids.sha256))
const ecdsaWithSha256 = derSequence(derOid(oids.ecdsaWithSha256))
const contentType = derAttribute(oids.contentType, derOid(oids.data))
const messageDigest = derAttribute(oids.messageDigest, derOctetString(digestOf('sha256', text)))
const signingTime = derAttribute(oids.signingTime, derUtcOrGeneralizedTime(testNow))
const mandatory = [contentType, messageDigest]

interface Flaws {
  readonly attributes?: readonly Uint8Array[]
  /** As they are sent, if not in DER's order. */
  readonly sent?: Uint8Array
  readonly unsigned?: readonly Uint8Array[]
  readonly digestAlgorithm?: Uint8Array
  readonly signatureAlgorithm?: Uint8Array
  readonly by?: TestEntity
}

async function signerInfo(flaws: Flaws = {}): Promise<Uint8Array> {
  const by = flaws.by ?? anna
  const attributes = sortedSetOf(flaws.attributes ?? mandatory)
  const signature = await by.key.sign({ kind: 'ecdsa', digest: 'sha256' }, derElement(universal.set, ...attributes))
  return derSequence(
    derInteger(1),
    issuerAndSerial(by.certificate),
    flaws.digestAlgorithm ?? sha256,
    flaws.sent ?? derElement(context(0), ...attributes),
    flaws.signatureAlgorithm ?? ecdsaWithSha256,
    derOctetString(signature),
    ...(flaws.unsigned ? [derElement(context(1), ...flaws.unsigned)] : []),
  )
}

function signedData(
  signers: readonly Uint8Array[],
  certificates: readonly Certificate[] = [anna.certificate],
  content: Uint8Array | undefined = text,
): Uint8Array {
  const encapsulated = derSequence(derOid(oids.data), ...(content ? [derExplicit(0, derOctetString(content))] : []))
  const set = derElement(context(0), ...certificates.map(({ der }) => der))
  const fields = derSequence(derInteger(1), derSet(sha256), encapsulated, set, derElement(universal.set, ...signers))
  return derSequence(derOid(oids.signedData), derExplicit(0, fields))
}

async function flawed(flaws: Flaws): Promise<string> {
  return crlf(head, cmsPart(signedData([await signerInfo(flaws)])))
}

async function judged(mail: string) {
  const message = await open(mail)
  const report = reportOf({ message, anchors: [], intermediates: [], at: testNow, now: testNow })
  return { message, report }
}

/** Every code of the report that the window shows, with the place of its words. */
function toldBy({ signers, findings }: ReturnType<typeof reportOf>): string[] {
  return [
    ...signers.flatMap(({ reasons }) => reasons.map(({ code }) => `reasons.${code}`)),
    ...findings.map(({ code }) => `findings.${code}`),
  ]
}

async function expectTold(mail: string, signature: string, code: string): Promise<OpenedMessage> {
  const { message, report } = await judged(mail)
  expect(report.verdict.signature).toBe(signature)
  const told = toldBy(report)
  expect(told).toContain(code)
  const wordless = languages.flatMap((language) => told.filter((key) => !hasPhrase(language, key)))
  expect(wordless).toEqual([])
  return message
}

/** Attributes in DER's order turned round: a SET OF that only BER allows. */
function unsorted(attributes: readonly Uint8Array[]): Uint8Array {
  return derElement(context(0), ...sortedSetOf(attributes).reverse())
}

/** A length in more bytes than it needs. */
function longLength(attributes: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...sortedSetOf(attributes))
  return concatBytes(Uint8Array.of(context(0), 0x82, content.length >> 8, content.length & 0xff), content)
}

const twoDigests = derSequence(
  derOid(oids.messageDigest),
  derSet(derOctetString(digestOf('sha256', text)), derOctetString(new Uint8Array(32))),
)
const wrongDigest = derAttribute(oids.messageDigest, derOctetString(new Uint8Array(32)))
const protectedByRsa = derAttribute(
  oids.cmsAlgorithmProtection,
  derSequence(sha256, derElement(context(1), derOid(oids.sha256WithRsaEncryption), derNull())),
)

describe('a signer', () => {
  const refused: readonly (readonly [string, Flaws, string, string])[] = [
    ['lacks the content-type attribute', { attributes: [messageDigest] }, 'malformed', 'missing-attribute'],
    ['lacks the message-digest attribute', { attributes: [contentType] }, 'malformed', 'missing-attribute'],
    ['has no attributes in the set', { attributes: [] }, 'malformed', 'missing-attribute'],
    ['states two digests', { attributes: [...mandatory, wrongDigest] }, 'malformed', 'duplicate-attribute'],
    ['states the type twice', { attributes: [...mandatory, contentType] }, 'malformed', 'duplicate-attribute'],
    ['states two times', { attributes: [...mandatory, signingTime, signingTime] }, 'malformed', 'duplicate-attribute'],
    ['states a digest of two values', { attributes: [contentType, twoDigests] }, 'malformed', 'attribute-values'],
    [
      'states a digest that is none',
      { attributes: [contentType, derAttribute(oids.messageDigest, derNull())] },
      'malformed',
      'malformed-attribute',
    ],
    ['states the time where nothing covers it', { unsigned: [signingTime] }, 'malformed', 'unsigned-attribute'],
    ['signed something else', { attributes: [contentType, wrongDigest] }, 'broken', 'digest-mismatch'],
    [
      'signed another type of content',
      { attributes: [derAttribute(oids.contentType, derOid(oids.signedData)), messageDigest] },
      'broken',
      'content-type-mismatch',
    ],
    [
      'names another digest for the content than for the signature',
      { digestAlgorithm: derSequence(derOid(oids.sha512)) },
      'malformed',
      'inconsistent-algorithms',
    ],
    [
      'protected another signature algorithm',
      { attributes: [...mandatory, protectedByRsa] },
      'broken',
      'algorithm-protection-mismatch',
    ],
    [
      'names a signature algorithm that its key has not',
      { signatureAlgorithm: derSequence(derOid(oids.sha256WithRsaEncryption), derNull()) },
      'broken',
      'key-of-another-kind',
    ],
    [
      'names a signature algorithm that nobody can read',
      { signatureAlgorithm: derSequence(derOid(oids.rsassaPss), derSequence(derExplicit(0, derNull()))) },
      'malformed',
      'malformed-field',
    ],
  ]
  it.each(refused)('that %s is told', async (_what, flaws, signature, code) => {
    const message = await expectTold(await flawed(flaws), signature, `reasons.${code}`)
    expect(message.parts.map(({ covered }) => covered)).toEqual([false])
  })

  const notDer: readonly (readonly [string, (attributes: readonly Uint8Array[]) => Uint8Array])[] = [
    ['in another order', unsorted],
    ['with a long length', longLength],
  ]
  it.each(notDer)(
    'whose attributes stand in BER, %s, is told, and holds for the same attributes',
    async (_what, sent) => {
      const attributes = [...mandatory, signingTime]
      const mail = await flawed({ attributes, sent: sent(attributes) })
      await expectTold(mail, 'unknown-issuer', 'reasons.attributes-not-der')
      const { report } = await judged(await flawed({ attributes }))
      expect(toldBy(report)).not.toContain('reasons.attributes-not-der')
    },
  )

  it('without a certificate is nobody', async () => {
    const mail = crlf(head, cmsPart(signedData([await signerInfo()], [])))
    await expectTold(mail, 'malformed', 'reasons.signer-certificate-missing')
    const other = crlf(head, cmsPart(signedData([await signerInfo()], [mallory.certificate])))
    await expectTold(other, 'malformed', 'reasons.signer-certificate-missing')
  })
})

describe('a certificate of the same name and number', () => {
  let authority: TestEntity
  let real: TestEntity
  let double: TestEntity

  beforeAll(async () => {
    authority = await testAuthority('Two faces')
    const serial = Uint8Array.of(0x41, 1, 2, 3, 4, 5, 6, 7)
    real = await testPerson('anna@sandbox.example', { issuer: authority }, { serial })
    double = await testPerson('anna@sandbox.example', { issuer: authority }, { serial })
  })

  it('and another key did not make the signature', async () => {
    const mail = crlf(head, cmsPart(signedData([await signerInfo({ by: real })], [double.certificate])))
    await expectTold(mail, 'broken', 'reasons.signature-mismatch')
  })

  it('is not the one that the signer names by its hash', async () => {
    const hash = derOctetString(digestOf('sha256', real.certificate.der))
    const named = derAttribute(oids.signingCertificateV2, derSequence(derSequence(derSequence(hash))))
    const signer = await signerInfo({ by: real, attributes: [...mandatory, named] })
    const mail = crlf(head, cmsPart(signedData([signer], [double.certificate])))
    const message = await expectTold(mail, 'malformed', 'reasons.certificate-hash-mismatch')
    expect(message.signers[0]?.outcome.certificate).toBeUndefined()
    const both = crlf(head, cmsPart(signedData([signer], [double.certificate, real.certificate])))
    expect((await judged(both)).report.verdict.signature).toBe('unknown-issuer')
  })
})

describe('of several signers', () => {
  const certificates = [anna.certificate, mallory.certificate]

  it.each([
    [1, 'first'],
    [2, 'second'],
  ])('the broken one is named where it is number %i', async (number, _what) => {
    const good = await signerInfo()
    const broken = await signerInfo({ by: mallory, attributes: [contentType, wrongDigest] })
    const signers = number === 1 ? [broken, good] : [good, broken]
    const mail = crlf(head, cmsPart(signedData(signers, certificates)))
    await expectTold(mail, 'unknown-issuer', 'findings.other-signature-broken')
    const { report } = await judged(mail)
    expect(report.findings.find(({ code }) => code === 'other-signature-broken')?.data).toEqual({
      subject: 'CN=mallory@evil.example',
      number,
      count: 2,
      state: 'broken',
    })
    expect(report.signers.map(({ state }) => state)[number - 1]).toBe('broken')
  })

  it('one that cannot be read is named by its place', async () => {
    const unreadable = derSequence(derInteger(1), derNull())
    const mail = crlf(head, cmsPart(signedData([await signerInfo(), unreadable])))
    const { report } = await judged(mail)
    expect(report.findings.find(({ code }) => code === 'other-signature-broken')?.data).toMatchObject({
      subject: '?',
      number: 2,
      state: 'malformed',
    })
    expect(toldBy(report)).toContain('reasons.malformed-field')
  })

  it('none is singled out where all are in order, or all are broken', async () => {
    const broken = [contentType, wrongDigest]
    const inOrder = [await signerInfo(), await signerInfo({ by: mallory })]
    const outOfOrder = [await signerInfo({ attributes: broken }), await signerInfo({ by: mallory, attributes: broken })]
    for (const signers of [inOrder, outOfOrder]) {
      const { report } = await judged(crlf(head, cmsPart(signedData(signers, certificates))))
      expect(toldBy(report)).not.toContain('findings.other-signature-broken')
    }
  })
})

describe('a signature', () => {
  it('that brings content beside the letter is checked against the letter', async () => {
    const own = base64Lines(await opaque(plainPart))
    await expectTold(
      crlf(head, await clearSigned(plainPart, anna, own)),
      'unknown-issuer',
      'findings.signature-with-own-content',
    )
    const other = crlf('Content-Type: text/plain', '', 'another text')
    await expectTold(crlf(head, await clearSigned(other, anna, own)), 'broken', 'findings.signature-with-own-content')
  })

  it('without its content has none', async () => {
    const mail = crlf(head, cmsPart(signedData([await signerInfo()], undefined, new Uint8Array())))
    await expectTold(mail, 'broken', 'findings.empty-content')
    const detached = derSequence(
      derOid(oids.signedData),
      derExplicit(
        0,
        derSequence(
          derInteger(1),
          derSet(sha256),
          derSequence(derOid(oids.data)),
          derElement(universal.set, await signerInfo()),
        ),
      ),
    )
    await expectTold(crlf(head, cmsPart(detached)), 'malformed', 'findings.signature-without-content')
  })

  it('over nothing is told', async () => {
    await expectTold(crlf(head, cmsPart(await opaque(''))), 'unknown-issuer', 'findings.empty-content')
    const bare = crlf('Content-Type: text/plain', '', '')
    await expectTold(crlf(head, await clearSigned(bare)), 'unknown-issuer', 'findings.empty-content')
  })

  it('of nobody is told', async () => {
    await expectTold(crlf(head, cmsPart(signedData([]))), 'malformed', 'findings.signature-without-signers')
  })

  it('with something behind it is told, and holds', async () => {
    for (const tail of [Uint8Array.of(0), Uint8Array.of(0, 0), utf8Bytes('more'), signedData([])]) {
      const mail = crlf(head, cmsPart(concatBytes(await opaque(plainPart), tail)))
      await expectTold(mail, 'unknown-issuer', 'findings.trailing-bytes')
    }
    const detached = base64Lines(concatBytes(signedData([await signerInfo()]), Uint8Array.of(1)))
    await expectTold(
      crlf(head, await clearSigned(plainPart, anna, detached)),
      'unknown-issuer',
      'findings.trailing-bytes',
    )
    const { message } = await judged(crlf(head, cmsPart(await opaque(plainPart))))
    expect(message.notes).toEqual([])
  })
})

describe('an envelope', () => {
  const reader = [{ certificate: anna.certificate, key: anna.key }]

  it('for others says whom it is for', async () => {
    const { encryption, layers } = await open(crlf(head, cmsPart(await encrypted(plainPart))), {
      keys: [{ certificate: mallory.certificate, key: mallory.key }],
    })
    expect(encryption).toBe('no-key')
    expect(layers[0]?.recipients).toMatchObject([{ mine: false, serial: anna.certificate.serialNumber }])
    for (const language of languages) expect(hasPhrase(language, 'report.layerState.no-key')).toBe(true)
  })

  it('around nothing is told', async () => {
    const message = await open(crlf(head, cmsPart(await encrypted(''))))
    expect(message.notes.map(({ code }) => code)).toContain('empty-content')
  })

  it('with something behind it is told, and opens', async () => {
    const message = await open(crlf(head, cmsPart(concatBytes(await encrypted(plainPart), utf8Bytes('more')))))
    expect([message.encryption, message.notes.map(({ code }) => code)]).toEqual(['decrypted', ['trailing-bytes']])
  })

  it('gives one answer to a wrong tag, a wrong content and a wrongly wrapped key', async () => {
    const der = await encrypted(plainPart)
    const wrapped = latin1Text(der).lastIndexOf('\x04\x28') + 2
    const tag = latin1Text(der).lastIndexOf('\x04\x10') + 2
    const answers = new Set<string>()
    for (const offset of [tag, tag + 15, tag - 10, wrapped, wrapped + 30]) {
      const changed = Uint8Array.from(der)
      changed[offset] = (changed[offset] ?? 0) ^ 1
      const { encryption, layers, notes } = await open(crlf(head, cmsPart(changed)), { keys: reader })
      answers.add(JSON.stringify([encryption, layers.map(({ state }) => state), notes]))
    }
    expect([...answers]).toEqual([
      JSON.stringify([
        'damaged',
        ['damaged'],
        [{ code: 'unreadable-layer', severity: 'error', data: { reason: 'damaged' } }],
      ]),
    ])
  })

  /** How the read ended, and how much of the message it took. */
  async function readInPieces(bytes: Uint8Array, key: TestEntity): Promise<[string, number]> {
    let taken = 0
    function* source(): Generator<Uint8Array> {
      for (let start = 0; start < bytes.length; start += 512) {
        taken++
        yield bytes.subarray(start, start + 512)
      }
    }
    const read = await readCms(source(), { keys: [key] })
    const content = read.ok && read.value.content ? latin1Text(await wholeOf(read.value.content)) : ''
    return [read.ok ? content : read.error.code, taken]
  }

  const ways = [
    ['rsa-2048', 'rsa-pkcs1', 256],
    ['rsa-2048', 'rsa-oaep', 256],
    ['ec-p256', 'agreement', 40],
  ] as const
  it.each(ways)(
    'to %s by %s decrypts to the end with a wrong key too (RFC 3218 §2.3.2)',
    async (keyType, transport, size) => {
      const person = await testPerson('rosa@sandbox.example', { keyType })
      const letter = utf8Bytes(`${plainPart}${' and more'.repeat(2_000)}`)
      for (const cipher of ['aes-256-cbc', 'aes-256-gcm'] as const) {
        const recipients = [{ certificate: person.certificate, ...(transport === 'agreement' ? {} : { transport }) }]
        const der = await joined(expectSuccess(encrypt([letter], { recipients, cipher, random: systemRandom })))
        const [right, whole] = await readInPieces(der, person)
        expect(right).toBe(latin1Text(letter))
        const header = size < 128 ? [0x04, size] : [0x04, 0x82, size >> 8, size & 0xff]
        const wrapped = Buffer.from(der).indexOf(Buffer.from(header)) + header.length
        const changed = Uint8Array.from(der)
        changed[wrapped + 20] = (changed[wrapped + 20] ?? 0) ^ 1
        const answer = await readInPieces(changed, person)
        // CBC's padding is right by chance once in 256 times; then it is content that nobody wrote.
        expect(answer[0]).not.toBe(right)
        if (cipher === 'aes-256-gcm') expect(answer[0]).toBe('damaged')
        expect(answer[1]).toBeGreaterThanOrEqual(whole - 1)
        expect(await readInPieces(changed, person)).toEqual(answer)
      }
    },
  )
})
