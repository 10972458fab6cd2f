import { beforeEach, describe, expect, it } from 'vitest'
import { testNow } from '../../certificates/testPki.ts'
import { accessTo, type TestReader, testReader } from '../revocation/testRevocation.ts'

let reader: TestReader

/** A letter that brings nobody's certificate but Anna's, which says where its issuer's lies. */
let bytes: Uint8Array

beforeEach(async () => {
  reader = await testReader()
  const { url, answers } = reader.site
  await reader.reissue({ crlUrl: `${url}/middle.crl`, extensions: [accessTo({ issuer: `${url}/middle.cer` })] })
  await reader.serveList()
  answers.set('/middle.cer', reader.middle.certificate.der)
  bytes = await reader.mail(testNow, [])
})

describe('an issuer that a mail does not bring', () => {
  it('is fetched only by consent: its address is like a picture that is loaded from afar', async () => {
    expect((await reader.read(bytes)).verdict.signature).toBe('unknown-issuer')
    reader.allow({ issuers: true })
    expect((await reader.read(bytes, { offline: true })).verdict.signature).toBe('unknown-issuer')
    expect(reader.site.asked).toEqual([])
  })

  it('completes the chain, is asked about like all others, and is remembered', async () => {
    reader.allow({ issuers: true })
    const { verdict, said } = await reader.read(bytes)
    expect(verdict.signature).toBe('good')
    expect(said).toEqual([])
    await reader.site.close()
    expect((await reader.read(bytes)).verdict.signature).toBe('good')
    expect(reader.site.asked.filter((path) => path === '/middle.cer')).toHaveLength(1)
  })

  it('and the lists below it are waited for together', async () => {
    reader.allow({ issuers: true })
    const { answers } = reader.site
    const { der } = reader.middle.certificate
    answers.set('/middle.cer', (_incoming, outgoing) => setTimeout(() => outgoing.end(der), 1_500))
    answers.set('/middle.crl', () => undefined)
    const { verdict, said } = await reader.read(bytes, { waitMs: 2_000 })
    expect(verdict.signature).toBe('good')
    expect(said).toEqual(['revocation-not-checked not-yet warning'])
  })

  it('that is somebody else changes nothing, and is not remembered', async () => {
    reader.allow({ issuers: true })
    reader.site.answers.set('/middle.cer', (await reader.stranger()).certificate.der)
    expect((await reader.read(bytes)).verdict.signature).not.toBe('good')
    expect(reader.session.context.application.trust.issuers()).toEqual([])
    // Looking again asks nobody.
    await reader.read(bytes)
    expect(reader.site.asked).toEqual(['/middle.cer'])
  })

  it('that is no certificate, or too large for one, leaves the chain as it was', async () => {
    reader.allow({ issuers: true })
    for (const answer of [Buffer.from('no certificate'), Buffer.alloc(200_000)]) {
      reader.site.answers.set('/middle.cer', answer)
      expect((await reader.read(bytes)).verdict.signature).toBe('unknown-issuer')
      reader.setClock(new Date(testNow.getTime() + 11 * 60_000))
    }
    expect(reader.site.asked).toEqual(['/middle.cer', '/middle.cer'])
  })
})
