import type { ServerResponse } from 'node:http'
import { beforeEach, describe, expect, it } from 'vitest'
import { crlDer, distributionPoints, placeOf, uriName } from '../../certificates/revocation/testCrl.ts'
import { type TestResponse, testResponseDer } from '../../certificates/revocation/testOcspResponder.ts'
import { testNow } from '../../certificates/testPki.ts'
import { accessTo, daysFromNow, type TestReader, testReader } from './testRevocation.ts'

const later = new Date(testNow.getTime() + 11 * 60_000)
const good = { state: 'good', source: 'crl' }

let reader: TestReader

beforeEach(async () => {
  reader = await testReader()
})

function endless(outgoing: ServerResponse): void {
  while (!outgoing.destroyed && outgoing.write(Buffer.alloc(262_144)));
  if (!outgoing.destroyed) outgoing.once('drain', () => endless(outgoing))
}

describe('a list that can not be had', () => {
  it('because its server is gone is a finding with its host and since when; the signature stays as good', async () => {
    const { site } = reader
    await site.close()
    const bytes = await reader.mail()
    const { verdict, said, findings } = await reader.read(bytes)
    expect(verdict).toMatchObject({ signature: 'good' })
    expect(said).toEqual(['revocation-unanswered unreachable warning', 'revocation-unanswered unreachable warning'])
    const [first] = findings.filter(({ code }) => code === 'revocation-unanswered')
    expect(first?.data).toMatchObject({ host: new URL(site.url).host, since: testNow.toISOString() })
    reader.setClock(later)
    const { states } = await reader.read(bytes)
    expect(states).toMatchObject([{ state: 'unknown', why: 'unreachable', since: testNow.toISOString() }, {}])
  })

  it('is not asked for again at once, and some minutes later it is', async () => {
    const bytes = await reader.mail()
    await reader.read(bytes)
    expect((await reader.read(bytes)).said).toEqual(['revocation-unanswered refused warning'])
    expect(reader.site.asked.filter((path) => path === '/middle.crl')).toHaveLength(1)
    reader.setClock(later)
    await reader.serveList()
    expect((await reader.read(bytes)).said).toEqual([])
  })

  it('in time is said to be on its way, and is there the next time', async () => {
    const der = await crlDer({ signer: reader.middle })
    reader.site.answers.set('/middle.crl', (_incoming, outgoing) => setTimeout(() => outgoing.end(der), 1_500))
    const bytes = await reader.mail()
    expect((await reader.read(bytes, { waitMs: 300 })).said).toEqual(['revocation-not-checked not-yet warning'])
    await expect.poll(async () => (await reader.read(bytes, { waitMs: 0 })).said).toEqual([])
    expect(reader.site.asked.filter((path) => path === '/middle.crl')).toHaveLength(1)
  })

  it.each<[why: string, what: string, answer: (outgoing: ServerResponse) => void]>([
    ['too-large', 'that never ends', endless],
    ['redirected', 'elsewhere', (outgoing) => outgoing.writeHead(302, { location: 'http://localhost:1/' }).end()],
    ['unreadable', 'that is no list', (outgoing) => outgoing.end('no list')],
  ])('is %s where its server answers with something %s', async (why, _what, answer) => {
    reader.site.answers.set('/middle.crl', (_incoming, outgoing) => answer(outgoing))
    const { verdict, said } = await reader.read(await reader.mail(), { waitMs: 20_000 })
    expect(verdict.signature).toBe('good')
    expect(said).toEqual([`revocation-unanswered ${why} warning`])
  })

  it('is none where somebody else signed it, or its server has only an old one', async () => {
    const bytes = await reader.mail()
    await reader.serveList({ signer: await reader.stranger() })
    expect((await reader.read(bytes)).said).toEqual(['revocation-unanswered not-trusted warning'])
    reader.setClock(later)
    await reader.serveList({ thisUpdate: daysFromNow(-9), nextUpdate: daysFromNow(-2) })
    expect((await reader.read(bytes)).said).toEqual(['revocation-unanswered-lately outdated warning'])
  })

  it('because it lies at another kind of address is named', async () => {
    const ldap = 'ldap://directory.example/cn=Middle'
    await reader.reissue({ extensions: [distributionPoints([placeOf(uriName(ldap))])] })
    const { said, states } = await reader.read(await reader.mail())
    expect(said).toEqual(['revocation-not-checked unsupported-address info'])
    expect(states).toMatchObject([{ why: 'unsupported-address', host: ldap }, good])
  })
})

describe('nobody is asked', () => {
  it('where the person does not want it, or not this time, and the report says so', async () => {
    await reader.serveList()
    const bytes = await reader.mail()
    for (const [patience, why] of [
      [{ offline: true }, 'offline'],
      [{}, 'off'],
    ] as const) {
      reader.allow({ lists: why !== 'off' })
      const line = `revocation-not-checked ${why} info`
      expect((await reader.read(bytes, patience)).said).toEqual([line, line])
    }
    expect(reader.site.asked).toEqual([])
  })

  it("about a chain that ends in no trusted root: its addresses are a stranger's", async () => {
    reader.session.context.application.trust.remove(reader.root.certificate.sha256)
    reader.allow({ ocsp: true })
    expect((await reader.read(await reader.mail())).said).toEqual(['revocation-not-checked chain-not-valid info'])
    expect(reader.site.asked).toEqual([])
  })

  it('about a signature that does not hold', async () => {
    const text = Buffer.from(await reader.mail())
      .toString('latin1')
      .replace('Dear Jonas', 'Dear Johan')
    expect((await reader.read(Buffer.from(text, 'latin1'))).verdict.signature).toBe('broken')
    expect(reader.site.asked).toEqual([])
  })

  it('on this machine, unless a test says so', async () => {
    const usual = await testReader(false)
    await usual.serveList()
    const line = 'revocation-unanswered address-not-allowed warning'
    expect((await usual.read(await usual.mail())).said).toEqual([line, line])
    expect(usual.site.asked).toEqual([])
  })

  it('any more when the profile is closed: what is under way ends', async () => {
    let closed: Promise<unknown> | undefined
    reader.site.answers.set('/middle.crl', (incoming) => {
      closed = new Promise((resolve) => incoming.socket.once('close', resolve))
    })
    expect((await reader.read(await reader.mail(), { waitMs: 300 })).said).toEqual([
      'revocation-not-checked not-yet warning',
    ])
    await reader.session.close()
    expect(closed).toBeDefined()
    await closed
  })
})

describe('a responder', () => {
  type Answers = TestResponse['answers'][number]

  async function serveAnswer(changes: Partial<Answers> = {}, signer = reader.middle): Promise<void> {
    const answer = { certificate: reader.anna.certificate, issuer: reader.middle.certificate, ...changes }
    reader.site.answers.set('/ocsp', await testResponseDer({ signer, answers: [answer] }))
  }

  const withResponder = (more: { readonly crlUrl?: string } = {}) =>
    reader.reissue({ ...more, extensions: [accessTo({ ocsp: `${reader.site.url}/ocsp` })] })

  it('is asked only by consent, and its answer is kept', async () => {
    await withResponder()
    await serveAnswer()
    const bytes = await reader.mail()
    expect((await reader.read(bytes)).said).toEqual(['revocation-not-checked ocsp-off info'])
    expect(reader.site.asked).toEqual(['/root.crl'])
    reader.allow({ ocsp: true })
    const { said, states } = await reader.read(bytes)
    expect(said).toEqual([])
    expect(states).toMatchObject([{ state: 'good', source: 'ocsp' }, good])
    await reader.site.close()
    expect((await reader.read(bytes)).said).toEqual([])
  })

  it('is not asked where the list answers', async () => {
    reader.allow({ ocsp: true })
    await withResponder({ crlUrl: `${reader.site.url}/middle.crl` })
    await reader.serveList()
    expect((await reader.read(await reader.mail())).said).toEqual([])
    expect(reader.site.asked).not.toContain('/ocsp')
  })

  it('is asked where the list does not answer, and may say revoked', async () => {
    reader.allow({ ocsp: true })
    await withResponder({ crlUrl: `${reader.site.url}/middle.crl` })
    await serveAnswer({ status: { revokedAt: daysFromNow(-1), reason: 1 } })
    const { verdict, states } = await reader.read(await reader.mail())
    expect(verdict).toMatchObject({ signature: 'revoked', level: 'bad' })
    expect(states).toMatchObject([{ state: 'revoked', source: 'ocsp', reason: 'keyCompromise' }, good])
  })

  it('that does not know the certificate, or is not who it claims to be, leaves it unknown', async () => {
    reader.allow({ ocsp: true })
    await withResponder()
    await serveAnswer({ status: 'unknown' })
    const bytes = await reader.mail()
    expect((await reader.read(bytes)).said).toEqual(['revocation-not-checked responder-unknown warning'])
    reader.setClock(daysFromNow(2))
    await serveAnswer({ nextUpdate: daysFromNow(9) }, await reader.stranger())
    expect((await reader.read(bytes)).said).toEqual(['revocation-unanswered-lately not-trusted warning'])
  })
})
