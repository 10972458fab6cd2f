import { beforeEach, describe, expect, it } from 'vitest'
import { oids } from '../../asn1/oids.ts'
import { expectSuccess, success } from '../../base/result.ts'
import { crlDer, distributionPoints, placeOf, uriName } from '../../certificates/revocation/testCrl.ts'
import { testAuthority, testNow, testPerson } from '../../certificates/testPki.ts'
import { openForReading } from '../mail/reading.ts'
import { askBeforeSealing, readersOf, recipientStates } from '../mail/recipientStates.ts'
import { withSealed } from '../mail/sealing.ts'
import { clientOf } from '../testServices.ts'
import { daysFromNow, type TestReader, testReader } from './testRevocation.ts'

let reader: TestReader

beforeEach(async () => {
  reader = await testReader()
})

const good = { state: 'good', source: 'crl', thisUpdate: daysFromNow(-1 / 24).toISOString() }

describe('a list', () => {
  it('that names nobody makes the signature checked, with source and date, and says nothing more', async () => {
    await reader.serveList()
    const { verdict, said, states, signer } = await reader.read(await reader.mail())
    expect(verdict).toMatchObject({ signature: 'good', level: 'good' })
    expect(said).toEqual([])
    expect(states).toMatchObject([good, good])
    expect(signer?.atSigning).toBe('valid')
    expect(reader.site.asked.toSorted()).toEqual(['/middle.crl', '/root.crl'])
  })

  it('is asked for once until it runs out, also by another process, and serves while its server is gone', async () => {
    await reader.serveList({ entries: [{ of: reader.anna.certificate, reason: 'keyCompromise' }] })
    const bytes = await reader.mail()
    expect((await reader.read(bytes)).verdict.signature).toBe('revoked')
    await reader.site.close()
    const { verdict, states } = await reader.read(bytes, {}, await reader.another())
    expect(verdict).toMatchObject({ signature: 'revoked', level: 'bad' })
    expect(states).toMatchObject([{ state: 'revoked', reason: 'keyCompromise' }, good])
    expect(reader.site.asked).toHaveLength(2)
  })

  it('that has run out is asked for again, and still revokes where its server is gone', async () => {
    await reader.serveList({ entries: [{ of: reader.anna.certificate }] })
    const bytes = await reader.mail()
    await reader.read(bytes)
    reader.setClock(daysFromNow(8))
    await reader.site.close()
    const { verdict, said } = await reader.read(bytes)
    expect(verdict).toMatchObject({ signature: 'revoked', level: 'bad' })
    expect(said).toEqual(['revocation-unanswered-lately unreachable warning'])
  })

  it('replaces an older one, and is not pushed out by one of a stranger, of the future, of the past, or a delta', async () => {
    await reader.serveList({ entries: [{ of: reader.anna.certificate }], nextUpdate: daysFromNow(1) })
    const bytes = await reader.mail()
    await reader.read(bytes)
    for (const [days, changes] of [
      [1.5, { number: 9, base: 1, thisUpdate: daysFromNow(1.2), nextUpdate: daysFromNow(30) }],
      [2, { signer: await reader.stranger(), thisUpdate: daysFromNow(2) }],
      [3, { thisUpdate: daysFromNow(300), nextUpdate: daysFromNow(400) }],
      [4, { thisUpdate: daysFromNow(-20), nextUpdate: daysFromNow(20) }],
    ] as const) {
      reader.setClock(daysFromNow(days))
      await reader.serveList(changes)
      expect((await reader.read(bytes)).verdict.signature).toBe('revoked')
    }
    reader.setClock(daysFromNow(5))
    await reader.serveList({ thisUpdate: daysFromNow(4.5) })
    expect((await reader.read(bytes)).verdict.signature).toBe('good')
  })

  it('is not pushed out by the list of another CA that names the same address', async () => {
    const { root, site, anna } = reader
    await reader.serveList({ entries: [{ of: anna.certificate }], nextUpdate: daysFromNow(1) })
    const bytes = await reader.mail()
    await reader.read(bytes)
    reader.setClock(daysFromNow(2))
    const other = await testAuthority('Other', { issuer: root })
    const stranger = await testPerson('anna@sandbox.example', { issuer: other }, { crlUrl: `${site.url}/middle.crl` })
    const long = { thisUpdate: daysFromNow(1.5), nextUpdate: daysFromNow(200) }
    site.answers.set('/middle.crl', await crlDer({ signer: other, ...long }))
    reader.anna = stranger
    expect((await reader.read(await reader.mail(testNow, [other.certificate]))).states).toMatchObject([
      { state: 'good' },
      {},
    ])
    expect((await reader.read(bytes)).verdict.signature).toBe('revoked')
    await reader.serveList({
      entries: [{ of: anna.certificate, reason: 'keyCompromise' }],
      thisUpdate: daysFromNow(1.9),
    })
    reader.setClock(daysFromNow(2.1))
    expect((await reader.read(bytes)).states).toMatchObject([{ reason: 'keyCompromise' }, {}])
  })

  it('whose news come in deltas is read with them (RFC 5280 §5.2.6)', async () => {
    const points = distributionPoints([placeOf(uriName(`${reader.site.url}/delta.crl`))])
    const extensions = [{ ...points, oid: oids.freshestCrl }]
    await reader.reissue({ crlUrl: `${reader.site.url}/middle.crl`, extensions })
    await reader.serveList({ number: 1 })
    const delta = { signer: reader.middle, number: 2, base: 1, entries: [{ of: reader.anna.certificate }] }
    reader.site.answers.set('/delta.crl', await crlDer(delta))
    expect((await reader.read(await reader.mail())).verdict.signature).toBe('revoked')
    expect(reader.site.asked.toSorted()).toEqual(['/delta.crl', '/middle.crl', '/root.crl'])
  })
})

describe('a certificate that was revoked', () => {
  it('is told on the page of whoever owns it, and its state follows', async () => {
    await reader.serveList({ entries: [{ of: reader.anna.certificate, reason: 'superseded' }] })
    const { context } = reader.session
    const identity = await reader.own()
    const page = await clientOf(context).identities.get({ id: identity.id })
    expect(page.chain).toMatchObject({ state: 'revoked', revocation: [{ state: 'revoked' }, good] })
    expect(page.state).toBe('revoked')
    expect((await clientOf(context).identities.list()).map(({ state }) => state)).toEqual(['revoked'])
  })

  it('neither signs nor reads what is written, which is said before anything is sealed', async () => {
    const { context } = reader.session
    await reader.own()
    const [from] = [{ address: 'anna@sandbox.example' }]
    const letter = { from, to: [from], cc: [], bcc: [], subject: '', text: '', attachments: [] }
    const choices = { headerPolicy: 'baseline', legacyDisplay: false } as const
    const sealed = (sign: boolean, encrypt: boolean) =>
      withSealed(context, { ...letter, ...choices, sign, encrypt }, async () => success('sealed'))
    expect(await sealed(true, true)).toMatchObject({ ok: true })
    reader.setClock(daysFromNow(8))
    await reader.serveList({
      entries: [{ of: reader.anna.certificate, reason: 'keyCompromise' }],
      thisUpdate: daysFromNow(7),
      nextUpdate: daysFromNow(30),
    })
    expectSuccess(await context.application.vault.unlock('correct horse battery staple'))
    const refused = { ok: false, error: { code: 'own-key-compromised', address: from?.address } }
    expect(await sealed(true, false)).toEqual(refused)
    expect(await sealed(false, true)).toEqual(refused)
    expect(await sealed(false, false)).toMatchObject({ ok: true })
  })

  it('after the mail was signed and for a harmless reason asks for caution, and both are said', async () => {
    const entry = { of: reader.anna.certificate, reason: 'superseded' as const, revokedAt: daysFromNow(-2) }
    await reader.serveList({ entries: [entry] })
    const before = await reader.read(await reader.mail(daysFromNow(-10)))
    expect(before.verdict).toMatchObject({ signature: 'revoked', level: 'caution' })
    expect(before.signer).toMatchObject({ revokedSince: true, atSigning: 'valid', state: 'revoked' })
    expect(before.said).toEqual(['revoked-after-signing superseded warning'])
    const after = await reader.read(await reader.mail(daysFromNow(-1)))
    expect(after.verdict).toMatchObject({ signature: 'revoked', level: 'bad' })
    expect(after.signer).toMatchObject({ atSigning: 'revoked' })
    expect(after.signer?.revokedSince).toBeUndefined()
  })

  it('after the mail was signed is no excuse for the address of somebody else', async () => {
    const { url } = reader.site
    await reader.reissue({ crlUrl: `${url}/middle.crl`, emails: ['jonas@sandbox.example'] })
    const entry = { of: reader.anna.certificate, reason: 'superseded' as const, revokedAt: daysFromNow(-2) }
    await reader.serveList({ entries: [entry] })
    const { verdict, signer } = await reader.read(await reader.mail(daysFromNow(-10)))
    expect(verdict.level).toBe('bad')
    expect(signer?.revokedSince).toBeUndefined()
    expect(signer?.reasons.map(({ code }) => code)).toEqual(['address-not-in-certificate', 'revoked'])
  })

  it('is asked about also where a crowd of strangers signed before it', async () => {
    await reader.serveList({ entries: [{ of: reader.anna.certificate, reason: 'keyCompromise' }] })
    const crowd = await Promise.all(
      Array.from({ length: 8 }, () => testPerson('anna@sandbox.example', {}, { subject: { commonName: 'a' } })),
    )
    const { context } = reader.session
    const bytes = await reader.mail(testNow, [reader.middle.certificate], crowd)
    const { report } = expectSuccess(await openForReading(context, bytes))
    const states = report.signers.map(({ state }) => state)
    // SignerInfos are a SET OF, in the order of their DER: the short ones come first.
    expect(states).toEqual([...crowd.map(() => 'unknown-issuer'), 'revoked'])
  })

  it.each(['keyCompromise', 'unspecified', 'certificateHold', 'privilegeWithdrawn'] as const)(
    'for %s counts for nothing, whatever time its signer claims',
    async (reason) => {
      await reader.serveList({ entries: [{ of: reader.anna.certificate, reason, revokedAt: daysFromNow(-2) }] })
      const { verdict, signer } = await reader.read(await reader.mail(daysFromNow(-10)))
      expect(verdict).toMatchObject({ signature: 'revoked', level: 'bad' })
      expect(signer?.reasons.map(({ code }) => code)).toContain('revoked')
    },
  )

  it('is not sealed for, and the reason is said before anything is written', async () => {
    const { anna, middle, session, site } = reader
    const { addressBook, trust } = session.context.application
    const address = 'anna@sandbox.example'
    const { der, sha256, emails: addresses } = anna.certificate
    trust.rememberIssuers([middle.certificate])
    expectSuccess(addressBook.addCertificate(undefined, { der, sha256, addresses }, { kind: 'file', date: new Date() }))
    const states = () => recipientStates(session.context, [address])
    expect(states()).toMatchObject([{ state: 'sealed' }])
    // Looking at a list of people asks nobody.
    expect(site.asked).toEqual([])
    await reader.serveList({ entries: [{ of: anna.certificate, reason: 'keyCompromise' }] })
    await askBeforeSealing(session.context, { readers: [address], signers: [] })
    expect(states()).toMatchObject([{ state: 'broken', reason: 'revoked' }])
    expect(readersOf(session.context, [address])).toMatchObject({
      ok: false,
      error: { code: 'recipient-without-certificate', addresses: address },
    })
  })
})
