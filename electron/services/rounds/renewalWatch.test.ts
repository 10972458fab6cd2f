/** Renewing and reminding by itself where something is odd: clocks, locks, other processes, silent CAs, full disks. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Reminder } from '../../../shared/contract/renewal.ts'
import type { StoredEnrolment } from '../../acquisition/store.ts'
import { utf8Text } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { processName, processStartOf } from '../../base/runningProcess.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { listOwnerOf } from '../../certificates/revocation/cache.ts'
import { crlDer } from '../../certificates/revocation/testCrl.ts'
import { type TestEntity, testAuthority, testPerson } from '../../certificates/testPki.ts'
import { testFolder } from '../../storage/testProfile.ts'
import type { ServiceContext } from '../context.ts'
import { accountAt } from '../enrolment/enrolmentAccounts.ts'
import { dueReminders, giveReminders } from '../enrolment/reminders.ts'
import { renewalOf } from '../enrolment/renewalTimes.ts'
import { openSession } from '../session.ts'
import { clientOf, testRuntime } from '../testServices.ts'
import { renewalRound, watchRenewals } from './renewalWatch.ts'

const address = 'anna@sandbox.example'
const listUrl = 'http://crl.example/root.crl'
const passphrase = 'correct horse battery staple'
const day = 86_400_000
/** How long what must come is waited for: as long as a busy machine takes. */
const patience = { timeout: 60_000 }
const start = new Date('2026-06-01T12:00:00Z')
const daysOn = (days: number) => new Date(start.getTime() + days * day)

let now: Date
let context: ServiceContext
/** Another process on the same profile. */
let another: () => Promise<ServiceContext>
let told: Reminder[]
let directory: string
/** Connections to the CA; they are dropped at once, or held. */
let knocks: Socket[]
let holding: boolean

beforeEach(async () => {
  now = start
  told = []
  knocks = []
  holding = false
  const server = createServer((socket) => {
    knocks.push(socket.on('error', () => {}))
    if (!holding) socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const knock of knocks) knock.destroy()
    server.close()
  })
  directory = `https://127.0.0.1:${(server.address() as { port: number }).port}/directory`
  const runtime = testRuntime({ clock: () => now, remind: (reminder) => told.push(reminder) })
  const home = testFolder()
  const opened = async () => {
    const session = await openSession({ home, runtime })
    onTestFinished(() => session.close())
    return session.context
  }
  context = await opened()
  expectSuccess(await context.application.vault.create(passphrase))
  another = async () => {
    const other = await opened()
    expectSuccess(await other.application.vault.unlock(passphrase))
    return other
  }
})

afterEach(() => {
  vi.useRealTimers()
})

/** Anna's certificate; by ACME unless told otherwise. */
async function own({ from = -300, until = 65, byAcme = true, issuerUntil = 0, revoked = false } = {}) {
  const { identities, enrolments, profile, accounts, trust } = context.application
  const validity = { notBefore: daysOn(from), notAfter: daysOn(until) }
  const issuer = await testAuthority('Root', {}, { ...validity, notAfter: daysOn(issuerUntil || until) })
  if (issuerUntil > 0) expectSuccess(trust.add(issuer.certificate, ''))
  const { pkcs8, certificate } = await testPerson(address, { issuer }, { ...validity, crlUrl: listUrl })
  if (revoked) await revokedByCa(issuer, certificate)
  const pair = { pkcs8, certificateDer: certificate.der, addresses: [address], chain: [] }
  const { identity } = expectSuccess(await identities.importPair(pair))
  profile.database.run('UPDATE identities SET created_at = ?', [daysOn(from).toISOString()])
  if (!byAcme) return identity
  const account = expectSuccess(await accountAt(context, directory))
  const server = { host: '127.0.0.1', port: 9, security: 'tls', user: 'anna' } as const
  expectSuccess(accounts.add({ name: 'Anna', address, password: 'geheim', submission: server, mailbox: server }))
  enrolments.save({
    id: 'first',
    name: 'Anna',
    address,
    ca: 'acme',
    caName: '127.0.0.1',
    directoryUrl: directory,
    keyType: 'ec-p256',
    byHand: false,
    step: 'install',
    state: 'done',
    createdAt: daysOn(from).toISOString(),
    updatedAt: daysOn(from).toISOString(),
    progress: {},
    accountId: account.id,
    keyId: identity.keyId,
    identityId: identity.id,
  })
  return identity
}

/** The CA's list, as a round has fetched it. */
async function revokedByCa(issuer: TestEntity, certificate: Certificate): Promise<void> {
  const times = { thisUpdate: daysOn(-1), nextUpdate: daysOn(400) }
  const list = await crlDer({ signer: issuer, ...times, entries: [{ of: certificate, revokedAt: daysOn(-2) }] })
  context.application.revocation.cache.keep({ kind: 'crl', url: listUrl, owner: listOwnerOf(certificate) }, list, times)
}

async function calendarText() {
  const { spoolId } = await clientOf(context).renewal.calendar({ language: 'en' })
  return utf8Text((await context.application.handover.get(spoolId)?.bytes()) ?? new Uint8Array())
}

/** The order of the next one, as a round left it. */
function ordered(id: string, changes: Partial<StoredEnrolment>): void {
  const { enrolments } = context.application
  const { identityId: _, ...first } = enrolments.get('first')!
  const updatedAt = now.toISOString()
  enrolments.save({ ...first, id: 'next', step: 'place-order', renews: id, updatedAt, ...changes })
}

/** The lock closes with the hours; whoever is at work has opened it. */
async function round(): Promise<string[]> {
  const { vault } = context.application
  if (vault.state() === 'locked') expectSuccess(await vault.unlock(passphrase))
  return renewalRound(context, new AbortController().signal)
}
const next = () => context.application.enrolments.get('next')
const passing = { code: 'ca-unreachable', data: { host: '127.0.0.1' } }

describe('a CA', () => {
  it('is asked when it wants the renewal until the certificate has ended, and not after that', async () => {
    const identity = await own()
    const ask = () =>
      clientOf(context)
        .renewal.ask({ identityId: identity.id })
        .catch(() => undefined)
    now = daysOn(64)
    await ask()
    expect(knocks.length).toBeGreaterThan(0)
    knocks = []
    now = daysOn(66)
    await ask()
    expect(knocks).toEqual([])
  })
})

describe('whoever asks the CA by a timer', () => {
  it('asks no earlier than it said, and not about a certificate that a later one follows (RFC 9773 §4.3)', async () => {
    const identity = await own()
    const knocksOfAsking = async () => {
      knocks = []
      await clientOf(context)
        .renewal.ask({ identityId: identity.id })
        .catch(() => undefined)
      return knocks.length
    }
    expect(await knocksOfAsking()).toBeGreaterThan(0)
    now = new Date(start.getTime() + 5 * 3_600_000)
    expect(await knocksOfAsking()).toBe(0)
    now = new Date(start.getTime() + 6 * 3_600_000)
    expect(await knocksOfAsking()).toBeGreaterThan(0)
    now = daysOn(1)
    const validity = { notBefore: daysOn(-1), notAfter: daysOn(300) }
    const issuer = await testAuthority('Root', {}, validity)
    const { pkcs8, certificate } = await testPerson(address, { issuer }, validity)
    const pair = { pkcs8, certificateDer: certificate.der, addresses: [address], chain: [] }
    // The lock has closed meanwhile.
    expectSuccess(await context.application.vault.unlock(passphrase))
    expectSuccess(await context.application.identities.importPair(pair))
    expect(await knocksOfAsking()).toBe(0)
  })
})

describe('a clock that was set back', () => {
  it('by a year keeps nobody from asking the CA for its date', async () => {
    await own()
    now = daysOn(365)
    await round()
    const before = knocks.length
    expect(before).toBeGreaterThan(0)
    now = start
    await round()
    expect(knocks.length).toBeGreaterThan(before)
  })

  it('by a year keeps no order waiting for a time that the CA named before', async () => {
    const { id } = await own()
    now = daysOn(365)
    const retryAt = daysOn(366).toISOString()
    ordered(id, { state: 'failed', failure: { code: 'ca-busy', data: { retryAt } } })
    now = start
    expect(await round()).toEqual([id])
    now = daysOn(1)
    ordered(id, { state: 'failed', failure: { code: 'ca-busy', data: { retryAt: daysOn(3).toISOString() } } })
    expect(await round()).toEqual([])
  })

  it('reminds of an end that it was once told of in the future', async () => {
    await own({ until: 29, byAcme: false })
    now = daysOn(365 - 340)
    giveReminders(context)
    expect(told.map(({ stage }) => stage)).toEqual([7])
    now = start
    giveReminders(context)
    expect(told.map(({ stage }) => stage)).toEqual([7, 30])
    giveReminders(context)
    expect(told).toHaveLength(2)
  })
})

describe('a clock that a server has just shown to be a year ahead', () => {
  it('orders nothing and reminds of nothing, until it is right', async () => {
    await own({ from: -10, until: 400 })
    const told = vi.spyOn(context.application.revocation.fetcher, 'toldPresent').mockReturnValue(daysOn(200))
    now = daysOn(600)
    const orders = () => context.application.enrolments.list().filter(({ renews }) => renews !== undefined)
    expect(await round()).toEqual([])
    expect(orders()).toEqual([])
    expect(dueReminders(context)).toEqual([])
    now = daysOn(391)
    told.mockReturnValue(now)
    expect(await round()).toHaveLength(1)
    expect(orders()).toHaveLength(1)
  })
})

describe('a window of the CA’s', () => {
  it('behind the end of the certificate counts as one before it', async () => {
    const identity = await own({ from: -265, until: 100 })
    context.application.renewals.saveTime(identity.id, {
      suggested: { start: daysOn(400), end: daysOn(500) },
      renewAt: daysOn(450),
      askAgainAt: daysOn(500),
    })
    now = daysOn(60)
    expect(renewalOf(context, identity).due).toBe(false)
    now = daysOn(64)
    expect(renewalOf(context, identity).due).toBe(true)
  })
})

describe('a CA that ends before the certificate', () => {
  it('has it renewed, and its owner reminded, by the CA’s end', async () => {
    const identity = await own({ from: -100, until: 265, byAcme: false, issuerUntil: 20 })
    const suggested = { start: daysOn(200), end: daysOn(210) }
    context.application.renewals.saveTime(identity.id, { suggested, renewAt: daysOn(205), askAgainAt: daysOn(300) })
    expect(renewalOf(context, identity)).toMatchObject({ due: true, renewAt: daysOn(-20).toISOString() })
    expect(dueReminders(context)).toMatchObject([{ stage: 30, days: 20, notAfter: daysOn(20).toISOString() }])
  })
})

describe('an order that the person gave up', () => {
  it('is not placed again behind their back, and they are reminded as of any other', async () => {
    const { id } = await own()
    ordered(id, { state: 'failed', failure: passing })
    expect(renewalOf(context, context.application.identities.get(id)!)).toMatchObject({ byItself: true, due: true })
    await clientOf(context).enrolment.cancel({ id: 'next' })
    expect(await round()).toEqual([])
    expect(context.application.enrolments.list()).toHaveLength(2)
    expect(await clientOf(context).renewal.list()).toMatchObject([{ identityId: id, byItself: false, due: true }])
  })
})

describe('an order that another process is at', () => {
  it('is left to it, and gone on with where that one was killed an hour ago', async () => {
    const { id } = await own()
    ordered(id, { state: 'running' })
    expect(await round()).toEqual([])
    expect(next()).toMatchObject({ state: 'running' })
    now = new Date(start.getTime() + 3_600_000)
    expect(await round()).toEqual([id])
    expect(next()).toMatchObject({ state: 'failed', failure: {} })
  })

  it('is gone on with at once where it is known to have been killed', async () => {
    const { id } = await own()
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'])
    onTestFinished(() => void child.kill('SIGKILL'))
    const [, , counter] = processName().split('-')
    const runBy = [child.pid, processStartOf(child.pid ?? 0) || 1, counter].join('-')
    ordered(id, { state: 'running', progress: { runBy } })
    expect(await round()).toEqual([])
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await round()).toEqual([id])
    expect(next()).toMatchObject({ state: 'failed' })
  })

  it('may have been begun by it in the same moment', async () => {
    const { id } = await own()
    const other = await another()
    holding = true
    const { signal } = new AbortController()
    const rounds = [renewalRound(context, signal), renewalRound(other, signal)]
    // Both have asked for the CA's date; now both find that it is time.
    await vi.waitFor(() => expect(knocks).toHaveLength(2), patience)
    for (const knock of knocks.splice(0)) knock.destroy()
    await vi.waitFor(() => expect(knocks).toHaveLength(1), patience)
    holding = false
    for (const knock of knocks) knock.destroy()
    const tried = await Promise.all(rounds)
    expect(context.application.enrolments.list().filter(({ renews }) => renews === id)).toHaveLength(1)
    expect(tried.flat()).toContain(id)
  })
})

describe('an address whose mailbox is here no longer', () => {
  it('has its renewal left to the person, who hears of it at once', async () => {
    const { id } = await own({ from: -60, until: 30 })
    const [account] = context.application.accounts.list()
    context.application.accounts.remove(account?.id ?? '')
    expect(await round()).toEqual([])
    expect(renewalOf(context, context.application.identities.get(id)!)).toMatchObject({ byItself: false, due: true })
    expect(dueReminders(context)).toMatchObject([{ identityId: id, stage: 30 }])
  })
})

describe('an order that failed', () => {
  const failedWith = async (code: string, data: Record<string, unknown>) => {
    const { id } = await own()
    now = daysOn(-1)
    ordered(id, { state: 'failed', failure: { code, data } })
    now = new Date(start.getTime() - 3_600_000)
    const within = await round()
    now = start
    return { within, after: await round(), id }
  }

  it.each([
    ['ca-refused', { problem: 'rateLimited', detail: 'too many orders' }],
    ['ca-refused', { problem: 'http-503', detail: '' }],
    ['ca-answer-unusable', { reason: 'directory' }],
    ['certificate-untrusted', { host: 'mail.example.org', reason: 'self-signed' }],
    ['order-expired', { host: 'ca.example', expires: '2026-05-30T12:00:00.000Z' }],
    ['order-without-end', { host: 'ca.example', since: '2026-05-01T12:00:00.000Z' }],
  ])('for what may pass is tried again the next day: %s %o', async (code, data) => {
    const { within, after, id } = await failedWith(code, data)
    expect(within).toEqual([])
    expect(after).toEqual([id])
  })

  it.each([
    ['ca-refused', { problem: 'rejectedIdentifier', detail: 'not ours' }],
    ['external-account-required', { host: 'ca.example' }],
    ['authentication-refused', { host: 'mail.example.org', user: 'anna', response: '' }],
  ])('for what a person has to see to is theirs: %s %o', async (code, data) => {
    const { within, after } = await failedWith(code, data)
    expect([...within, ...after]).toEqual([])
  })
})

describe('reminders', () => {
  it('tell once that the CA has revoked it, and of its end no more', async () => {
    const { id } = await own({ until: 20, byAcme: false, issuerUntil: 400, revoked: true })
    giveReminders(context)
    giveReminders(context)
    expect(told).toMatchObject([{ identityId: id, kind: 'revoked', address }])
    now = daysOn(15)
    giveReminders(context)
    expect(told).toHaveLength(1)
    const text = await calendarText()
    expect(text).not.toContain('VALARM')
    expect(text).toContain('CANCELLED')
    now = daysOn(21)
    expect(dueReminders(context)).toEqual([])
  })

  it('tell once that the CA wants it renewed long before its end, where nothing is ordered by itself', async () => {
    const { id } = await own({ from: -10, until: 355 })
    context.application.settings.change({ renewByItself: false })
    expect(dueReminders(context)).toEqual([])
    const suggested = { start: daysOn(-2), end: daysOn(-1) }
    context.application.renewals.saveTime(id, { suggested, renewAt: daysOn(-1), askAgainAt: daysOn(1) })
    giveReminders(context)
    giveReminders(context)
    expect(told).toMatchObject([{ identityId: id, kind: 'wanted', days: 355 }])
    now = daysOn(330)
    giveReminders(context)
    expect(told.map(({ kind }) => kind)).toEqual(['wanted', 'ends'])
  })

  it('leave the first days to Siegel where it orders by itself, and come where that brought nothing', async () => {
    await own({ from: -60, until: 30 })
    expect(dueReminders(context)).toEqual([])
    now = daysOn(2)
    expect(dueReminders(context)).toEqual([])
    now = daysOn(4)
    expect(dueReminders(context)).toMatchObject([{ stage: 30, days: 26 }])
    context.application.settings.change({ renewByItself: false })
    now = start
    expect(dueReminders(context)).toMatchObject([{ stage: 30, days: 30 }])
  })

  it('say nothing of the end of a certificate that has just been issued for 30 days', async () => {
    await own({ from: 0, until: 30, byAcme: false })
    expect(dueReminders(context)).toEqual([])
    now = daysOn(21)
    expect(dueReminders(context)).toMatchObject([{ stage: 30, days: 9 }])
    now = daysOn(30.5)
    expect(dueReminders(context)).toMatchObject([{ stage: 0 }])
  })

  it('that can not be written down on a full disk are given all the same, and once', async () => {
    const { database } = context.application.profile
    const { id } = await own({ until: 20, byAcme: false })
    const pages = Number(database.get('PRAGMA page_count')?.['page_count'])
    database.exec(`PRAGMA max_page_count = ${pages}`)
    for (let stage = 1_000; ; stage++) {
      try {
        context.application.renewals.saveReminder(`${id}-${'x'.repeat(500)}`, stage, now)
      } catch {
        break
      }
    }
    giveReminders(context)
    giveReminders(context)
    expect(told).toMatchObject([{ identityId: id, stage: 30 }])
  })
})

describe('the watch', () => {
  const ticks = (ms: number) => vi.advanceTimersByTimeAsync(ms)

  /** Fake timers for the watch alone. */
  function watch() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    const watching = watchRenewals(context)
    onTestFinished(() => watching.stop())
  }

  it('looks again after an unlocking that came while it looked', async () => {
    await own()
    context.application.vault.lock()
    holding = true
    watch()
    await ticks(20_000)
    await vi.waitFor(() => expect(knocks).toHaveLength(1), patience)
    expectSuccess(await context.application.vault.unlock(passphrase))
    await ticks(20_000)
    holding = false
    for (const knock of knocks) knock.destroy()
    const orders = () => context.application.enrolments.list().filter(({ renews }) => renews !== undefined)
    await vi.waitFor(async () => {
      await ticks(20_000)
      expect(orders()).toHaveLength(1)
    }, patience)
  })

  it('reminds while an order waits for its CA', async () => {
    await own({ from: -60, until: 28 })
    holding = true
    watch()
    await ticks(20_000)
    await vi.waitFor(() => expect(knocks).toHaveLength(1), patience)
    expect(told).toEqual([])
    now = daysOn(10)
    await ticks(3_600_000)
    expect(told).toMatchObject([{ stage: 30 }])
    for (const knock of knocks) knock.destroy()
  })
})
