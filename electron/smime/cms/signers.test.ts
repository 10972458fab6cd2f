import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DerReader } from '../../asn1/derReader.ts'
import { expectSuccess } from '../../base/result.ts'
import { parseCertificate } from '../../certificates/certificate.ts'
import { issueCertificate } from '../../certificates/issue.ts'
import { type TestEntity, testNotAfter, testNotBefore, testNow, testPerson } from '../../certificates/testPki.ts'
import { openPrivateKey, type PrivateKeyHandle } from '../../crypto/privateKey.ts'
import { readCms } from './read.ts'
import { type CmsSigner, digestsFor, type Signers, signDetached, signOpaque } from './sign.ts'
import { signatureSchemeFor, usualDigest } from './signerInfoWriter.ts'
import { whole } from './testPerson.ts'
import { type SignerOutcome, verifySigners } from './verify.ts'

const letter = Buffer.from('Content-Type: text/plain\r\n\r\nA letter.\r\n')

function keyOf(type: 'P-521' | 'ed25519' | 'x25519'): Pick<TestEntity, 'pkcs8'> {
  const { privateKey } =
    type === 'P-521'
      ? generateKeyPairSync('ec', { namedCurve: type })
      : type === 'ed25519'
        ? generateKeyPairSync(type)
        : generateKeyPairSync(type)
  return { pkcs8: privateKey.export({ type: 'pkcs8', format: 'der' }) }
}

/** Somebody whose key calls itself id-RSASSA-PSS; `digests` are those of its parameters, of which it may have none. */
async function pssPerson(
  ...[hashAlgorithm, mgf1HashAlgorithm]: string[]
): Promise<Pick<CmsSigner, 'certificate' | 'key'>> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa-pss', {
    modulusLength: 2048,
    ...(hashAlgorithm && mgf1HashAlgorithm ? { hashAlgorithm, mgf1HashAlgorithm } : {}),
  })
  const key = expectSuccess(openPrivateKey(privateKey.export({ type: 'pkcs8', format: 'der' })))
  const der = await issueCertificate({
    subject: { commonName: 'Petra' },
    emails: ['petra@sandbox.example'],
    publicKeyInfo: publicKey.export({ type: 'spki', format: 'der' }),
    issuer: { name: 'self', key },
    serial: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    notBefore: testNotBefore,
    notAfter: testNotAfter,
  })
  return { certificate: expectSuccess(parseCertificate(der)), key }
}

const rosa = await testPerson('rosa@sandbox.example', { keyType: 'rsa-2048' })
const people = {
  rsa: rosa,
  otherRsa: await testPerson('rolf@sandbox.example', { keyType: 'rsa-2048' }),
  p256: await testPerson('anna@sandbox.example'),
  p384: await testPerson('emil@sandbox.example', { keyType: 'ec-p384' }),
  p521: await testPerson('paul@sandbox.example', { keyOf: keyOf('P-521') }),
  ed25519: await testPerson('eda@sandbox.example', { keyOf: keyOf('ed25519') }),
}

function signerOf(
  { certificate, key }: { certificate: CmsSigner['certificate']; key: PrivateKeyHandle },
  more: Partial<CmsSigner> = {},
): CmsSigner {
  return { certificate, key, chain: [], digest: usualDigest(key), signingTime: testNow, ...more }
}

const signers = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...(Object.keys(people) as (keyof typeof people)[])),
      padding: fc.constantFrom('pkcs1', 'pss'),
      digest: fc.constantFrom('sha256', 'sha384', 'sha512'),
      byKeyIdentifier: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4, selector: ({ name }) => name },
  )
  .map((all) => all.map(({ name, ...more }) => signerOf(people[name], more)) as [CmsSigner, ...CmsSigner[]])

async function structureOf(bytes: Uint8Array) {
  const read = expectSuccess(await readCms(bytes, { keys: [] }))
  if (read.kind !== 'signed') throw new Error(read.kind)
  return read
}

async function outcomesOf(bytes: Uint8Array, detached?: Uint8Array): Promise<SignerOutcome[]> {
  const { signedData, content } = await structureOf(bytes)
  return verifySigners(signedData, detached ?? content ?? new Uint8Array())
}

/** State by certificate: the SET OF keeps no order. */
function statesOf(outcomes: readonly SignerOutcome[]): Record<string, string> {
  return Object.fromEntries(outcomes.map(({ certificate, state }) => [certificate?.emails[0] ?? '', state]))
}

function expected(all: Signers, state: (signer: CmsSigner) => string): Record<string, string> {
  return Object.fromEntries(all.map((signer) => [signer.certificate.emails[0] ?? '', state(signer)]))
}

/** Versions of SignedData and of its SignerInfos. */
function versionsOf(der: Uint8Array): [number, number[]] {
  const contentInfo = new DerReader(der).sequence('contentInfo')
  contentInfo.oid('contentType')
  const signedData = DerReader.inside(contentInfo.expect(0xa0, 'content')).sequence('signedData')
  const version = signedData.integer('version')
  const infos = [...signedData.rest('fields')].at(-1)
  if (!infos) throw new Error('no signerInfos')
  const inner = [...DerReader.inside(infos).rest('signerInfos')].map((info) =>
    DerReader.inside(info).integer('version'),
  )
  return [version, inner]
}

describe('signers of one content', () => {
  it('are all verified, whoever they are and however they sign', async () => {
    const property = fc.asyncProperty(signers, fc.boolean(), async (all, opaque) => {
      const bytes = opaque ? await whole(signOpaque([letter], ...all)) : await signDetached([letter], ...all)
      const outcomes = await outcomesOf(bytes, opaque ? undefined : letter)
      expect(statesOf(outcomes)).toEqual(expected(all, () => 'verified'))
      expect(outcomes.flatMap(({ reasons }) => reasons)).toEqual([])
      for (const { certificate, key, padding, byKeyIdentifier } of all) {
        const outcome = outcomes.find((each) => each.certificate?.sha256 === certificate.sha256)
        expect(outcome?.keyIdentifier === undefined).toBe(!byKeyIdentifier)
        if (key.algorithm.kind === 'rsa') {
          expect(outcome?.signature).toBe(padding === 'pss' ? 'RSA-PSS' : 'RSA PKCS#1 v1.5')
        }
      }
      const { signedData } = await structureOf(bytes)
      expect(signedData.certificates).toHaveLength(all.length)
      expect([...signedData.digestAlgorithms].sort()).toEqual(
        digestsFor(all)
          .map((digest) => digest.replace('sha', 'SHA-'))
          .sort(),
      )
    })
    await fc.assert(property, { numRuns: 60 })
  })

  it('are told apart when one of them is broken', async () => {
    const property = fc.asyncProperty(signers, fc.nat(), async (all, which) => {
      const broken = all[which % all.length]
      const key = broken && { ...broken.key, sign: signsWrong(broken.key) }
      const [first, ...others] = all.map((signer) => (signer === broken && key ? { ...signer, key } : signer))
      if (!first) throw new Error('nobody')
      const outcomes = await outcomesOf(await signDetached([letter], first, ...others), letter)
      const wrong = broken?.certificate.sha256
      expect(statesOf(outcomes)).toEqual(
        expected(all, ({ certificate }) => (certificate.sha256 === wrong ? 'broken' : 'verified')),
      )
      const reasons = outcomes.filter(({ state }) => state === 'broken').flatMap((outcome) => outcome.reasons)
      expect(reasons.map(({ code }) => code)).toEqual(['signature-mismatch'])
    })
    await fc.assert(property, { numRuns: 40 })
  })

  it('have the version that RFC 5652 §5.1 and §5.3 want', async () => {
    const named = signerOf(people.p256)
    const byKey = signerOf(rosa, { byKeyIdentifier: true })
    expect(versionsOf(await signDetached([letter], named))).toEqual([1, [1]])
    const [version, infos] = versionsOf(await signDetached([letter], named, byKey))
    expect([version, infos.sort()]).toEqual([3, [1, 3]])
  })
})

/** Signs something else. */
function signsWrong(key: PrivateKeyHandle): PrivateKeyHandle['sign'] {
  return (scheme, bytes) => key.sign(scheme, Uint8Array.from(bytes).reverse())
}

describe('a signer', () => {
  it('names the certificate, so that no other of the same key and number stands in for it (RFC 5035)', async () => {
    const impostor = await testPerson(
      'rosa@sandbox.example',
      { keyOf: rosa, issuer: rosa },
      { serial: Buffer.from(rosa.certificate.serialNumber, 'hex'), notAfter: testNow },
    )
    const { signedData } = await structureOf(await signDetached([letter], signerOf(rosa)))
    const identified = { ...impostor.certificate, issuer: rosa.certificate.issuer }
    const certificates = [identified, ...signedData.certificates]
    const [outcome] = await verifySigners({ ...signedData, certificates }, letter)
    expect([outcome?.state, outcome?.certificate?.sha256]).toEqual(['verified', rosa.certificate.sha256])
    const [alone] = await verifySigners({ ...signedData, certificates: [identified] }, letter)
    expect(alone?.state).toBe('no-certificate')
  })

  it('uses the digest that is as strong as the curve', () => {
    const digests = Object.entries(people).map(([name, { key }]) => [name, usualDigest(key)])
    expect(Object.fromEntries(digests)).toMatchObject({ rsa: 'sha256', p256: 'sha256', p384: 'sha384', p521: 'sha512' })
  })

  it('with a key for RSASSA-PSS uses nothing else, and what the key prescribes (RFC 4055 §3.3)', async () => {
    for (const [digests, asked, used] of [
      [[], 'sha512', 'SHA-512'],
      [['sha384', 'sha384'], 'sha256', 'SHA-384'],
    ] as const) {
      const signer = signerOf(await pssPerson(...digests), { digest: asked, padding: 'pkcs1' })
      const [outcome] = await outcomesOf(await signDetached([letter], signer), letter)
      expect(outcome).toMatchObject({ state: 'verified', signature: 'RSA-PSS', digest: used })
    }
  })

  it('is refused with a key that does not sign, or only in ways that Siegel does not write', async () => {
    const exchange = await testPerson('xenia@sandbox.example', { issuer: rosa, keyOf: keyOf('x25519') })
    const mixed = await pssPerson('sha256', 'sha1')
    const old = await pssPerson('sha1', 'sha1')
    for (const [person, algorithm] of [
      [exchange, 'X25519'],
      [mixed, 'RSA-PSS'],
      [old, 'RSA-PSS'],
    ] as const) {
      const signer = signerOf(person)
      expect(signatureSchemeFor(signer)).toEqual({ ok: false, error: { code: 'unsupported-algorithm', algorithm } })
      await expect(signDetached([letter], signer)).rejects.toThrow(RangeError)
    }
  })

  it('states salt and mask of RSASSA-PSS as RFC 4056 §3 wants', () => {
    const scheme = signatureSchemeFor(signerOf(rosa, { padding: 'pss', digest: 'sha384' }))
    expect(scheme).toEqual({
      ok: true,
      value: { kind: 'rsa-pss', digest: 'sha384', mgfDigest: 'sha384', saltLength: 48 },
    })
  })
})
