import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { context, derElement, derExplicit, derNull, derOctetString, derSequence, universal } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { concatBytes, equalBytes, hexText, utf8Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../testPki.ts'
import { ocspStatus, parseOcspResponse } from './ocsp.ts'
import {
  generalizedTime,
  successfulResponseDer,
  type TestAnswer,
  type TestResponse,
  testExtension,
  testResponder,
  testResponseDer,
  testSignatureBudget,
} from './testOcspResponder.ts'

let ca: TestEntity
let anna: TestEntity
let responder: TestEntity

beforeAll(async () => {
  ca = await testAuthority('CA')
  anna = await testPerson('anna@sandbox.example', { issuer: ca })
  responder = await testResponder(ca)
})

const about = (more: Partial<TestAnswer> = {}) => ({ certificate: anna.certificate, issuer: ca.certificate, ...more })
const made = (more: Partial<TestResponse> = {}) => testResponseDer({ signer: ca, answers: [about()], ...more })

/** The error of a response that can't be taken. */
async function errorOf(der: Uint8Array | Promise<Uint8Array>) {
  const parsed = parseOcspResponse(await der)
  return parsed.ok ? undefined : parsed.error
}

const withStatus = (status: number, ...rest: readonly Uint8Array[]) =>
  derSequence(derElement(universal.enumerated, Uint8Array.of(status)), ...rest)

describe('a response', () => {
  it('is read with all that it says (RFC 6960 §4.2.1)', async () => {
    const nonce = utf8Bytes('0123456789abcdef0123456789abcdef')
    const cutoff = new Date('2020-01-01T00:00:00Z')
    const der = await made({
      signer: responder,
      responderId: 'byKey',
      nonce,
      certificates: [responder.certificate.der],
      answers: [
        about({ extensions: [testExtension(oids.ocspArchiveCutoff, generalizedTime(cutoff))] }),
        about({ status: 'unknown', nextUpdate: 'none' }),
        about({ status: { revokedAt: cutoff, reason: 9 } }),
      ],
    })
    const response = expectSuccess(parseOcspResponse(der))
    expect(response.responderId.kind).toBe('byKey')
    expect(response.nonce).toEqual(Buffer.from(nonce))
    expect(response.signatureAlgorithm.name).toBe('ecdsa-with-SHA256')
    expect(response.certificates.map(({ sha256 }) => sha256)).toEqual([responder.certificate.sha256])
    expect(response.responses.map(({ status }) => status)).toEqual([
      { state: 'good' },
      { state: 'unknown' },
      { state: 'revoked', revokedAt: cutoff, reason: 'privilegeWithdrawn' },
    ])
    expect(response.responses[0]?.archiveCutoff).toEqual(cutoff)
    expect(response.responses[1]).not.toHaveProperty('nextUpdate')
    expect(response.responses[2]?.certId).toMatchObject({ digest: 'sha1', serialNumber: anna.certificate.serialNumber })
  })

  it.each([
    [1, 'malformed-request'],
    [2, 'internal-error'],
    [3, 'try-later'],
    [5, 'sig-required'],
    [6, 'unauthorized'],
  ])('with responseStatus %i is %s', async (status, code) => {
    expect(await errorOf(withStatus(status))).toEqual({ code })
    // Whatever comes with a refusal isn't read.
    expect(await errorOf(withStatus(status, derExplicit(0, derNull())))).toEqual({ code })
  })

  it('with another responseStatus, or success without an answer, is malformed', async () => {
    for (const status of [4, 7, 255]) {
      expect(await errorOf(withStatus(status))).toEqual({ code: 'malformed-response', reason: 'responseStatus' })
    }
    expect(await errorOf(withStatus(0))).toEqual({ code: 'malformed-response', reason: 'responseBytes' })
  })

  it('of another type than basic is unsupported', async () => {
    expect(await errorOf(successfulResponseDer(derSequence(), '1.3.6.1.5.5.7.48.1.99'))).toEqual({
      code: 'unsupported-response-type',
      oid: '1.3.6.1.5.5.7.48.1.99',
    })
  })

  it('with a critical extension that nobody knows is refused, in itself and in an answer (§4.4)', async () => {
    const error = { code: 'unknown-critical-extension', oid: '1.2.3.4' }
    const critical = testExtension('1.2.3.4', derNull(), true)
    const plain = testExtension('1.2.3.4', derNull())
    expect(await errorOf(made({ extensions: [critical] }))).toEqual(error)
    expect(await errorOf(made({ answers: [about(), about({ extensions: [critical] })] }))).toEqual(error)
    expect(await errorOf(made({ extensions: [plain], answers: [about({ extensions: [plain] })] }))).toBeUndefined()
    // What a list needs to be read right (RFC 5280 §5.3.3) is understood for lists alone.
    const certificateIssuer = testExtension('2.5.29.29', derSequence(), true)
    expect(await errorOf(made({ answers: [about({ extensions: [certificateIssuer] })] }))).toEqual({
      ...error,
      oid: '2.5.29.29',
    })
  })

  it('of another version than 1 is malformed', async () => {
    expect(await errorOf(made({ version: 1 }))).toBeUndefined()
    expect(await errorOf(made({ version: 2 }))).toEqual({ code: 'malformed-response', reason: 'version' })
  })

  it('with an extension twice is malformed', async () => {
    const nonce = testExtension(oids.ocspNonce, derOctetString(utf8Bytes('a')))
    expect(await errorOf(made({ extensions: [nonce, nonce] }))).toEqual({
      code: 'malformed-response',
      reason: 'extensions',
    })
  })

  it('with a bare nonce, as older responders send it, keeps its bytes', async () => {
    for (const bare of [utf8Bytes('bare'), Uint8Array.of(0x04, 0x7f, 1, 2)]) {
      const response = expectSuccess(
        parseOcspResponse(await made({ extensions: [testExtension(oids.ocspNonce, bare)] })),
      )
      expect(hexText(response.nonce ?? new Uint8Array())).toBe(hexText(bare))
    }
  })

  it('passes over a certificate that can not be read', async () => {
    const der = await made({ certificates: [derSequence(derNull()), responder.certificate.der] })
    expect(expectSuccess(parseOcspResponse(der)).certificates).toHaveLength(1)
  })

  it('with a reason that is not defined, a responder without a name or trailing bytes is malformed', async () => {
    const status = { revokedAt: testNow, reason: 7 }
    expect(await errorOf(made({ answers: [about({ status })] }))).toMatchObject({ reason: 'revocationReason' })
    for (const responderId of [
      derElement(context(3), derNull()),
      derExplicit(2, derNull()),
      derExplicit(1, derNull()),
    ]) {
      expect(await errorOf(made({ responderId }))).toMatchObject({ code: 'malformed-response' })
    }
    expect(await errorOf(concatBytes(await made(), Uint8Array.of(0)))).toMatchObject({ reason: 'response' })
  })

  it('beyond its budgets is an outcome of its own', async () => {
    const answers = (count: number) => Array.from({ length: count }, () => about())
    expect(await errorOf(made({ answers: answers(200) }))).toBeUndefined()
    expect(await errorOf(made({ answers: answers(201) }))).toEqual({ code: 'over-budget', limit: 'responses' })
    const certificates = (count: number) => Array.from({ length: count }, () => derSequence())
    expect(await errorOf(made({ certificates: certificates(10) }))).toBeUndefined()
    expect(await errorOf(made({ certificates: certificates(11) }))).toEqual({
      code: 'over-budget',
      limit: 'certificates',
    })
    expect(await errorOf(new Uint8Array(131_073))).toEqual({ code: 'too-large', limit: 131_072, size: 131_073 })
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['a web page', utf8Bytes('<!DOCTYPE html><title>Log in</title>')],
    ['an empty sequence', derSequence()],
    ['endless nesting', Uint8Array.from({ length: 100_000 }, (_, at) => (at % 2 === 0 ? 0x30 : 0x80))],
  ])('that is %s is malformed', async (_name, bytes) => {
    expect(await errorOf(bytes)).toMatchObject({ code: 'malformed-response' })
  })
})

describe('a damaged response', () => {
  const mutation = fc.record({
    kind: fc.constantFrom('flip' as const, 'cut' as const, 'insert' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  })
  const apply = (der: Uint8Array, { kind, at, bytes }: { kind: string; at: number; bytes: Uint8Array }) => {
    const position = at % der.length
    const before = der.subarray(0, position)
    const rest = kind === 'insert' ? position : position + bytes.length
    return concatBytes(before, kind === 'cut' ? new Uint8Array() : bytes, der.subarray(rest))
  }
  const outcomes = ['malformed-response', 'unsupported-response-type', 'unknown-critical-extension', 'over-budget']
  const refusals = ['malformed-request', 'internal-error', 'try-later', 'sig-required', 'unauthorized']

  it('is a value, never an exception, and never says more than was signed', async () => {
    const original = await made({
      signer: responder,
      certificates: [responder.certificate.der],
      nonce: utf8Bytes('nonce'),
      answers: [about({ status: 'unknown' }), about({ extensions: [testExtension('1.2.3', derNull())] })],
    })
    const { signedPart } = expectSuccess(parseOcspResponse(original))
    let read = 0
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const parsed = parseOcspResponse(mutations.reduce(apply, original))
        if (!parsed.ok) {
          expect([...outcomes, ...refusals]).toContain(parsed.error.code)
          return
        }
        read++
        const status = ocspStatus({
          certificate: anna.certificate,
          issuer: ca.certificate,
          at: testNow,
          responses: [parsed.value],
          signatures: testSignatureBudget(20),
        })
        if (!equalBytes(parsed.value.signedPart, signedPart)) expect(status.state).toBe('unknown')
      }),
      { numRuns: 3_000 },
    )
    expect(read).toBeGreaterThan(100)
  })
})
