import { getEventListeners } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { expectSuccess } from '../../base/result.ts'
import { recipientStates } from '../mail/recipientStates.ts'
import { accessTo, daysFromNow, type TestReader, testReader } from '../revocation/testRevocation.ts'
import { clientOf } from '../testServices.ts'
import { revocationRound } from './revocationRound.ts'

let reader: TestReader
const address = 'anna@sandbox.example'

beforeEach(async () => {
  reader = await testReader()
})

function meetAnna(): void {
  const { anna, middle, session } = reader
  const { addressBook, trust } = session.context.application
  const { der, sha256, emails: addresses } = anna.certificate
  trust.rememberIssuers([middle.certificate])
  expectSuccess(addressBook.addCertificate(undefined, { der, sha256, addresses }, { kind: 'file', date: new Date() }))
}

const round = (signal = new AbortController().signal) => revocationRound(reader.session.context, signal)

describe('a round over the revocation lists', () => {
  it('tells of a contact whose certificate was revoked before anybody writes to them', async () => {
    meetAnna()
    await reader.serveList({ nextUpdate: daysFromNow(1) })
    await round()
    const states = () => recipientStates(reader.session.context, [address])
    expect(states()).toMatchObject([{ state: 'sealed' }])
    const asked = reader.site.asked.length
    await round()
    expect(reader.site.asked).toHaveLength(asked)
    reader.setClock(daysFromNow(2))
    await reader.serveList({
      entries: [{ of: reader.anna.certificate }],
      thisUpdate: daysFromNow(1.5),
      nextUpdate: daysFromNow(9),
    })
    const changed = reader.session.context.events.follow(undefined)
    await round()
    const topics = [(await changed.next()).value?.topic, (await changed.next()).value?.topic]
    expect(topics).toEqual(expect.arrayContaining(['contacts']))
    expect(states()).toMatchObject([{ state: 'broken', reason: 'revoked' }])
  })

  it('tells of an own one, also while the lock is closed', async () => {
    await reader.own()
    const { context } = reader.session
    context.application.vault.lock()
    await reader.serveList({ entries: [{ of: reader.anna.certificate }] })
    await round()
    expect(await clientOf(context).identities.list()).toMatchObject([{ state: 'revoked' }])
  })

  it('asks nobody about a single certificate, and nobody at all where lists are not wanted', async () => {
    await reader.reissue({ extensions: [accessTo({ ocsp: `${reader.site.url}/ocsp` })] })
    meetAnna()
    reader.allow({ lists: false, ocsp: true })
    await round()
    expect(reader.site.asked).toEqual([])
    reader.allow({ lists: true })
    await round()
    expect(reader.site.asked).toEqual(['/root.crl'])
  })

  it('leaves nothing with the signal of the window, which outlives it', async () => {
    meetAnna()
    await reader.serveList()
    const { signal } = new AbortController()
    await round(signal)
    expect(reader.site.asked).toContain('/middle.crl')
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('ends with its signal while a server is silent', async () => {
    meetAnna()
    const stop = new AbortController()
    reader.site.answers.set('/middle.crl', () => stop.abort())
    await round(stop.signal)
    expect(reader.site.asked).toContain('/middle.crl')
  })
})
