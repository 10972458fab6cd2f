import { beforeAll, describe, expect, it } from 'vitest'
import { utf8Bytes } from '../../base/bytes.ts'
import { fixedClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess, success } from '../../base/result.ts'
import { type Certificate, parseCertificate } from '../../certificates/certificate.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import { lastThirdOf, momentIn, readRenewalInfo, renewalIdentifier } from './renewalInfo.ts'
import { connectAcme, type HttpsQuestion } from './transport.ts'

const origin = 'https://ca.example'
const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-04-01T00:00:00Z') }
let certificate: Certificate

beforeAll(async () => {
  const issuer = await testAuthority('Root', {}, validity)
  certificate = (await testPerson('anna@sandbox.example', { issuer }, validity)).certificate
})

async function asked(json: unknown, headers: Record<string, string> = {}, directory: object = {}) {
  const questions: HttpsQuestion[] = []
  const base = { newNonce: `${origin}/n`, newAccount: `${origin}/a`, newOrder: `${origin}/o` }
  const transport = await connectAcme({
    directoryUrl: `${origin}/directory`,
    program: { version: '1', language: 'en' },
    clock: fixedClock('2026-02-01T00:00:00Z'),
    exchange: async (question) => {
      questions.push(question)
      const isDirectory = question.url.endsWith('/directory')
      const body = isDirectory ? { ...base, renewalInfo: `${origin}/renewal/`, ...directory } : json
      return success({ status: 200, headers: isDirectory ? {} : headers, body: utf8Bytes(JSON.stringify(body)) })
    },
  })
  return { result: await readRenewalInfo(expectSuccess(transport), certificate), questions }
}

describe('renewal information (RFC 9773)', () => {
  it('is asked for under the issuer’s key identifier and the serial number, unsigned (§4.1)', async () => {
    const window = { start: '2026-03-01T00:00:00Z', end: '2026-03-08T00:00:00Z' }
    const explanationURL = 'https://ca.example/why'
    const { result, questions } = await asked({ suggestedWindow: window, explanationURL }, { 'retry-after': '21600' })
    expect(expectSuccess(result)).toEqual({
      start: new Date(window.start),
      end: new Date(window.end),
      explanationUrl: explanationURL,
      retryAfterSeconds: 21_600,
    })
    const last = questions.at(-1)!
    expect(last).toMatchObject({ method: 'GET', url: `${origin}/renewal/${renewalIdentifier(certificate)}` })
    expect(last.body).toBeUndefined()
  })

  it('names a certificate as the RFC’s example does (§4.1)', () => {
    // From appendix A: an issuer's key identifier and the serial number 00:87:65:43:21.
    const example = {
      extensions: { authorityKeyIdentifier: { keyIdentifier: '69885b6b87464041e1b37b847ba0ae2cde01c8d4' } },
      written: { serialNumber: Uint8Array.of(0, 0x87, 0x65, 0x43, 0x21) },
    } as unknown as Certificate
    expect(renewalIdentifier(example)).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
  })

  it('is not asked of a CA without it, nor for a certificate that doesn’t name its issuer’s key', async () => {
    const { result, questions } = await asked({}, {}, { renewalInfo: undefined })
    expect(expectSuccess(result)).toBeUndefined()
    expect(questions).toHaveLength(1)
    const selfMade = expectSuccess(parseCertificate(certificate.der))
    expect(
      renewalIdentifier({ ...selfMade, extensions: { ...selfMade.extensions, authorityKeyIdentifier: {} } }),
    ).toBeUndefined()
  })

  it.each([
    ['ends before it begins', { suggestedWindow: { start: '2026-03-08T00:00:00Z', end: '2026-03-01T00:00:00Z' } }],
    ['has no end', { suggestedWindow: { start: '2026-03-08T00:00:00Z' } }],
    ['is of no time zone', { suggestedWindow: { start: '2026-03-01T00:00:00', end: '2026-03-08T00:00:00' } }],
    ['is none', []],
  ])('with a window that %s is unusable', async (_, json) => {
    const { result } = await asked(json)
    expect(result).toMatchObject({ ok: false, error: { code: 'ca-answer-unusable', reason: 'renewal-info' } })
  })

  it('explains itself only on a page with https', async () => {
    const suggestedWindow = { start: '2026-03-01T00:00:00Z', end: '2026-03-08T00:00:00Z' }
    for (const explanationURL of ['javascript:alert(1)', 'http://ca.example/why', 'why']) {
      const { result } = await asked({ suggestedWindow, explanationURL })
      expect(expectSuccess(result)).not.toHaveProperty('explanationUrl')
    }
  })

  it('on another machine’s own network is not followed', async () => {
    const connected = await connectAcme({
      directoryUrl: `${origin}/directory`,
      program: { version: '1', language: 'en' },
      clock: fixedClock('2026-02-01T00:00:00Z'),
      exchange: async () => {
        const lying = {
          newNonce: `${origin}/n`,
          newAccount: `${origin}/a`,
          newOrder: `${origin}/o`,
          renewalInfo: 'https://192.168.0.1/r',
        }
        return success({ status: 200, headers: {}, body: utf8Bytes(JSON.stringify(lying)) })
      },
    })
    expect(connected).toMatchObject({ ok: false, error: { reason: 'foreign-url' } })
  })
})

describe('the moment of a renewal', () => {
  const window = { start: new Date('2026-03-01T00:00:00Z'), end: new Date('2026-03-08T00:00:00Z') }

  it('lies in the window, by chance', () => {
    const moments = Array.from({ length: 200 }, () => momentIn(window, systemRandom).getTime())
    expect(moments.every((moment) => moment >= window.start.getTime() && moment < window.end.getTime())).toBe(true)
    expect(new Set(moments).size).toBeGreaterThan(190)
    expect(momentIn(window, () => new Uint8Array(4))).toEqual(window.start)
  })

  it('without the CA’s word is the beginning of the last third', () => {
    expect(lastThirdOf(certificate)).toEqual(new Date('2026-03-02T00:00:00Z'))
  })
})
