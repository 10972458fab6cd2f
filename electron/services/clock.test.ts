import { beforeEach, describe, expect, it } from 'vitest'
import { languages, phrase } from '../../shared/words/words.ts'
import { base64Text } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { crlDer } from '../certificates/revocation/testCrl.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../certificates/testPki.ts'
import { openForReading } from './mail/reading.ts'
import { type TestReader, testReader } from './revocation/testRevocation.ts'
import { clientOf } from './testServices.ts'

// Times are later than any list of roots that this program will come with.
const notAfter = new Date('2060-01-01T00:00:00Z')
const listed = new Date('2039-12-31T00:00:00Z')
const ahead = new Date('2045-06-01T00:00:00Z')
const behind = new Date('1990-01-01T00:00:00Z')

let reader: TestReader
/** The Date that comes with the list. */
let told: string
/** A person whose certificate holds for decades, below a root whose list comes with a Date. */
let jonas: TestEntity

beforeEach(async () => {
  reader = await testReader()
  told = 'Sun, 01 Jan 2040 00:00:00 GMT'
  const root = await testAuthority('Lasting root', {}, { notAfter })
  expectSuccess(reader.session.context.application.trust.add(root.certificate, ''))
  const crlUrl = `${reader.site.url}/lasting.crl`
  jonas = await testPerson('jonas@sandbox.example', { issuer: root }, { notAfter, crlUrl })
  const list = await crlDer({ signer: root, thisUpdate: listed, nextUpdate: new Date('2040-01-07T00:00:00Z') })
  reader.site.answers.set('/lasting.crl', (_incoming, outgoing) => outgoing.writeHead(200, { date: told }).end(list))
})

async function shown(certificate: Certificate, at?: Date) {
  const source = { bytes: base64Text(certificate.der) }
  const { certificates } = await clientOf(reader.session.context).certificates.show({
    source,
    ...(at ? { at: at.toISOString() } : {}),
  })
  const [only] = certificates
  if (!only) throw new Error('no certificate was shown')
  return { clock: only.chain.clock, state: only.chain.state, odd: only.certificate.odd.map(({ code }) => code) }
}

describe('a clock that is behind', () => {
  it('is the first that the report on a mail says, and no certificate has then not begun', async () => {
    const bytes = await reader.mail()
    reader.setClock(behind)
    const { verdict, findings } = await reader.read(bytes)
    expect(verdict.signature).toBe('not-yet-valid')
    expect(findings[0]).toMatchObject({
      code: 'clock-behind',
      severity: 'warning',
      data: { now: behind.toISOString(), source: 'root-list' },
    })
    for (const language of languages) {
      expect(phrase(language, 'findings.clock-behind', findings[0]?.data)).toContain('1990')
    }
    const { context } = reader.session
    const asked = expectSuccess(await openForReading(context, bytes, { at: behind }))
    expect(asked.report.findings.map(({ code }) => code)).not.toContain('clock-behind')
  })

  it('is measured by the newest list that came', async () => {
    reader.setClock(new Date('2040-01-02T00:00:00Z'))
    await shown(jonas.certificate)
    reader.setClock(behind)
    expect((await shown(jonas.certificate)).clock).toMatchObject({
      code: 'clock-behind',
      data: { source: 'revocation-list', known: listed.toISOString() },
    })
  })
})

describe('a clock that is ahead', () => {
  it('is doubted once a server told the time, and only as long as that is news', async () => {
    reader.setClock(ahead)
    const { certificate } = reader.anna
    const before = await shown(certificate)
    expect(before.clock).toBeUndefined()
    expect(before.odd).toContain('ended')

    await shown(jonas.certificate)
    const { clock, odd, state } = await shown(certificate)
    expect(clock).toEqual({
      code: 'clock-ahead',
      data: { now: ahead.toISOString(), known: '2040-01-01T00:00:00.000Z', source: 'server-answer' },
    })
    expect(odd).not.toContain('ended')
    expect(state).not.toBe('valid')
    expect((await shown(certificate, ahead)).clock).toBeUndefined()

    reader.setClock(new Date(ahead.getTime() + 2 * 3_600_000))
    expect((await shown(certificate)).clock).toBeUndefined()
  })

  it('is not doubted by a Date outside of the time for which the list beside it was signed', async () => {
    told = 'Fri, 01 Jan 2044 00:00:00 GMT'
    reader.setClock(ahead)
    await shown(jonas.certificate)
    expect((await shown(reader.anna.certificate)).clock).toBeUndefined()
  })

  it('changes nothing about what holds', async () => {
    reader.setClock(testNow)
    expect((await shown(reader.anna.certificate)).clock).toBeUndefined()
  })
})
