import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { expectSuccess } from '../../base/result.ts'
import { crlDer } from '../../certificates/revocation/testCrl.ts'
import { type TestEntity, testPerson } from '../../certificates/testPki.ts'
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
  reader.session.context.application.trust.rememberIssuers([reader.middle.certificate])
  meet(reader.anna)
}

function meet({ certificate: { der, sha256, emails: addresses } }: TestEntity): void {
  const { addressBook } = reader.session.context.application
  expectSuccess(addressBook.addCertificate(undefined, { der, sha256, addresses }, { kind: 'file', date: new Date() }))
}

/** Whether a round tells windows to ask anew about contacts. */
async function isToldByRound(): Promise<boolean> {
  const stop = new AbortController()
  const topics: string[] = []
  const following = (async () => {
    for await (const { topic } of reader.session.context.events.follow(stop.signal)) topics.push(topic)
  })()
  await setImmediate()
  // What was told before.
  topics.length = 0
  await round()
  await setImmediate()
  stop.abort()
  await following
  return topics.includes('contacts')
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
    // What Home tells of.
    const [anna] = await clientOf(reader.session.context).contacts.list({})
    expect(anna?.certificates).toMatchObject([{ state: 'revoked' }])
  })

  it('asks once for a list that many share, and tells of the last of them', async () => {
    meetAnna()
    const people = await Promise.all(
      Array.from({ length: 120 }, (_, index) =>
        testPerson(
          `p${index}@sandbox.example`,
          { issuer: reader.middle, keyOf: reader.anna },
          { crlUrl: `${reader.site.url}/middle.crl` },
        ),
      ),
    )
    for (const person of people) meet(person)
    await reader.serveList({ nextUpdate: daysFromNow(1) })
    expect(await isToldByRound()).toBe(false)
    expect(reader.site.asked.toSorted()).toEqual(['/middle.crl', '/root.crl'])
    reader.setClock(daysFromNow(2))
    const last = people.map(({ certificate }) => certificate).toSorted((a, b) => (a.sha256 < b.sha256 ? 1 : -1))[0]
    if (!last) throw new Error('nobody')
    await reader.serveList({ entries: [{ of: last }], thisUpdate: daysFromNow(1.5), nextUpdate: daysFromNow(9) })
    expect(await isToldByRound()).toBe(true)
    expect(reader.site.asked.filter((path) => path === '/middle.crl')).toHaveLength(2)
    const states = recipientStates(reader.session.context, [last.emails[0] ?? '', address])
    expect(states.map(({ state }) => state)).toEqual(['broken', 'sealed'])
  })

  it('asks for the list of a CA also where others came first that only use its name', async () => {
    const stranger = await reader.stranger()
    const pretenders = await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        testPerson(
          `q${index}@sandbox.example`,
          { issuer: stranger, keyOf: reader.anna },
          { crlUrl: `${reader.site.url}/middle.crl` },
        ),
      ),
    )
    for (const person of pretenders) meet(person)
    await reader.serveList()
    await round()
    expect(reader.site.asked).toEqual([])
    meetAnna()
    await round()
    expect(reader.site.asked).toContain('/middle.crl')
  })

  it('tells of the people of a CA that was revoked itself', async () => {
    meetAnna()
    await reader.serveList({ nextUpdate: daysFromNow(30) })
    await round()
    reader.setClock(daysFromNow(8))
    const entries = [{ of: reader.middle.certificate }]
    const later = { thisUpdate: daysFromNow(7.5), nextUpdate: daysFromNow(30) }
    reader.site.answers.set('/root.crl', await crlDer({ signer: reader.root, entries, ...later }))
    expect(await isToldByRound()).toBe(true)
    expect(recipientStates(reader.session.context, [address])).toMatchObject([{ state: 'broken', reason: 'revoked' }])
  })

  it('tells also that a certificate is held no longer', async () => {
    meetAnna()
    await reader.serveList({
      entries: [{ of: reader.anna.certificate, reason: 'certificateHold' }],
      nextUpdate: daysFromNow(1),
    })
    await round()
    expect(recipientStates(reader.session.context, [address])).toMatchObject([{ state: 'broken', reason: 'revoked' }])
    reader.setClock(daysFromNow(2))
    await reader.serveList({ thisUpdate: daysFromNow(1.5), nextUpdate: daysFromNow(9) })
    expect(await isToldByRound()).toBe(true)
    expect(recipientStates(reader.session.context, [address])).toMatchObject([{ state: 'sealed' }])
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
