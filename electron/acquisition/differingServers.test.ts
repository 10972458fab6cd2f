/** Servers that differ from each other, and from the standard: what the machine makes of each. */

import { beforeAll, describe, expect, it } from 'vitest'
import { failure, success } from '../base/result.ts'
import { dkimRecord } from '../sandbox/authority.ts'
import { dkimSigned } from '../sandbox/dkim.ts'
import { keyAuthorizationDigest } from './acme/emailReply.ts'
import type { AcmeError } from './acme/errors.ts'
import { withMailByHand } from './challengeMails.ts'
import {
  accountKey,
  address,
  caAddress,
  caCertificate,
  challengeMail,
  failureOf,
  makeKeys,
  refusals,
  stored,
  tokenPart1,
  tokenPart2,
  url,
  world,
} from './testEnrolment.ts'

beforeAll(() => makeKeys({ dkimSigned, dkimRecord }))

const refused = (status: number, problem: string, more: object = {}) =>
  failure({ code: 'ca-refused' as const, problem, detail: 'No.', status, ...more } as AcmeError)

const invalidWithoutError = {
  type: 'email-reply-00',
  url: url('challenge'),
  status: 'invalid' as const,
  token: tokenPart2,
  from: caAddress,
}

describe('a challenge mail', () => {
  it('that comes only after the challenge was answered is waited for, asked for after four minutes, and answered', async () => {
    const made = world({
      mails: async () => (made.challengesAnswered() > 0 ? [await challengeMail()] : []),
    })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.challengesAnswered()).toBe(1)
    expect(made.minutes()).toBeGreaterThanOrEqual(4)
    expect(made.minutes()).toBeLessThan(6)
    // The next order at this CA doesn't wait.
    expect(made.learnt).toEqual([true])
  })

  it('of a CA that is known to write only then is asked for at once', async () => {
    const made = world({
      mails: async () => (made.challengesAnswered() > 0 ? [await challengeMail()] : []),
      account: { answersFirst: true },
    })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.minutes()).toBeLessThan(1)
  })

  it('that is slow is not overtaken by an answer: three minutes of greylisting are waited out', async () => {
    const made = world({ mails: async () => (made.minutes() >= 3 ? [await challengeMail()] : []) })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    // Once, after the mail was answered: as the RFC has it.
    expect(made.challengesAnswered()).toBe(1)
    expect(made.learnt).toEqual([])
  })

  it('is not asked for a second time by a run that goes on, and what was learnt is forgotten when the CA takes it amiss', async () => {
    const made = world({
      mails: () => [],
      authorization: () =>
        made.challengesAnswered() > 0 ? { status: 'invalid', challenges: [invalidWithoutError] } : {},
    })
    expect(failureOf(await made.run())).toEqual({ code: 'ca-refused', problem: 'challenge-invalid', detail: '' })
    expect(made.challengesAnswered()).toBe(1)
    expect(made.learnt).toEqual([false])
    expect(made.saved.at(-1)).toMatchObject({ step: 'place-order', state: 'failed' })
  })

  it('holds both halves of the token as text: they are joined, not decoded', () => {
    const digest = keyAuthorizationDigest(tokenPart1, tokenPart2, accountKey.thumbprint)
    expect(digest).toMatch(/^[A-Za-z0-9_-]{43}$/)
    // 43 and 22 characters: decoded and encoded again they would be two characters shorter.
    expect(keyAuthorizationDigest(`${tokenPart1}${tokenPart2}`, '', accountKey.thumbprint)).toBe(digest)
  })

  it('is answered with 43 characters on a line of their own', async () => {
    const { run, replies } = world()
    await run()
    expect(replies[0]?.message).toMatch(
      /\r\n\r\n-----BEGIN ACME RESPONSE-----\r\n[A-Za-z0-9_-]{43}\r\n-----END ACME RESPONSE-----\r\n$/,
    )
  })

  it.each([
    ['without Auto-Submitted', (text: string) => text.replace(/Auto-Submitted: .*\r\n/, ''), 'not-auto-submitted'],
    ['from another address', (text: string) => text.replaceAll(caAddress, 'acme@eve.example'), 'other-sender'],
    ['to another address', (text: string) => text.replace(`To: <${address}>`, 'To: <b@c.example>'), 'other-recipient'],
    ['that is a reply', (text: string) => text.replace('Subject: ACME', 'Subject: Re: ACME'), 'reply-subject'],
    ['that nobody signed', (text: string) => text.slice(text.indexOf('\r\nFrom: <') + 2), 'not-signed'],
    ['that was changed', (text: string) => text.replace('ACME: Lg', 'ACME: Xg'), 'signature-failed'],
  ])('%s is refused with its reason and never answered', async (_, change, reason) => {
    const { run, replies } = world({ mails: async () => [await challengeMail(tokenPart1, change)] })
    const events = await run()
    expect(refusals(events)).toEqual([reason])
    expect(failureOf(events)).toMatchObject({ code: 'challenge-late' })
    expect(replies).toHaveLength(0)
  })

  it('whose token was answered for another order is a replay and never answered', async () => {
    const { run, replies } = world({ isSpent: (token) => token === tokenPart1 })
    const events = await run()
    expect(refusals(events)).toEqual(['replayed'])
    expect(replies).toHaveLength(0)
  })

  it('without a pending order is not even looked at', async () => {
    const { ports } = world()
    const raw = await challengeMail()
    expect(await withMailByHand(raw, stored, accountKey.thumbprint, ports)).toEqual(
      failure({ code: 'no-challenge-pending' }),
    )
    const answeredAlready = { ...stored, step: 'await-validation' as const, progress: { tokenPart2 } }
    expect(await withMailByHand(raw, answeredAlready, accountKey.thumbprint, ports)).toEqual(
      failure({ code: 'no-challenge-pending' }),
    )
  })
})

describe('mails that the person does by hand', () => {
  const byHand = { ...stored, byHand: true }

  it('stop the run where the mail and where the answer are needed, and it goes on from there', async () => {
    const { run, saved, ports, replies } = world({ authorization: () => ({ status: 'valid' }) })
    const { run: waiting, saved: kept } = world({ authorization: () => ({ status: 'pending' }) })
    expect((await waiting(byHand)).at(-1)).toEqual({
      type: 'by-hand',
      need: { kind: 'challenge-mail', from: caAddress, to: address, asked: false },
    })
    const pending = kept.at(-1)!
    expect(pending).toMatchObject({ state: 'paused', step: 'await-challenge-mail' })
    const answered = await withMailByHand(await challengeMail(), pending, accountKey.thumbprint, ports)
    if (!answered.ok) throw new Error(answered.error.code)
    const last = (await run(answered.value)).at(-1)
    expect(last).toMatchObject({
      type: 'by-hand',
      need: { kind: 'reply', to: caAddress, subject: `Re: ACME: ${tokenPart1}` },
    })
    expect(last?.type === 'by-hand' && last.need.kind === 'reply' && last.need.text).toMatch(
      /^-----BEGIN ACME RESPONSE/,
    )
    expect(replies).toHaveLength(0)
    const reply = { ...saved.at(-1)!.progress.reply!, sent: true }
    const sent = { ...saved.at(-1)!, progress: { ...saved.at(-1)!.progress, reply } }
    expect((await run(sent)).at(-1)).toMatchObject({ type: 'installed' })
    // The answer went through the person's own program.
    expect(replies).toHaveLength(0)
  })

  it('are checked like fetched ones: a forged mail makes no answer', async () => {
    const { ports, run, saved } = world({ authorization: () => ({ status: 'pending' }) })
    await run(byHand)
    const pending = saved.at(-1)!
    const forged = await challengeMail(tokenPart1, (text) => text.replace('ACME: Lg', 'ACME: Xg'))
    expect(await withMailByHand(forged, pending, accountKey.thumbprint, ports)).toMatchObject({
      ok: false,
      error: { code: 'challenge-forged', reason: 'signature-failed' },
    })
    const other = await challengeMail(tokenPart1, (text) => text.replace('ACME: Lg', 'Lunch'))
    expect(await withMailByHand(other, pending, accountKey.thumbprint, ports)).toEqual(
      failure({ code: 'not-a-challenge' }),
    )
  })
})

describe('an account', () => {
  it('at a CA with terms waits for consent to exactly these', async () => {
    const terms = 'https://ca.example/terms-2'
    const { run, place, registrations } = world({
      facts: { termsOfService: terms },
      account: { terms: `${terms}-old` },
    })
    expect(failureOf(await run())).toEqual({ code: 'terms-not-agreed', host: 'ca.example', url: terms })
    expect(registrations).toEqual([])
    place.account = { terms }
    expect((await run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(registrations).toEqual([{ termsAgreed: true }])
  })

  it('at a CA whose terms have changed since is led to its page (RFC 8555 §7.3.3)', async () => {
    const instance = 'https://ca.example/agree'
    const { run } = world({ openAccount: () => refused(403, 'userActionRequired', { instance }) })
    expect(failureOf(await run())).toEqual({ code: 'terms-not-agreed', host: 'ca.example', url: instance })
  })

  it('hears of changed terms at any request, and goes on where it was when the person has agreed', async () => {
    const instance = 'https://ca.example/agree'
    const terms = { code: 'terms-not-agreed', host: 'ca.example', url: instance }
    let agreed = false
    const changed = () => refused(403, 'userActionRequired', { instance })
    const ordering = world({ placeOrder: () => (agreed ? success({}) : changed()) })
    expect(failureOf(await ordering.run())).toEqual(terms)
    agreed = true
    expect((await ordering.run()).at(-1)).toMatchObject({ type: 'installed' })
    const finalizing = world({ finalize: () => (finalizing.requests.length === 1 ? changed() : undefined) })
    expect(failureOf(await finalizing.run())).toEqual(terms)
    expect((await finalizing.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(finalizing.orders()).toBe(1)
  })

  it('is not sent to what is no page', async () => {
    const instance = 'javascript:alert(1)'
    const { run } = world({ placeOrder: () => refused(403, 'userActionRequired', { instance }) })
    expect(failureOf(await run())).toEqual({ code: 'ca-refused', problem: 'userActionRequired', detail: 'No.' })
  })

  it('at a CA for customers waits for what the CA handed out, and brings it along', async () => {
    const { run, place, registrations } = world({ facts: { externalAccountRequired: true } })
    expect(failureOf(await run())).toEqual({ code: 'external-account-required', host: 'ca.example' })
    const externalAccountBinding = {
      keyId: 'kid-1',
      hmacKey: 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W',
    }
    place.account = { externalAccountBinding }
    expect((await run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(registrations).toEqual([{ termsAgreed: false, externalAccountBinding }])
  })

  it('that was registered is found and not registered again', async () => {
    const { run, registrations } = world({ account: { registered: true } })
    expect((await run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(registrations).toEqual([])
  })
})

describe('a CA that is busy', () => {
  it('says when to come back, as seconds or as a date', async () => {
    const { run, saved } = world({ placeOrder: () => refused(429, 'rateLimited', { retryAfterSeconds: 3_600 }) })
    expect(failureOf(await run())).toEqual({ code: 'ca-busy', detail: 'No.', retryAt: '2026-11-24T13:00:00.000Z' })
    expect(saved.at(-1)).toMatchObject({ state: 'failed', step: 'place-order' })
  })
})

describe('a CA that is too busy to say when to come back', () => {
  it('is left alone for an hour', async () => {
    const { run } = world({ placeOrder: () => refused(403, 'rateLimited') })
    expect(failureOf(await run())).toEqual({ code: 'ca-busy', detail: 'No.', retryAt: '2026-11-24T13:00:00.000Z' })
  })
})

describe('an authorization', () => {
  it('for another address is none', async () => {
    const identifier = { type: 'email', value: 'eve@sandbox.example' }
    const { run } = world({ authorization: () => ({ identifier }) })
    expect(failureOf(await run())).toEqual({ code: 'ca-answer-unusable', reason: 'order-identifiers' })
  })

  it('that was valid before brings the certificate without a mail (RFC 8555 §7.1.3)', async () => {
    const made = world({ authorization: () => ({ status: 'valid', challenges: [] }), mails: () => [] })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect([made.replies, made.challengesAnswered()]).toEqual([[], 0])
  })

  it('that ran out before the mail came says so, and takes no answer for wrong', async () => {
    let asked = 0
    const made = world({ mails: () => [], authorization: () => ({ status: asked++ > 0 ? 'expired' : 'pending' }) })
    expect(failureOf(await made.run())).toEqual({ code: 'ca-refused', problem: 'order-invalid', detail: '' })
    expect(made.saved.at(-1)).toMatchObject({ step: 'place-order' })
  })

  it('that stays as it is for ever, without a mail, is left after its end', async () => {
    const made = world({ mails: () => [], authorization: () => ({ expires: '2026-11-25T00:00:00Z' }) })
    expect(failureOf(await made.run())).toMatchObject({ code: 'challenge-late' })
    await made.ports.sleep(2 * 86_400, new AbortController().signal)
    expect(failureOf(await made.run())).toMatchObject({ code: 'order-expired' })
    expect(made.saved.at(-1)).toMatchObject({ step: 'place-order' })
    // A mail that got lost says nothing about whether this CA wants to be answered first.
    expect(made.challengesAnswered()).toBe(1)
    expect(made.learnt).toEqual([])
  })
})

describe('an answer to finalize', () => {
  it.each([
    ['badCSR', 400],
    ['badPublicKey', 400],
    ['rejectedIdentifier', 403],
  ])('of %s is final, even where the order stays in processing', async (problem, status) => {
    const made = world({
      finalize: () => (made.orders() === 1 ? refused(status, problem) : undefined),
      // From then on the server shows the order as it would for ever.
      order: () =>
        made.requests.length > 0 && made.orders() === 1 ? success({ status: 'processing' as const }) : undefined,
    })
    expect(failureOf(await made.run())).toEqual({ code: 'ca-refused', problem, detail: 'No.' })
    expect(made.minutes()).toBeLessThan(1)
    expect(made.saved.at(-1)).toMatchObject({ state: 'failed', step: 'place-order' })
    made.place.mails = async () => [await challengeMail('BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB')]
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.orders()).toBe(2)
  })

  it('that is a page of a proxy decides nothing: the order is kept, and the request handed in again', async () => {
    const made = world({ finalize: () => (made.requests.length === 1 ? refused(403, 'http-403') : undefined) })
    expect(failureOf(await made.run())).toMatchObject({ code: 'ca-refused', problem: 'no-reason' })
    expect(made.saved.at(-1)).toMatchObject({ step: 'finalize' })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.orders()).toBe(1)
  })

  it('that is about the server and not about the request is tried again', async () => {
    const made = world({ finalize: () => (made.requests.length === 1 ? refused(503, 'serverInternal') : undefined) })
    expect(failureOf(await made.run())).toMatchObject({ code: 'ca-refused', problem: 'serverInternal' })
    expect(made.saved.at(-1)).toMatchObject({ step: 'finalize' })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.orders()).toBe(1)
  })
})

describe('a challenge that is invalid', () => {
  it('without an error, in an authorization that is still pending, ends the order', async () => {
    const made = world({
      authorization: () => (made.replies.length > 0 ? { status: 'pending', challenges: [invalidWithoutError] } : {}),
    })
    expect(failureOf(await made.run())).toEqual({ code: 'ca-refused', problem: 'challenge-invalid', detail: '' })
    expect(made.minutes()).toBeLessThan(1)
  })
})

describe('several chains for one certificate', () => {
  it('are looked through for one that reaches a root trusted here', async () => {
    const made = world({
      chains: (certificate) => [[certificate], [certificate, caCertificate]],
      isTrusted: (chain) => chain.length === 2,
    })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.installed[0]?.chain).toHaveLength(1)
  })

  it('of which none is trusted leave the one that the CA prefers', async () => {
    const made = world({
      chains: (certificate) => [[certificate, caCertificate], [certificate]],
      isTrusted: () => false,
    })
    await made.run()
    expect(made.installed[0]?.chain).toEqual([caCertificate])
  })
})

describe('a process that was killed while it ordered', () => {
  it('finds its order in the account’s list and places no other', async () => {
    const made = world({ mails: () => [] })
    await made.run()
    // The CA has taken the order; the row was not written any more.
    const killed = made.saved.find(({ progress }) => progress.ordering && progress.orderUrl === undefined)
    expect(killed).toBeDefined()
    made.place.mails = async () => [await challengeMail()]
    expect((await made.run(killed)).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.orders()).toBe(1)
    expect(made.saved.at(-1)?.progress.orderUrl).toBe(url('order/1'))
  })

  it('orders anew where the order has come to its end, or is for another address', async () => {
    for (const left of [
      { status: 'invalid' as const },
      { identifiers: [{ type: 'email', value: 'eve@sandbox.example' }] },
    ]) {
      const made = world({
        mails: () => [],
        authorization: () => ({ status: made.replies.length > 0 ? 'valid' : 'pending' }),
      })
      await made.run()
      const killed = made.saved.find(({ progress }) => progress.ordering && progress.orderUrl === undefined)
      made.place.order = () => (made.orders() === 1 ? success(left) : undefined)
      made.place.mails = async () => [await challengeMail()]
      expect((await made.run(killed)).at(-1)).toMatchObject({ type: 'installed' })
      expect(made.orders()).toBe(2)
    }
  })
})

describe('a renewal', () => {
  it('tells the CA which certificate it follows, and the keystore which identity', async () => {
    const { run, replaces, installed, keys } = world()
    await run({ ...stored, renews: 'old', replaces: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE' })
    expect(replaces()).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
    expect(installed).toEqual([{ chain: [caCertificate], renews: 'old' }])
    expect(keys()).toBe(1)
  })

  it('with the same key makes no other', async () => {
    const { run, keys } = world()
    expect((await run({ ...stored, renews: 'old', keyId: 'key0' })).at(-1)).toMatchObject({ type: 'installed' })
    expect(keys()).toBe(0)
  })
})

describe('an order', () => {
  it('that asks for nothing is finished at once: the CA knows the domain from elsewhere (RFC 8555 §7.1.3)', async () => {
    const made = world({ placeOrder: () => success({ status: 'ready', authorizations: [] }) })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.replies).toHaveLength(0)
  })

  it('may name what was proven before beside what is to be proven, in any sequence (§7.1.3, §7.4)', async () => {
    const domain = { type: 'dns', value: 'sandbox.example' }
    const made = world({
      placeOrder: () => success({ authorizations: [url('domain'), url('mine'), url('older')] }),
      authorization: (asked) =>
        asked === url('mine')
          ? { status: made.replies.length > 0 ? 'valid' : 'pending' }
          : { status: 'valid', identifier: domain, challenges: [] },
    })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.saved.some(({ progress }) => progress.authorizationUrl === url('mine'))).toBe(true)
    expect(made.replies).toHaveLength(1)
  })

  it('that asks for another proof beside is not begun: the mail alone would be in vain', async () => {
    const domain = { type: 'dns', value: 'sandbox.example' }
    const made = world({
      placeOrder: () => success({ authorizations: [url('mine'), url('domain')] }),
      authorization: (asked) => (asked === url('domain') ? { identifier: domain, challenges: [] } : {}),
    })
    expect(failureOf(await made.run())).toEqual({ code: 'ca-answer-unusable', reason: 'order-identifiers' })
    expect(made.replies).toHaveLength(0)
  })

  it('that asks for nothing although it isn’t ready is none', async () => {
    const made = world({ placeOrder: () => success({ authorizations: [] }) })
    expect(failureOf(await made.run())).toMatchObject({ code: 'ca-answer-unusable' })
  })

  it('that says ready before it is, is asked again and finished then (§7.4)', async () => {
    let early = 0
    const made = world({ finalize: () => (early++ < 2 ? refused(403, 'orderNotReady') : undefined) })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.orders()).toBe(1)
    const never = world({ finalize: () => refused(403, 'orderNotReady') })
    expect(failureOf(await never.run())).toMatchObject({ code: 'ca-refused', problem: 'orderNotReady' })
    expect(never.requests.length).toBeLessThan(10)
    // The CA may still finish it another day.
    expect(never.saved.at(-1)).toMatchObject({ step: 'finalize', state: 'failed' })
  })

  it('that is suddenly for somebody else is given up (§7.1.3)', async () => {
    const made = world({ order: () => success({ identifiers: [{ type: 'email', value: 'eve@sandbox.example' }] }) })
    expect(failureOf(await made.run())).toEqual({ code: 'ca-answer-unusable', reason: 'order-identifiers' })
    expect(made.requests).toHaveLength(0)
  })
})
