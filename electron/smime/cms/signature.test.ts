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
  derUtcOrGeneralizedTime,
  sortedSetOf,
  universal,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { concatBytes, hexText } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import { derAttribute } from './attributes.ts'
import { issuerAndSerial } from './identifierWriter.ts'
import { readCms } from './read.ts'
import { certsOnly, signDetached, signOpaque } from './sign.ts'
import { pieces, signerOf, type TestPerson, testPerson, whole } from './testPerson.ts'
import { type SignerOutcome, verifySigners } from './verify.ts'

const letter = Buffer.from('Content-Type: text/plain\r\n\r\nA letter.\r\n')

let rsa: TestPerson
let ec: TestPerson

beforeAll(async () => {
  rsa = await testPerson('rosa', 'rsa-2048')
  ec = await testPerson('emil', 'ec-p384')
})

async function outcomesOf(bytes: Uint8Array, detached?: Uint8Array): Promise<SignerOutcome[]> {
  const read = expectSuccess(await readCms(bytes, { keys: [] }))
  if (read.kind !== 'signed') throw new Error(read.kind)
  return verifySigners(read.signedData, detached ?? read.content ?? new Uint8Array())
}

describe('signing', () => {
  it('is verified again, in whatever pieces the content comes and goes', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 500 }),
      fc.boolean(),
      async (parts, size, elliptic) => {
        const person = elliptic ? ec : rsa
        const opaque = await whole(signOpaque(parts, signerOf(person, 'sha384')))
        const read = expectSuccess(await readCms(pieces(opaque, size), { keys: [] }))
        if (read.kind !== 'signed' || !read.content) throw new Error(read.kind)
        expect(hexText(read.content.held as Uint8Array)).toBe(hexText(concatBytes(...parts)))
        const [inside] = await verifySigners(read.signedData, pieces(read.content.held as Uint8Array, size))
        expect(inside).toMatchObject({ state: 'verified', digest: 'SHA-384', reasons: [] })
        const [detached] = await outcomesOf(await signDetached(parts, signerOf(person)), concatBytes(...parts))
        expect(detached).toMatchObject({ state: 'verified', signature: elliptic ? 'ECDSA P-384' : 'RSA PKCS#1 v1.5' })
        expect(detached?.certificate).toEqual(person.certificate)
        expect(detached?.signingTime?.toISOString()).toBe('2026-03-03T10:00:00.000Z')
      },
    )
    await fc.assert(property, { numRuns: 20 })
  })

  it('carries capabilities and the chain', async () => {
    const capabilities = derSequence(derSequence(derOid(oids.aes256Gcm)))
    const signer = { ...signerOf(rsa), chain: [ec.certificate, rsa.certificate], capabilities }
    const signed = await signDetached([letter], signer)
    const [outcome] = await outcomesOf(signed, letter)
    expect(hexText(outcome?.attributes.capabilities ?? new Uint8Array())).toBe(hexText(capabilities))
    const read = expectSuccess(await readCms(signed, { keys: [] }))
    if (read.kind !== 'signed') throw new Error(read.kind)
    expect(read.content).toBeUndefined()
    expect(read.signedData.digestAlgorithms).toEqual(['SHA-256'])
    expect(read.signedData.certificates).toHaveLength(2)
  })

  it('gives certificates alone', async () => {
    const read = expectSuccess(await readCms(certsOnly([rsa.certificate, ec.certificate]), { keys: [] }))
    if (read.kind !== 'signed') throw new Error(read.kind)
    expect(read.signedData.certificates.map(({ sha256 }) => sha256).sort()).toEqual(
      [rsa.certificate.sha256, ec.certificate.sha256].sort(),
    )
    expect(await verifySigners(read.signedData, [])).toEqual([])
  })
})

interface Flaws {
  readonly attributes?: readonly Uint8Array[] | undefined
  readonly unsigned?: readonly Uint8Array[]
  readonly contentType?: string
  readonly content?: Uint8Array
  readonly digestAlgorithm?: Uint8Array
  readonly signatureAlgorithm?: Uint8Array
  /** The attributes' encoding that is signed, if not their DER. */
  readonly signed?: Uint8Array
}

const sha256 = derSequence(derOid(oids.sha256))
const rsaWithSha256 = derSequence(derOid(oids.sha256WithRsaEncryption), derNull())
const contentTypeAttribute = derAttribute(oids.contentType, derOid(oids.data))
const digestAttribute = derAttribute(oids.messageDigest, derOctetString(digestOf('sha256', letter)))
const timeAttribute = derAttribute(oids.signingTime, derUtcOrGeneralizedTime(new Date('2026-03-03T10:00:00Z')))
const mandatory = [contentTypeAttribute, digestAttribute]

function protection(digest: Uint8Array, signature: Uint8Array): Uint8Array {
  const implicit = Uint8Array.from(signature)
  implicit[0] = context(1)
  return derAttribute(oids.cmsAlgorithmProtection, derSequence(digest, implicit))
}

/** SignedData whose signature is right over what `flaws` make of it. */
async function flawed(flaws: Flaws): Promise<SignerOutcome> {
  const attributes = 'attributes' in flaws ? flaws.attributes : mandatory
  const content = flaws.content ?? letter
  const signed = flaws.signed ?? (attributes ? derElement(universal.set, ...sortedSetOf(attributes)) : content)
  const signature = await rsa.key.sign({ kind: 'rsa-pkcs1', digest: 'sha256' }, signed)
  const signerInfo = derSequence(
    derInteger(1),
    issuerAndSerial(rsa.certificate),
    flaws.digestAlgorithm ?? sha256,
    ...(attributes ? [derElement(context(0), ...(flaws.signed ? attributes : sortedSetOf(attributes)))] : []),
    flaws.signatureAlgorithm ?? rsaWithSha256,
    derOctetString(signature),
    ...(flaws.unsigned ? [derElement(context(1), ...flaws.unsigned)] : []),
  )
  const encapsulated = derSequence(derOid(flaws.contentType ?? oids.data), derExplicit(0, derOctetString(content)))
  const certificates = derElement(context(0), rsa.certificate.der)
  const structure = derSequence(derInteger(1), derSet(sha256), encapsulated, certificates, derSet(signerInfo))
  const [outcome] = await outcomesOf(derSequence(derOid(oids.signedData), derExplicit(0, structure)))
  if (!outcome) throw new Error('no signer')
  return outcome
}

describe('the rules of RFC 5652', () => {
  it('let a right signature through, with and without attributes', async () => {
    expect(await flawed({})).toMatchObject({ state: 'verified', reasons: [] })
    expect(await flawed({ attributes: undefined })).toMatchObject({ state: 'verified', reasons: [] })
    const signatureAlgorithm = derSequence(derOid(oids.rsaEncryption), derNull())
    expect(await flawed({ signatureAlgorithm })).toMatchObject({ state: 'verified', digest: 'SHA-256' })
  })

  const other = derAttribute(oids.contentType, derOid(oids.signedData))
  const twoValues = derSequence(
    derOid(oids.messageDigest),
    derSet(derOctetString(digestOf('sha256', letter)), derOctetString(new Uint8Array(32))),
  )
  const cases: [string, Flaws, SignerOutcome['state'], string][] = [
    ['no content-type (§11.1)', { attributes: [digestAttribute] }, 'malformed', 'missing-attribute'],
    ['no message-digest (§11.2)', { attributes: [contentTypeAttribute] }, 'malformed', 'missing-attribute'],
    ['an empty set', { attributes: [] }, 'malformed', 'missing-attribute'],
    ['content-type twice', { attributes: [...mandatory, other] }, 'malformed', 'duplicate-attribute'],
    [
      'two message-digests, one of them right',
      { attributes: [...mandatory, derAttribute(oids.messageDigest, derOctetString(new Uint8Array(32)))] },
      'malformed',
      'duplicate-attribute',
    ],
    [
      'two values of message-digest',
      { attributes: [contentTypeAttribute, twoValues] },
      'malformed',
      'attribute-values',
    ],
    [
      'two signing-times',
      { attributes: [...mandatory, timeAttribute, timeAttribute] },
      'malformed',
      'duplicate-attribute',
    ],
    [
      'a signing-time that is none',
      { attributes: [...mandatory, derAttribute(oids.signingTime, derNull())] },
      'malformed',
      'malformed-attribute',
    ],
    ['an unsigned signing-time (§11.3)', { unsigned: [timeAttribute] }, 'malformed', 'unsigned-attribute'],
    ['another content type', { attributes: [other, digestAttribute] }, 'broken', 'content-type-mismatch'],
    [
      'a message-digest that is no octet string',
      { attributes: [contentTypeAttribute, derAttribute(oids.messageDigest, derNull())] },
      'malformed',
      'malformed-attribute',
    ],
    ['other content', { content: Buffer.from('another letter') }, 'broken', 'digest-mismatch'],
    [
      'no attributes over anything but id-data (§5.3)',
      { attributes: undefined, contentType: oids.signedData },
      'malformed',
      'missing-attributes',
    ],
    [
      'a swapped digest algorithm (RFC 6211)',
      { attributes: [...mandatory, protection(derSequence(derOid(oids.sha1)), rsaWithSha256)] },
      'broken',
      'algorithm-protection-mismatch',
    ],
    [
      'a swapped signature algorithm (RFC 6211)',
      { attributes: [...mandatory, protection(sha256, derSequence(derOid(oids.ecdsaWithSha256)))] },
      'broken',
      'algorithm-protection-mismatch',
    ],
    [
      'a digest that differs between content and signature',
      { digestAlgorithm: derSequence(derOid(oids.sha512)) },
      'malformed',
      'inconsistent-algorithms',
    ],
    [
      'signed attributes passed off as content (attribute confusion)',
      { attributes: undefined, content: derElement(universal.set, ...sortedSetOf(mandatory)) },
      'malformed',
      'attribute-confusion',
    ],
  ]
  it.each(cases)('refuse %s', async (_what, flaws, state, code) => {
    const outcome = await flawed(flaws)
    expect(outcome.state).toBe(state)
    expect(outcome.reasons.map((reason) => reason.code)).toContain(code)
  })

  it('let the signer say which certificate it is (RFC 5035 §3), so that no other stands in for it', async () => {
    const names = ({ certificate }: TestPerson, digest: 'sha1' | 'sha256' | 'sha512') => {
      const algorithm = digest === 'sha512' ? [derSequence(derOid(oids.sha512))] : []
      const hash = derOctetString(digestOf(digest, certificate.der))
      const type = digest === 'sha1' ? oids.signingCertificate : oids.signingCertificateV2
      return derAttribute(type, derSequence(derSequence(derSequence(...algorithm, hash))))
    }
    for (const digest of ['sha1', 'sha256', 'sha512'] as const) {
      const own = await flawed({ attributes: [...mandatory, names(rsa, digest)] })
      expect(own).toMatchObject({ state: 'verified', reasons: [] })
      const substituted = await flawed({ attributes: [...mandatory, names(ec, digest)] })
      expect(substituted.state).toBe('no-certificate')
      expect(substituted.certificate).toBeUndefined()
    }
    const both = await flawed({ attributes: [...mandatory, names(rsa, 'sha1'), names(ec, 'sha256')] })
    expect(both.state).toBe('no-certificate')
    const nothing = derAttribute(oids.signingCertificateV2, derSequence(derSequence()))
    expect(await flawed({ attributes: [...mandatory, nothing] })).toMatchObject({ state: 'malformed' })
  })

  it('take algorithm protection whatever the spelling of absent parameters', async () => {
    const withNull = derSequence(derOid(oids.sha256), derNull())
    const outcome = await flawed({ attributes: [...mandatory, protection(withNull, rsaWithSha256)] })
    expect(outcome).toMatchObject({ state: 'verified', reasons: [] })
  })

  it('take attributes that were signed in the order in which they were sent (§5.4)', async () => {
    const unsorted = sortedSetOf([...mandatory, timeAttribute]).reverse()
    const asSent = await flawed({ attributes: unsorted, signed: derElement(universal.set, ...unsorted) })
    expect(asSent.state).toBe('verified')
    const asDer = await flawed({ attributes: unsorted, signed: derElement(universal.set, ...sortedSetOf(unsorted)) })
    expect(asDer.state).toBe('verified')
  })

  it('name what they do not compute', async () => {
    const unknown = await flawed({ digestAlgorithm: derSequence(derOid(oids.md4)) })
    expect(unknown).toMatchObject({ state: 'unsupported-algorithm', digest: 'MD4' })
    const ed448 = '1.3.101.113'
    const other = await flawed({ signatureAlgorithm: derSequence(derOid(ed448)) })
    expect(other).toMatchObject({ state: 'unsupported-algorithm', signature: 'Ed448' })
    // DSA is computed; an elliptic curve's key has made none.
    const dsa = await flawed({ signatureAlgorithm: derSequence(derOid(oids.dsaWithSha256)) })
    expect(dsa).toMatchObject({ state: 'broken', signature: 'DSA', reasons: [{ code: 'key-of-another-kind' }] })
  })
})

describe('mutated signatures', () => {
  it('never throw, and are never verified over other content', async () => {
    const originals = [
      await whole(signOpaque([letter], signerOf(rsa))),
      await whole(signOpaque([letter], signerOf(ec))),
    ]
    const property = fc.asyncProperty(
      fc.constantFrom(...originals),
      fc.constantFrom('flip', 'cut', 'insert'),
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      async (original, kind, position, change) => {
        const at = position % original.length
        const [first = 1] = change
        const bytes =
          kind === 'cut'
            ? original.subarray(0, at)
            : kind === 'insert'
              ? concatBytes(original.subarray(0, at), change, original.subarray(at))
              : Uint8Array.from(original, (byte, index) => (index === at ? byte ^ (first || 1) : byte))
        const read = await readCms(bytes, { keys: [] })
        if (!read.ok || read.value.kind !== 'signed') return
        const content = read.value.content?.held ?? new Uint8Array()
        for (const outcome of await verifySigners(read.value.signedData, content)) {
          if (outcome.state === 'verified') expect(Buffer.from(content).equals(letter)).toBe(true)
        }
      },
    )
    await fc.assert(property, { numRuns: 1500 })
  })
})

describe('signers without end', () => {
  it('are given up after as many checks as honest ones need', async () => {
    const certificates = [rsa, ec].map(({ certificate }) => certificate)
    const read = expectSuccess(await readCms(await signDetached([letter], signerOf(rsa)), { keys: [] }))
    if (read.kind !== 'signed') throw new Error(read.kind)
    const [signer] = read.signedData.signerInfos
    if (!signer || 'malformed' in signer) throw new Error('no signer')
    const forged = { ...signer, signature: new Uint8Array(256) }
    const many = { ...read.signedData, certificates, signerInfos: Array.from({ length: 65 }, () => forged) }
    await expect(verifySigners(many, letter)).rejects.toMatchObject({ error: { code: 'over-budget' } })
    const most = { ...many, signerInfos: many.signerInfos.slice(0, 64) }
    expect(new Set((await verifySigners(most, letter)).map(({ state }) => state))).toEqual(new Set(['broken']))
  })
})
