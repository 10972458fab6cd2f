import { beforeAll, describe, expect, it } from 'vitest'
import { derNull, derSequence } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { utf8Bytes } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { loadPostQuantum } from '../../crypto/postQuantum.ts'
import { generatePostQuantumKey } from '../../crypto/postQuantumKey.ts'
import type { Certificate } from '../certificate.ts'
import { type TestEntity, testAuthority, testNotAfter, testNow, testPerson } from '../testPki.ts'
import {
  type OcspQuestion,
  ocspClockTolerance,
  ocspLifetimeWithoutNextUpdate,
  ocspStatus,
  parseOcspResponse,
} from './ocsp.ts'
import {
  generalizedTime,
  type TestResponse,
  testExtension,
  testResponder,
  testResponse,
  testResponseDer,
  testSignatureBudget,
} from './testOcspResponder.ts'

const hour = 3_600_000
const fromNow = (milliseconds: number) => new Date(testNow.getTime() + milliseconds)
const thisUpdate = fromNow(-hour)
const nextUpdate = fromNow(24 * hour)

let root: TestEntity
let ca: TestEntity
let anna: TestEntity
let stranger: TestEntity

beforeAll(async () => {
  root = await testAuthority('Root')
  ca = await testAuthority('CA', { issuer: root })
  anna = await testPerson('anna@sandbox.example', { issuer: ca })
  stranger = await testAuthority('CA')
})

const about = (more: Partial<TestResponse['answers'][number]> = {}) => ({
  certificate: anna.certificate,
  issuer: ca.certificate,
  ...more,
})

type Asked = Omit<Partial<OcspQuestion>, 'responses'>

async function status(responses: readonly Partial<TestResponse>[], asked: Asked = {}) {
  const made = responses.map((response) => testResponse({ signer: ca, answers: [about()], ...response }))
  return ocspStatus({
    certificate: anna.certificate,
    issuer: ca.certificate,
    at: testNow,
    responses: await Promise.all(made),
    signatures: testSignatureBudget(20),
    ...asked,
  })
}

const good = { state: 'good', source: 'ocsp', thisUpdate, nextUpdate }
const unknown = (why: string) => ({ state: 'unknown', why })
const revokedAt = new Date('2026-03-01T00:00:00Z')

describe('an answer', () => {
  it('of the CA itself says good, revoked with time and reason, or unknown (RFC 6960 §2.2)', async () => {
    expect(await status([{}])).toEqual(good)
    const revoked = { status: { revokedAt, reason: 1 } }
    expect(await status([{ answers: [about(revoked)] }])).toEqual({
      state: 'revoked',
      source: 'ocsp',
      revokedAt,
      reason: 'keyCompromise',
    })
    expect(await status([{ answers: [about({ status: { revokedAt } })] }])).toMatchObject({ reason: 'unspecified' })
    expect(await status([{ answers: [about({ status: 'unknown' })] }])).toEqual(unknown('responder-unknown'))
  })

  it('names the certificate by SHA-1 or SHA-256 (§4.1.1)', async () => {
    for (const digest of ['sha1', 'sha256'] as const) {
      expect(await status([{ answers: [about({ digest })] }])).toEqual(good)
    }
  })

  it('counts only where name, key and serial number of the CertID fit (§3.2 (1))', async () => {
    const bert = await testPerson('bert@sandbox.example', { issuer: ca })
    expect(await status([{ answers: [about({ certificate: bert.certificate })] }])).toEqual(unknown('not-at-hand'))
    // The stranger has the CA's name and another key.
    expect(await status([{ answers: [about({ issuer: stranger.certificate })] }])).toEqual(unknown('not-at-hand'))
    const otherName = { ...anna.certificate, issuer: root.certificate.subject }
    expect(await status([{ answers: [about({ certificate: otherName })] }])).toEqual(unknown('not-at-hand'))
  })

  it('is found among several in one response', async () => {
    const bert = await testPerson('bert@sandbox.example', { issuer: ca })
    const other = about({ certificate: bert.certificate, status: { revokedAt, reason: 4 } })
    expect(await status([{ answers: [other, about(), other] }])).toEqual(good)
  })

  it('carries the date since when a key is compromised (§4.4.5)', async () => {
    const invalidityDate = new Date('2026-02-01T00:00:00Z')
    const extensions = [testExtension(oids.invalidityDate, generalizedTime(invalidityDate))]
    const answers = [about({ status: { revokedAt, reason: 1 }, extensions })]
    expect(await status([{ answers }])).toMatchObject({ state: 'revoked', revokedAt, invalidityDate })
  })
})

describe('several answers', () => {
  it('are outweighed by one that says revoked, whatever their order', async () => {
    const revoked = { answers: [about({ status: { revokedAt, reason: 4 }, thisUpdate: fromNow(-20 * hour) })] }
    for (const responses of [
      [{}, revoked],
      [revoked, {}],
    ]) {
      expect(await status(responses)).toMatchObject({ state: 'revoked', reason: 'superseded' })
    }
  })

  it('give of several revocations one that holds at the time in question', async () => {
    const asked = { at: fromNow(-10 * hour), now: testNow }
    const late = { answers: [about({ status: { revokedAt: fromNow(-5 * hour), reason: 4 } })] }
    const early = { answers: [about({ status: { revokedAt, reason: 5 } })] }
    const lost = { answers: [about({ status: { revokedAt: fromNow(-3 * hour), reason: 1 } })] }
    for (const responses of [
      [late, early],
      [early, late],
    ]) {
      expect(await status(responses, asked)).toMatchObject({ state: 'revoked', reason: 'cessationOfOperation' })
    }
    expect(await status([late, lost], asked)).toMatchObject({ state: 'revoked', reason: 'keyCompromise' })
  })

  it('give the newest good one', async () => {
    const older = { answers: [about({ thisUpdate: fromNow(-5 * hour) })] }
    expect(await status([older, {}])).toEqual(good)
    expect(await status([{}, older])).toEqual(good)
  })

  it('give the gap that says most where none counts', async () => {
    const old = { answers: [about({ nextUpdate: thisUpdate })] }
    const forged = { signer: stranger }
    expect(await status([])).toEqual(unknown('not-at-hand'))
    expect(await status([forged])).toEqual(unknown('not-trusted'))
    expect(await status([old, forged])).toEqual(unknown('outdated'))
    expect(await status([old, { answers: [about({ status: 'unknown' })] }, forged])).toEqual(
      unknown('responder-unknown'),
    )
    expect(await status([forged, {}])).toEqual(good)
  })
})

describe('the times of an answer', () => {
  it('end with nextUpdate and the tolerance (§4.2.2.1)', async () => {
    const end = fromNow(2 * hour)
    const responses = [{ answers: [about({ nextUpdate: end })] }]
    const last = new Date(end.getTime() + ocspClockTolerance)
    expect(await status(responses, { at: last })).toMatchObject({ state: 'good' })
    expect(await status(responses, { at: new Date(last.getTime() + 1000) })).toEqual(unknown('outdated'))
  })

  it('end after a day without nextUpdate', async () => {
    const responses = [{ answers: [about({ nextUpdate: 'none' as const })] }]
    const last = new Date(thisUpdate.getTime() + ocspLifetimeWithoutNextUpdate + ocspClockTolerance)
    expect(await status(responses)).toEqual({ state: 'good', source: 'ocsp', thisUpdate })
    expect(await status(responses, { at: last })).toMatchObject({ state: 'good' })
    expect(await status(responses, { at: new Date(last.getTime() + 1000) })).toEqual(unknown('outdated'))
  })

  it('begin with thisUpdate and producedAt: nothing from the future is believed (§4.2.2.1)', async () => {
    const soon = fromNow(ocspClockTolerance)
    const later = fromNow(ocspClockTolerance + 1000)
    expect(await status([{ answers: [about({ thisUpdate: soon })], producedAt: soon }])).toMatchObject({
      state: 'good',
    })
    expect(await status([{ answers: [about({ thisUpdate: later })] }])).toEqual(unknown('outdated'))
    expect(await status([{ producedAt: later }])).toEqual(unknown('outdated'))
    const revoked = about({ status: { revokedAt }, thisUpdate: later })
    expect(await status([{ answers: [revoked] }])).toEqual(unknown('outdated'))
  })

  it('are those of a revocation that is dated later, too: it was said then', async () => {
    const revoked = about({ status: { revokedAt: fromNow(2 * hour), reason: 4 } })
    expect(await status([{ answers: [revoked] }])).toMatchObject({ state: 'revoked', revokedAt: thisUpdate })
  })

  it('that are reversed are none', async () => {
    expect(
      await status([{ answers: [about({ nextUpdate: fromNow(-2 * hour) })] }], {
        at: fromNow(-3 * hour),
        now: testNow,
      }),
    ).toEqual(unknown('outdated'))
  })

  it('may lie after the time in question where the present is known: what is good later was good before', async () => {
    const at = new Date('2026-02-01T00:00:00Z')
    expect(await status([{}], { at })).toEqual(unknown('outdated'))
    expect(await status([{}], { at, now: testNow })).toEqual(good)
  })

  it('leave a revocation standing, unless it is a hold that may have been lifted (RFC 5280 §5.3.1)', async () => {
    const old = (reason: number) => [{ answers: [about({ status: { revokedAt, reason }, nextUpdate: fromNow(-1) })] }]
    const at = fromNow(48 * hour)
    expect(await status(old(1), { at })).toMatchObject({ state: 'revoked', reason: 'keyCompromise' })
    expect(await status(old(6), { at })).toEqual(unknown('outdated'))
    const held = [{ answers: [about({ status: { revokedAt, reason: 6 } })] }]
    expect(await status(held)).toMatchObject({ state: 'revoked', reason: 'certificateHold' })
  })

  it('after the certificate has expired count only where the responder still remembers it (§4.4.4)', async () => {
    const now = new Date(testNotAfter.getTime() + 10 * 24 * hour)
    const times = { thisUpdate: new Date(now.getTime() - hour), nextUpdate: new Date(now.getTime() + hour) }
    const cutoff = (date: Date) => [testExtension(oids.ocspArchiveCutoff, generalizedTime(date))]
    const asked = { at: testNow, now }
    const producedAt = times.thisUpdate
    expect(await status([{ answers: [about(times)], producedAt }], asked)).toEqual(unknown('not-at-hand'))
    const kept = about({ ...times, extensions: cutoff(new Date('2020-01-01T00:00:00Z')) })
    expect(await status([{ answers: [kept], producedAt }], asked)).toMatchObject({ state: 'good' })
    const dropped = about({ ...times, extensions: cutoff(now) })
    expect(await status([{ answers: [dropped], producedAt }], asked)).toEqual(unknown('not-at-hand'))
  })
})

describe('the nonce', () => {
  const nonce = utf8Bytes('a nonce of thirty-two bytes here')

  it('of another question marks a replay; a responder may leave it out (RFC 9654 §2.1)', async () => {
    expect(await status([{ nonce }], { nonce })).toEqual(good)
    expect(await status([{}], { nonce })).toEqual(good)
    expect(await status([{ nonce: utf8Bytes('another') }], { nonce })).toEqual(unknown('outdated'))
    expect(await status([{ nonce }])).toEqual(good)
  })
})

describe('the signer', () => {
  it('is named by the key as well as by the name (§4.2.2.3)', async () => {
    expect(await status([{ responderId: 'byKey' }])).toEqual(good)
    const responder = await testResponder(ca)
    const delegated = { signer: responder, certificates: [responder.certificate.der] }
    expect(await status([{ ...delegated, responderId: 'byKey' }])).toEqual(good)
    expect(await status([{ ...delegated, responderId: 'byName' }])).toEqual(good)
  })

  it('that the ResponderID does not name is not believed', async () => {
    const other = await testResponse({ signer: stranger, answers: [], responderId: 'byKey' })
    expect(other.responderId.kind).toBe('byKey')
    const responder = await testResponder(ca, { subject: { commonName: 'Somebody else' } })
    const signedByCa = { ...(await testResponse({ signer: ca, answers: [about()] })), responderId: other.responderId }
    const question = {
      certificate: anna.certificate,
      issuer: ca.certificate,
      at: testNow,
      signatures: testSignatureBudget(9),
    }
    expect(ocspStatus({ ...question, responses: [signedByCa] })).toEqual(unknown('not-trusted'))
    const mixed = { ...signedByCa, certificates: [responder.certificate] }
    expect(ocspStatus({ ...question, responses: [mixed] })).toEqual(unknown('not-trusted'))
  })

  it('with the name of the CA and another key is not believed', async () => {
    expect(await status([{ signer: stranger, certificates: [stranger.certificate.der] }])).toEqual(
      unknown('not-trusted'),
    )
  })

  it('may not be the root above the CA: each CA answers for what it issued', async () => {
    expect(await status([{ signer: root, certificates: [root.certificate.der] }])).toEqual(unknown('not-trusted'))
  })

  it('may use any cross certificate of the CA: the key decides', async () => {
    const crossed = await testAuthority('CA', { issuer: stranger, keyOf: ca })
    expect(await status([{}], { issuer: crossed.certificate })).toEqual(good)
  })

  it('is no longer believed when a byte of the answer has changed', async () => {
    const der = await testResponseDer({ signer: ca, answers: [about({ status: 'unknown' })] })
    const question = { certificate: anna.certificate, issuer: ca.certificate, at: testNow }
    const ask = () => {
      const responses = [expectSuccess(parseOcspResponse(Uint8Array.from(der)))]
      return ocspStatus({ ...question, responses, signatures: testSignatureBudget(9) })
    }
    expect(ask()).toEqual(unknown('responder-unknown'))
    // `[2]` unknown becomes `[0]` good.
    const place = Buffer.from(der).indexOf(Buffer.of(0x82, 0x00, 0x18))
    expect(der[place]).toBe(0x82)
    der[place] = 0x80
    expect(ask()).toEqual(unknown('not-trusted'))
  })

  it('has no weight with SHA-1 or a short key', async () => {
    expect(await status([{ scheme: { kind: 'ecdsa', digest: 'sha1' } }])).toEqual(unknown('not-trusted'))
    const issuer = { ...ca.certificate, keyAlgorithm: { kind: 'rsa' as const, bits: 1024 } }
    expect(await status([{}], { issuer })).toEqual(unknown('not-trusted'))
  })

  it('is believed with ML-DSA where the person wants experiments, at four times the cost', async () => {
    const postQuantum = await loadPostQuantum()
    const signer = await testAuthority('CA', {
      keyOf: generatePostQuantumKey(postQuantum, 'ML-DSA-44', systemRandom),
      postQuantum,
    })
    const answers = [about({ issuer: signer.certificate })]
    const ask = async (left: number, more: Asked) => {
      const signatures = testSignatureBudget(left)
      return [await status([{ signer, answers }], { issuer: signer.certificate, signatures, ...more }), signatures.left]
    }
    expect(await ask(4, {})).toEqual([unknown('not-trusted'), 4])
    expect(await ask(4, { postQuantum })).toEqual([good, 0])
    expect(await ask(3, { postQuantum })).toEqual([unknown('not-trusted'), -1])
  })
})

describe('a delegated responder (§4.2.2.2)', () => {
  const delegated = (responder: TestEntity) => ({
    signer: responder,
    certificates: [ca.certificate.der, responder.certificate.der],
  })
  const answered = async (overrides: Parameters<typeof testResponder>[1], asked: Asked = {}, issuer = ca) =>
    status([delegated(await testResponder(issuer, overrides))], asked)

  it('answers with a certificate of the CA for this purpose', async () => {
    expect(await answered({})).toEqual(good)
  })

  it('must bring its certificate', async () => {
    expect(await status([{ signer: await testResponder(ca) }])).toEqual(unknown('not-trusted'))
  })

  it('is believed without keyUsage, and with one that lets it sign', async () => {
    expect(await answered({ keyUsage: [] })).toEqual(good)
    expect(await answered({ keyUsage: ['nonRepudiation'] })).toEqual(good)
    expect(await answered({ keyUsage: ['keyAgreement'] })).toEqual(unknown('not-trusted'))
  })

  it.each([
    ['no purpose', []],
    ['any purpose', [oids.anyExtendedKeyUsage]],
    ['another purpose', [oids.emailProtection]],
  ])('needs id-kp-OCSPSigning: %s is not enough', async (_name, extendedKeyUsage) => {
    expect(await answered({ extendedKeyUsage })).toEqual(unknown('not-trusted'))
  })

  it('must have its certificate from the CA directly', async () => {
    expect(await answered({}, {}, root)).toEqual(unknown('not-trusted'))
    expect(await answered({}, {}, stranger)).toEqual(unknown('not-trusted'))
    const below = await testAuthority('CA', { issuer: ca })
    expect(await answered({}, {}, below)).toEqual(unknown('not-trusted'))
  })

  it('must have the name of the CA as its issuer, and extensions and algorithms that can be relied on', async () => {
    const renamed = { ...ca, certificate: root.certificate }
    expect(await answered({}, {}, renamed)).toEqual(unknown('not-trusted'))
    const twice = { oid: oids.basicConstraints, critical: false, value: derSequence() }
    expect(await answered({ extensions: [twice] })).toEqual(unknown('not-trusted'))
    const { certificate, ...keys } = await testResponder(ca)
    const response = await testResponse({ answers: [about()], ...delegated({ certificate, ...keys }) })
    const odd = { ...certificate, oddities: [{ code: 'inconsistent-algorithms' as const }] }
    const question = { certificate: anna.certificate, issuer: ca.certificate, at: testNow }
    const ask = (signer: Certificate) =>
      ocspStatus({
        ...question,
        responses: [{ ...response, certificates: [signer] }],
        signatures: testSignatureBudget(9),
      })
    expect(ask(certificate)).toEqual(good)
    expect(ask(odd)).toEqual(unknown('not-trusted'))
  })

  it('must be valid when it answers, and as long as the answer is used', async () => {
    expect(await answered({ notAfter: fromNow(-2 * hour) })).toEqual(unknown('not-trusted'))
    expect(await answered({ notBefore: fromNow(-hour / 2) })).toEqual(unknown('not-trusted'))
    expect(await answered({ notAfter: fromNow(-hour / 2) })).toEqual(unknown('not-trusted'))
    expect(await answered({ notAfter: fromNow(hour) })).toEqual(good)
    expect(await answered({ notAfter: fromNow(-hour / 2) }, { at: fromNow(-3 * hour), now: testNow })).toEqual(good)
  })

  it('with a critical extension that nobody knows is not believed; nocheck may be critical', async () => {
    const value = derNull()
    expect(await answered({ extensions: [{ oid: '1.2.3.4', critical: true, value }] })).toEqual(unknown('not-trusted'))
    expect(await answered({ extensions: [{ oid: oids.ocspNoCheck, critical: true, value }] })).toEqual(good)
  })

  it('with nocheck is not looked up; without, only a known revocation silences it (§4.2.2.2.1)', async () => {
    const revoked = { state: 'revoked', source: 'crl', revokedAt, reason: 'keyCompromise' } as const
    const asked: string[] = []
    const responderStatus = (as: typeof revoked | { state: 'unknown'; why: 'not-at-hand' }) => ({
      responderStatus: ({ subject }: { subject: { text: string } }) => {
        asked.push(subject.text)
        return as
      },
    })
    expect(await answered({}, responderStatus(revoked))).toEqual(good)
    expect(asked).toEqual([])
    expect(await answered({ noCheck: false }, responderStatus(revoked))).toEqual(unknown('not-trusted'))
    expect(asked).toEqual(['CN=Responder'])
    expect(await answered({ noCheck: false }, responderStatus({ state: 'unknown', why: 'not-at-hand' }))).toEqual(good)
    expect(await answered({ noCheck: false })).toEqual(good)
  })

  it('costs two signature checks, and without any left nobody is believed', async () => {
    const response = await testResponse({ answers: [about(), about()], ...delegated(await testResponder(ca)) })
    const question = { certificate: anna.certificate, issuer: ca.certificate, at: testNow, responses: [response] }
    const signatures = testSignatureBudget(2)
    expect(ocspStatus({ ...question, signatures })).toEqual(good)
    expect(signatures.left).toBe(0)
    expect(ocspStatus({ ...question, signatures: testSignatureBudget(1) })).toEqual(unknown('not-trusted'))
  })

  it('with a name that many share uses up the budget and no more', async () => {
    const many = await Promise.all(Array.from({ length: 9 }, () => testResponder(stranger)))
    const [signer = stranger] = many
    const certificates = many.map(({ certificate }) => certificate.der)
    const forged = await testResponse({ signer, answers: [about()], certificates })
    const honest = await testResponse({ signer: ca, answers: [about()] })
    const question = { certificate: anna.certificate, issuer: ca.certificate, at: testNow }
    const ask = (left: number) => {
      const signatures = testSignatureBudget(left)
      return [ocspStatus({ ...question, responses: [forged, honest], signatures }), signatures.left]
    }
    expect(ask(9)).toEqual([unknown('not-trusted'), -1])
    expect(ask(10)).toEqual([good, 0])
  })
})
