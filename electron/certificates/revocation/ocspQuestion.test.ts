import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { derElement, derExplicit, derInteger, derNull, derOctetString, derOid, derSequence } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { concatBytes, equalBytes } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../testPki.ts'
import { issueOcspResponse, malformedRequestResponse } from './issueOcsp.ts'
import { ocspStatus, parseOcspResponse } from './ocsp.ts'
import { certIdDer, matchesCertId, namesIssuer } from './ocspCertId.ts'
import { ocspRequestLimit, readOcspRequest } from './ocspQuestion.ts'
import { ocspRequestDer } from './ocspRequest.ts'
import { testExtension, testResponder, testSignatureBudget } from './testOcspResponder.ts'

let ca: TestEntity
let other: TestEntity
let anna: TestEntity

beforeAll(async () => {
  ca = await testAuthority('CA')
  other = await testAuthority('CA')
  anna = await testPerson('anna@sandbox.example', { issuer: ca })
})

const about = () => ({ certificate: anna.certificate, issuer: ca.certificate })
const one = () => derSequence(certIdDer(anna.certificate, ca.certificate, 'sha1'))
const requestOf = (list: readonly Uint8Array[], ...more: readonly Uint8Array[]) =>
  derSequence(derSequence(derSequence(...list), ...more))
const reasonOf = (der: Uint8Array) => {
  const read = readOcspRequest(der)
  return read.ok ? 'read' : read.error.reason
}

describe('a request', () => {
  it('names the certificate by either digest, and the nonce that is to come back', () => {
    for (const digest of ['sha1', 'sha256'] as const) {
      const nonce = systemRandom(32)
      const { asked, ...read } = expectSuccess(readOcspRequest(ocspRequestDer({ ...about(), digest, nonce })))
      expect(equalBytes(read.nonce ?? new Uint8Array(), nonce)).toBe(true)
      expect(asked.map(({ certId }) => matchesCertId(certId, anna.certificate, ca.certificate))).toEqual([true])
      expect(asked.map(({ certId }) => namesIssuer(certId, ca.certificate.subject, other.certificate))).toEqual([false])
    }
  })

  it('may name its version, its sender and its signature, which change nothing', () => {
    const name = derExplicit(1, derElement(0x82, new Uint8Array([0x61])))
    const wish = derSequence(derExplicit(0, derInteger(0)), name, derSequence(one()))
    const signature = derExplicit(0, derSequence(derOctetString(new Uint8Array(64))))
    expect(expectSuccess(readOcspRequest(derSequence(wish, signature))).asked).toHaveLength(1)
  })

  it('of another version, with what must be understood and isn’t, or with a nonce of no or too much length is malformed', () => {
    const extensions = (...all: readonly Uint8Array[]) => derExplicit(2, derSequence(...all))
    const nonce = (length: number) => testExtension(oids.ocspNonce, derOctetString(new Uint8Array(length)))
    expect(reasonOf(derSequence(derSequence(derExplicit(0, derInteger(1)), derSequence(one()))))).toBe('version')
    expect(reasonOf(requestOf([one()], extensions(testExtension('1.2.3', derNull(), true))))).toBe(
      'unknown-critical-extension',
    )
    for (const [length, reason] of [
      [0, 'nonce'],
      [1, 'read'],
      [128, 'read'],
      [129, 'nonce'],
    ] as const) {
      expect([length, reasonOf(requestOf([one()], extensions(nonce(length))))]).toEqual([length, reason])
    }
    const bare = testExtension(oids.ocspNonce, derOid('1.2.3'))
    expect(reasonOf(requestOf([one()], extensions(bare)))).toBe('nonce')
    expect(reasonOf(new Uint8Array())).toBe('request')
  })

  it('is read up to twenty certificates and some kilobytes', () => {
    const ones = (count: number) => Array.from({ length: count }, one)
    expect(reasonOf(requestOf(ones(20)))).toBe('read')
    expect(reasonOf(requestOf(ones(21)))).toBe('too-many')
    expect(reasonOf(new Uint8Array(ocspRequestLimit + 1))).toBe('too-large')
  })

  it('that is damaged is a value, never an exception', () => {
    const whole = ocspRequestDer({ ...about(), nonce: systemRandom(32) })
    const outcomes = new Set<boolean>()
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 4 }), fc.boolean(), (at, bytes, isCut) => {
        const read = readOcspRequest(
          concatBytes(whole.subarray(0, at), bytes, isCut ? new Uint8Array() : whole.subarray(at + bytes.length)),
        )
        outcomes.add(read.ok)
        if (!read.ok) expect(read.error.code).toBe('malformed-request')
      }),
      { numRuns: 3_000 },
    )
    expect(outcomes).toEqual(new Set([true, false]))
  })
})

describe('an answer', () => {
  const ask = async (status: 'good' | 'unknown' | { revokedAt: Date; reason: 'keyCompromise' | 'unspecified' }) => {
    const nonce = systemRandom(32)
    const { asked, ...question } = expectSuccess(readOcspRequest(ocspRequestDer({ ...about(), nonce })))
    const der = await issueOcspResponse({
      signer: await testResponder(ca),
      answers: asked.map(({ der: certId }) => ({ certId, status })),
      thisUpdate: testNow,
      nextUpdate: new Date(testNow.getTime() + 60_000),
      ...question,
    })
    const responses = [expectSuccess(parseOcspResponse(der))]
    return ocspStatus({ ...about(), at: testNow, responses, nonce, signatures: testSignatureBudget(5) })
  }

  it('is believed by whoever asked', async () => {
    const revokedAt = new Date('2026-05-01T12:00:00Z')
    expect(await ask('good')).toMatchObject({ state: 'good', thisUpdate: testNow })
    expect(await ask('unknown')).toEqual({ state: 'unknown', why: 'responder-unknown' })
    for (const reason of ['keyCompromise', 'unspecified'] as const) {
      expect(await ask({ revokedAt, reason })).toMatchObject({ state: 'revoked', revokedAt, reason })
    }
  })

  it('to what can’t be read is a refusal', () => {
    expect(parseOcspResponse(malformedRequestResponse())).toMatchObject({ error: { code: 'malformed-request' } })
  })
})
