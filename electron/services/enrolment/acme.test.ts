/** ACME in full over real sockets: the sandbox's CA with the rules that other CAs have, and what a person does there. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EnrolmentEvent } from '../../../shared/contract/enrolment.ts'
import { phrase } from '../../../shared/words/words.ts'
import { base64Text, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { openMailbox } from '../../mail/mailbox/mailbox.ts'
import { submit } from '../../mail/submission/submit.ts'
import type { AcmePolicy } from '../../sandbox/acmeAccounts.ts'
import { sandboxServers } from '../../sandbox/servers.ts'
import type { ServiceContext } from '../context.ts'
import { identitiesProcedures } from '../identities/identities.ts'
import { accessTo } from '../mail/mailAccess.ts'
import { renewalRound } from '../rounds/renewalWatch.ts'
import { openSession, type Session } from '../session.ts'
import { failureOf, testRuntime } from '../testServices.ts'
import { enrolmentProcedures } from './enrolment.ts'
import { accountSession } from './enrolmentAccounts.ts'
import { dueReminders, giveReminders } from './reminders.ts'
import { renewalProcedures } from './renewal.ts'

const passphrase = 'correct horse battery staple'
const anna = { name: 'Anna Berger', address: 'anna@sandbox.example', keyType: 'ec-p256' as const }
const order = { ...anna, ca: { kind: 'sandbox' as const } }
const day = 86_400_000

let home: string
let session: Session | undefined
/** Moves the profile's clock, not the servers'. */
let ahead = 0

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'siegel-acme-'))
  ahead = 0
})

afterEach(async () => {
  await session?.close()
  session = undefined
  await rm(home, { recursive: true, force: true })
})

async function open(acmePolicy: AcmePolicy = {}, more: Partial<Parameters<typeof testRuntime>[0]> = {}) {
  session = await openSession({
    home,
    sandboxFolder: join(home, 'server'),
    kind: 'sandbox',
    runtime: testRuntime({
      clock: () => new Date(systemClock().getTime() + ahead),
      sandboxServers: sandboxServers({ clock: systemClock, random: systemRandom, acmePolicy }),
      ...more,
    }),
  })
  const { context } = session
  expectSuccess(await context.application.vault.create(passphrase))
  expectSuccess(await context.application.sandbox.start())
  return context
}

const enrolmentOf = (context: ServiceContext) => createRouterClient(enrolmentProcedures, { context })
const renewalOf = (context: ServiceContext) => createRouterClient(renewalProcedures, { context })

async function follow(context: ServiceContext, id: string, until?: (event: EnrolmentEvent) => boolean) {
  const events: EnrolmentEvent[] = []
  for await (const event of await enrolmentOf(context).follow({ id })) {
    events.push(event)
    if (until?.(event)) break
  }
  return events
}

/** Anna with a certificate; answers with its identity. */
async function certified(context: ServiceContext) {
  const { id } = await enrolmentOf(context).begin(order)
  const last = (await follow(context, id)).at(-1)
  if (last?.type !== 'done') throw new Error(JSON.stringify(last))
  return last.identity
}

describe('a CA with terms', () => {
  it('gets no account before the person has agreed to them', async () => {
    const termsOfService = 'https://ca.example/terms'
    const context = await open({ termsOfService })
    const { id } = await enrolmentOf(context).begin(order)
    expect((await follow(context, id)).at(-1)).toEqual({
      type: 'failed',
      code: 'terms-not-agreed',
      data: { host: 'Siegel Sandbox', url: termsOfService },
    })
    expect(await enrolmentOf(context).accounts()).toMatchObject([{ registered: false }])
    await enrolmentOf(context).agree({ id, url: termsOfService })
    expect((await follow(context, id)).at(-1)).toMatchObject({ type: 'done' })
    expect(await enrolmentOf(context).accounts()).toMatchObject([{ registered: true, certificates: 1 }])
  })
})

describe('a CA for customers', () => {
  const hmacKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'

  it('registers with the binding that it handed out, which is forgotten afterwards', async () => {
    const context = await open({ externalAccounts: { 'kid-1': hmacKey } })
    const { id } = await enrolmentOf(context).begin(order)
    expect((await follow(context, id)).at(-1)).toMatchObject({ code: 'external-account-required' })
    const binding = { keyId: 'kid-1', hmacKey: 'A'.repeat(43) }
    await enrolmentOf(context).bind({ id, externalAccountBinding: binding })
    expect((await follow(context, id)).at(-1)).toMatchObject({ code: 'ca-refused', data: { problem: 'unauthorized' } })
    await enrolmentOf(context).bind({ id, externalAccountBinding: { ...binding, hmacKey } })
    expect((await follow(context, id)).at(-1)).toMatchObject({ type: 'done' })
    const [account] = context.application.acmeAccounts.list()
    expect(account).toMatchObject({ bindingKeyId: 'kid-1' })
    expect(account?.sealedBindingKey).toBeUndefined()
  })

  it('is told the binding at once where the request brings it along', async () => {
    const context = await open()
    const externalAccountBinding = { keyId: 'kid-1', hmacKey }
    const ca = { kind: 'acme' as const, directoryUrl: 'https://ca.example/directory', externalAccountBinding }
    const { id } = await enrolmentOf(context).begin({ ...anna, ca })
    const { accountId = '' } = context.application.enrolments.get(id) ?? {}
    const account = context.application.acmeAccounts.get(accountId)
    expect(account).toMatchObject({ directory: ca.directoryUrl, bindingKeyId: 'kid-1' })
    // Sealed: neither the row nor the database's file holds it.
    expect(JSON.stringify(account)).not.toContain(hmacKey)
  })
})

describe('an account', () => {
  it('is one for all certificates of a CA, gets a new key, and is closed for good', async () => {
    const context = await open()
    await certified(context)
    const { id: second } = await enrolmentOf(context).begin({ ...order, address: 'jonas@sandbox.example' })
    await follow(context, second)
    const [account, ...others] = await enrolmentOf(context).accounts()
    expect(others).toEqual([])
    expect(account).toMatchObject({ registered: true, certificates: 2, caName: 'Siegel Sandbox' })
    const id = account?.id ?? ''

    const keyBefore = context.application.acmeAccounts.get(id)?.sealedKey
    const urlBefore = context.application.acmeAccounts.get(id)?.url
    expect(await enrolmentOf(context).changeAccountKey({ id })).toMatchObject({ keyChangePending: false })
    expect(context.application.acmeAccounts.get(id)?.sealedKey).not.toEqual(keyBefore)
    expect(expectSuccess(await accountSession(context, id)).accountUrl).toBe(urlBefore)

    const contactOf = async () => (await enrolmentOf(context).accounts())[0]?.contact
    expect(await contactOf()).toBeUndefined()
    const told = await enrolmentOf(context).changeAccountContact({ id, address: anna.address })
    expect([told.contact, await contactOf()]).toEqual([anna.address, anna.address])
    expect(await enrolmentOf(context).changeAccountKey({ id })).toMatchObject({ contact: anna.address })
    await enrolmentOf(context).changeAccountContact({ id })
    expect(await contactOf()).toBeUndefined()
    expect(await failureOf(enrolmentOf(context).changeAccountContact({ id, address: 'no one' }))).toMatchObject({
      code: 'malformed-address',
    })

    expect(await enrolmentOf(context).closeAccount({ id })).toMatchObject({ closed: true })
    const { id: third } = await enrolmentOf(context).begin(order)
    expect((await follow(context, third)).at(-1)).toMatchObject({ type: 'done' })
    expect(await enrolmentOf(context).accounts()).toHaveLength(2)
  })

  it.each(['before', 'after'] as const)(
    'whose key change was cut off %s the CA heard of it finds out which key counts',
    async (when) => {
      const context = await open()
      await certified(context)
      const { acmeAccounts } = context.application
      const [before] = acmeAccounts.list()
      if (!before) throw new Error('no account')
      await enrolmentOf(context).changeAccountKey({ id: before.id })
      const [after] = acmeAccounts.list()
      if (!after) throw new Error('no account')
      const { vault } = context.application
      const keyOf = (account: typeof before) =>
        expectSuccess(vault.open(account.sealedIn, account.id, account.sealedKey))
      const next = expectSuccess(
        vault.seal('acme_accounts.next_key', before.id, keyOf(when === 'after' ? after : before)),
      )
      // As the row stood when the process was killed: the old key in use, the next one beside it.
      acmeAccounts.save({ ...(when === 'after' ? before : after), sealedNextKey: next })
      expectSuccess(await accountSession(context, before.id))
      const [settled] = acmeAccounts.list()
      expect(settled?.sealedNextKey).toBeUndefined()
      expect(settled && keyOf(settled)).toEqual(keyOf(after))
    },
  )
})

describe('a challenge mail', () => {
  it('that a CA writes only after the answer is asked for where that is known', async () => {
    const context = await open({ mailsAfterAnswer: true })
    const { id } = await enrolmentOf(context).begin(order)
    await follow(context, id, (event) => event.type === 'waiting')
    const { accountId = '' } = context.application.enrolments.get(id) ?? {}
    const account = context.application.acmeAccounts.get(accountId)
    if (!account) throw new Error('no account')
    context.application.acmeAccounts.save({ ...account, answersFirst: true })
    expect((await follow(context, id)).at(-1)).toMatchObject({ type: 'done' })
    expect(context.application.enrolments.get(id)?.progress.answered).toBe(true)
  })

  it('that was sorted into the junk is found there', async () => {
    const context = await open()
    const { id } = await enrolmentOf(context).begin(order)
    const access = expectSuccess(accessTo(context, 'sandbox:anna'))
    // The junk folder is there before the order, as in every real mailbox.
    const mailbox = expectSuccess(await openMailbox(access))
    try {
      expectSuccess(await mailbox.append('Junk', utf8Bytes('From: x@y.example\r\nSubject: Win\r\n\r\nNow\r\n')))
      await follow(
        context,
        id,
        (event) => event.type === 'step' && event.step === 'place-order' && event.state === 'done',
      )
      const [challenge] = expectSuccess(await mailbox.newMails(1)).slice(-1)
      const raw = expectSuccess(await mailbox.fetch('INBOX', challenge?.uid ?? 0))
      expectSuccess(await mailbox.append('Junk', raw))
    } finally {
      await mailbox.close()
    }
    const position = context.application.enrolments.get(id)?.progress.mailPosition ?? ''
    // Nothing new in the inbox: only the junk has it.
    const inInbox = JSON.parse(position) as { path: string; uid: number }[]
    const moved = inInbox.map((end) => (end.path === 'INBOX' ? { ...end, uid: end.uid + 1 } : end))
    const stored = context.application.enrolments.get(id)
    if (!stored) throw new Error('no enrolment')
    const progress = { ...stored.progress, mailPosition: JSON.stringify(moved) }
    context.application.enrolments.save({ ...stored, progress })
    expect((await follow(context, id)).at(-1)).toMatchObject({ type: 'done' })
  })

  it('is taken from the person’s hands, and its answer goes out through their own program', async () => {
    const context = await open()
    const { id } = await enrolmentOf(context).begin({ ...order, byHand: true })
    expect((await follow(context, id)).at(-1)).toMatchObject({
      type: 'by-hand',
      need: { kind: 'challenge-mail', to: anna.address },
    })
    const access = expectSuccess(accessTo(context, 'sandbox:anna'))
    const mailbox = expectSuccess(await openMailbox(access))
    const newest = expectSuccess(await mailbox.newMails(0)).at(-1)
    const raw = utf8Text(expectSuccess(await mailbox.fetch('INBOX', newest?.uid ?? 0)))
    await mailbox.close()
    const give = (mail: string) => enrolmentOf(context).giveMail({ id, source: { bytes: base64Text(utf8Bytes(mail)) } })
    expect(await failureOf(give(raw.replace('ACME: ', 'ACME: x')))).toMatchObject({
      code: 'challenge-forged',
      data: { reason: 'signature-failed' },
    })
    expect(await failureOf(give('From: a@b.example\r\nSubject: Lunch\r\n\r\nNow?'))).toMatchObject({
      code: 'not-a-challenge',
    })
    // Pasted from a window: other line ends, an empty line in front.
    const { need } = await give(`\n${raw.replaceAll('\r\n', '\n')}`)
    if (need.kind !== 'reply') throw new Error(need.kind)
    expect((await follow(context, id)).at(-1)).toEqual({ type: 'by-hand', need })
    const message = utf8Bytes(need.message)
    expectSuccess(
      await submit({
        ...access,
        envelope: { from: anna.address, to: [need.to] },
        message: [message],
        size: message.length,
      }),
    )
    await enrolmentOf(context).replySent({ id })
    expect((await follow(context, id)).at(-1)).toMatchObject({ type: 'done' })
    expect(await failureOf(enrolmentOf(context).replySent({ id }))).toMatchObject({ code: 'no-challenge-pending' })
  })

  it('by hand can be asked for, and Siegel can take over again', async () => {
    const context = await open({ mailsAfterAnswer: true })
    const { id } = await enrolmentOf(context).begin({ ...order, byHand: true })
    await follow(context, id)
    await enrolmentOf(context).askForMail({ id })
    expect((await follow(context, id)).at(-1)).toMatchObject({ type: 'by-hand', need: { asked: true } })
    await enrolmentOf(context).setByHand({ id, byHand: false })
    expect((await follow(context, id)).at(-1)).toMatchObject({ type: 'done' })
  })
})

describe('giving a request up', () => {
  it('tells the CA, whose order then comes to nothing', async () => {
    const context = await open()
    const { id } = await enrolmentOf(context).begin(order)
    await follow(
      context,
      id,
      (event) => event.type === 'step' && event.step === 'place-order' && event.state === 'done',
    )
    await enrolmentOf(context).cancel({ id })
    const { accountId = '', progress } = context.application.enrolments.get(id) ?? {}
    const { client, accountUrl } = expectSuccess(await accountSession(context, accountId))
    const left = expectSuccess(await client.order(accountUrl, progress?.orderUrl ?? ''))
    expect(left.order.status).toBe('invalid')
  })
})

describe('a renewal', () => {
  it('orders the next one with a new key, retires the old identity and keeps its key', async () => {
    const context = await open()
    const old = await certified(context)
    const { id } = await enrolmentOf(context).renew({ identityId: old.id, sameKey: false })
    const last = (await follow(context, id)).at(-1)
    if (last?.type !== 'done') throw new Error(JSON.stringify(last))
    const { identities } = context.application
    expect(identities.get(old.id)).toMatchObject({ retired: true, preferred: false })
    expect(identities.get(last.identity.id)).toMatchObject({ retired: false, preferred: true })
    expect(identities.get(last.identity.id)?.keyId).not.toBe(identities.get(old.id)?.keyId)
    expect(identities.key(old.id).ok).toBe(true)
    expect(await renewalOf(context).list()).toMatchObject([{ identityId: last.identity.id, way: 'acme' }])
  })

  it('has the same key again where that is wanted', async () => {
    const context = await open()
    const old = await certified(context)
    const { id } = await enrolmentOf(context).renew({ identityId: old.id, sameKey: true })
    await follow(context, id)
    const keys = context.application.identities.list().map(({ keyId }) => keyId)
    expect(keys).toHaveLength(2)
    expect(new Set(keys).size).toBe(1)
  })

  it('happens without a hand once the CA’s window has come, and only then', async () => {
    const context = await open()
    const old = await certified(context)
    const round = () => renewalRound(context, new AbortController().signal)
    expect(await round()).toEqual([])
    const [renewal] = await renewalOf(context).list()
    expect(renewal).toMatchObject({ identityId: old.id, way: 'acme', byItself: true, due: false })
    expect(renewal?.suggested).toBeDefined()
    ahead = new Date(renewal?.renewAt ?? '').getTime() - Date.now() + day
    context.application.vault.lock()
    expect(await round()).toEqual([])
    expectSuccess(await context.application.vault.unlock(passphrase))
    context.application.settings.change({ renewByItself: false })
    expect(await round()).toEqual([])
    context.application.settings.change({ renewByItself: true })
    expect(await round()).toEqual([old.id])
    expect(context.application.identities.list().filter(({ retired }) => !retired)).toHaveLength(1)
    expect(context.application.identities.get(old.id)?.retired).toBe(true)
    expect(await round()).toEqual([])
  })

  it('is for whoever got the certificate by ACME', async () => {
    const context = await open()
    expect(await failureOf(enrolmentOf(context).renew({ identityId: 'x', sameKey: false }))).toMatchObject({
      code: 'not-found',
    })
  })
})

describe('reminders', () => {
  it('are given once for each stage, the nearest first, and end with a successor', async () => {
    const told: { stage: number; days: number }[] = []
    const context = await open({}, { remind: ({ stage, days }) => told.push({ stage, days }) })
    const identity = await certified(context)
    const notAfter = new Date(identity.certificate.notAfter).getTime()
    const at = (days: number) => {
      ahead = notAfter - days * day - Date.now()
      giveReminders(context)
    }
    at(40)
    expect(told).toEqual([])
    at(29.5)
    at(20)
    expect(told).toEqual([{ stage: 30, days: 30 }])
    at(6.5)
    at(5)
    at(-0.5)
    expect(told.map(({ stage }) => stage)).toEqual([30, 7, 0])
    at(-60)
    expect(dueReminders(context)).toEqual([])
    expect(told).toHaveLength(3)
  })

  it('come as a calendar file for each certificate in use', async () => {
    const context = await open()
    await certified(context)
    const { spoolId, name } = await renewalOf(context).calendar({ language: 'de' })
    expect(name).toMatch(/\.ics$/)
    const text = utf8Text((await context.application.handover.get(spoolId)?.bytes()) ?? new Uint8Array())
    expect(text).toContain('TRIGGER:-P30D')
    expect(text.replaceAll('\r\n ', '')).toContain(
      `SUMMARY:${phrase('de', 'renewal.calendar.summary', { address: anna.address })}`,
    )
    expect(await failureOf(renewalOf(context).calendar({ identityId: 'x', language: 'en' }))).toMatchObject({
      code: 'not-found',
    })
  })

  it('in a calendar are taken back by the file of the next certificate', async () => {
    const context = await open()
    const old = await certified(context)
    const uids = async (identityId?: string) => {
      const wish = identityId === undefined ? {} : { identityId }
      const { spoolId } = await renewalOf(context).calendar({ language: 'en', ...wish })
      const text = utf8Text((await context.application.handover.get(spoolId)?.bytes()) ?? new Uint8Array())
      const entries = text.split('BEGIN:VEVENT').slice(1)
      return entries.map((entry) => [/^UID:(.*)$/m.exec(entry)?.[1]?.trim(), entry.includes('STATUS:CANCELLED')])
    }
    const [[before] = []] = await uids()
    const { id } = await enrolmentOf(context).renew({ identityId: old.id, sameKey: false })
    await follow(context, id)
    const after = await uids(context.application.identities.list().find(({ retired }) => !retired)?.id)
    expect(after.map(([, cancelled]) => cancelled)).toEqual([false, true])
    expect(after[1]).toEqual([before, true])
    expect(after[0]?.[0]).not.toBe(before)
  })
})

describe('an account that was closed at the CA', () => {
  it('can be closed here as well, and the next order begins another one', async () => {
    const context = await open()
    const old = await certified(context)
    const [{ id: account = '' } = {}] = context.application.acmeAccounts.list()
    const { client, accountUrl } = expectSuccess(await accountSession(context, account))
    expectSuccess(await client.deactivate(accountUrl))
    const { id } = await enrolmentOf(context).renew({ identityId: old.id, sameKey: false })
    expect((await follow(context, id)).at(-1)).toMatchObject({ code: 'ca-refused', data: { problem: 'unauthorized' } })
    await enrolmentOf(context).cancel({ id })
    expect(await enrolmentOf(context).closeAccount({ id: account })).toMatchObject({ closed: true })
    const { id: next } = await enrolmentOf(context).renew({ identityId: old.id, sameKey: false })
    expect((await follow(context, next)).at(-1)).toMatchObject({ type: 'done' })
  })
})

describe('an order that only the CA can go on with', () => {
  it.each([
    ['order-processing', { host: 'ca.example' }],
    ['ca-busy', { detail: '' }],
  ])('(%s) is asked about without a hand, not before the time that was named', async (code, data) => {
    const context = await open()
    const { enrolments } = context.application
    const { id } = await enrolmentOf(context).begin(order)
    const retryAt = new Date(Date.now() + 3 * day).toISOString()
    const failure = { code, data: { ...data, retryAt } }
    enrolments.save({ ...enrolments.get(id)!, state: 'failed', failure })
    const signal = new AbortController().signal
    await renewalRound(context, signal)
    expect(enrolments.get(id)).toMatchObject({ state: 'failed', failure })
    ahead = 3 * day
    context.application.vault.lock()
    await renewalRound(context, signal)
    expect(enrolments.get(id)).toMatchObject({ state: 'failed', failure })
    expectSuccess(await context.application.vault.unlock(passphrase))
    await renewalRound(context, signal)
    expect(enrolments.get(id)).toMatchObject({ state: 'done' })
    expect(context.application.identities.list()).toHaveLength(1)
  })
})

describe('a revocation', () => {
  it('through the account needs the passphrase, is told to the CA with its reason, and retires the identity', async () => {
    const context = await open()
    const { id } = await certified(context)
    expect(await renewalOf(context).revocation({ identityId: id })).toEqual({
      way: 'acme',
      caName: 'Siegel Sandbox',
      links: [],
    })
    const wish = { identityId: id, reason: 'keyCompromise' as const }
    expect(await failureOf(renewalOf(context).revoke({ ...wish, passphrase: 'another' }))).toMatchObject({
      code: 'wrong-passphrase',
    })
    expect(context.application.identities.get(id)?.retired).toBe(false)
    expect(await renewalOf(context).revoke({ ...wish, passphrase })).toMatchObject({ retired: true })
    expect(await renewalOf(context).revocation({ identityId: id })).toMatchObject({ reason: 'keyCompromise' })
    expect(await renewalOf(context).list()).toEqual([])
    const identities = createRouterClient(identitiesProcedures, { context })
    expect(await failureOf(identities.retire({ id, retired: false }))).toMatchObject({ code: 'identity-revoked' })
    expect(context.application.identities.get(id)?.retired).toBe(true)
    // Asked again, as after an answer that was lost: revoked is revoked.
    expect(await renewalOf(context).revoke({ ...wish, passphrase })).toMatchObject({ retired: true })
  })

  it('lets no certificate follow for the same key, and any for a new one', async () => {
    const context = await open()
    const { id } = await certified(context)
    await renewalOf(context).revoke({ identityId: id, reason: 'keyCompromise', passphrase })
    const sameKey = enrolmentOf(context).renew({ identityId: id, sameKey: true })
    expect(await failureOf(sameKey)).toMatchObject({ code: 'identity-revoked' })
    const { id: next } = await enrolmentOf(context).renew({ identityId: id, sameKey: false })
    expect((await follow(context, next)).at(-1)).toMatchObject({ type: 'done' })
    const [one, ...others] = context.application.identities.list().filter(({ retired }) => !retired)
    expect(others).toEqual([])
    expect(one?.keyId).not.toBe(context.application.identities.get(id)?.keyId)
  })

  it.each(['rsa-3072', 'ec-p256'] as const)('by the certificate’s own key needs no account (%s)', async (keyType) => {
    const context = await open()
    const { id: request } = await enrolmentOf(context).begin({ ...order, keyType })
    const last = (await follow(context, request)).at(-1)
    if (last?.type !== 'done') throw new Error(JSON.stringify(last))
    const [account] = await enrolmentOf(context).accounts()
    await enrolmentOf(context).closeAccount({ id: account?.id ?? '' })
    const wish = { identityId: last.identity.id, reason: 'superseded' as const, passphrase }
    expect(await renewalOf(context).revoke(wish)).toMatchObject({ retired: true })
  })

  it('at a CA that has forgotten the account goes by the certificate’s own key', async () => {
    const context = await open()
    const { id } = await certified(context)
    await context.application.sandbox.stop()
    expectSuccess(await context.application.sandbox.start())
    const wish = { identityId: id, reason: 'superseded' as const, passphrase }
    expect(await renewalOf(context).revoke(wish)).toMatchObject({ retired: true, state: 'revoked' })
  })

  it('at a CA that never issued the certificate fails, and the identity stays as it was', async () => {
    const context = await open()
    const { id } = await certified(context)
    await context.application.sandbox.stop()
    await rm(join(home, 'server'), { recursive: true })
    expectSuccess(await context.application.sandbox.start())
    const wish = { identityId: id, reason: 'unspecified' as const, passphrase }
    expect(await failureOf(renewalOf(context).revoke(wish))).toMatchObject({ code: 'ca-refused' })
    expect(context.application.identities.get(id)?.retired).toBe(false)
  })
})
