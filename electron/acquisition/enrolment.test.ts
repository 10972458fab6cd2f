/** The machine of steps with a CA, mailbox and keystore made by hand: everything that an honest sandbox never does. */

import { beforeAll, describe, expect, it } from 'vitest'
import { failure, success } from '../base/result.ts'
import { dkimRecord } from '../sandbox/authority.ts'
import { dkimSigned } from '../sandbox/dkim.ts'
import { keyAuthorizationDigest } from './acme/emailReply.ts'
import type { StoredEnrolment } from './store.ts'
import {
  accountKey,
  address,
  caAddress,
  certificateFor,
  challengeMail,
  failureOf,
  makeKeys,
  refusals,
  stranger,
  tokenPart1,
  tokenPart2,
  url,
  world,
} from './testEnrolment.ts'

beforeAll(() => makeKeys({ dkimSigned, dkimRecord }))

describe('the machine', () => {
  it('answers the challenge with the digest over both halves of the token', async () => {
    const { run, replies } = world()
    expect((await run()).at(-1)).toEqual({ type: 'installed', identityId: 'identity' })
    const { thumbprint } = accountKey
    expect(replies).toHaveLength(1)
    expect(replies[0]?.to).toEqual([caAddress])
    expect(replies[0]?.message).toContain(`\r\n${keyAuthorizationDigest(tokenPart1, tokenPart2, thumbprint)}\r\n`)
  })

  it('makes every step durable before the next: the key comes before the order, the account before its registration', async () => {
    const { run, saved } = world()
    await run()
    const first = (holds: (enrolment: StoredEnrolment) => boolean) => saved.findIndex(holds)
    const key = first(({ keyId }) => keyId !== undefined)
    const account = first(({ accountId }) => accountId !== undefined)
    const order = first(({ progress }) => progress.orderUrl !== undefined)
    expect(key).toBeGreaterThanOrEqual(0)
    expect(key).toBeLessThan(account)
    expect(account).toBeLessThan(order)
  })

  it('resumes from every state that was ever saved, with the same key and one certificate', async () => {
    const { run, saved, keys } = world()
    await run()
    const states = saved.slice(0, -1)
    let made = keys()
    for (const state of states) {
      expect((await run(state)).at(-1)).toMatchObject({ type: 'installed' })
      if (state.keyId === undefined) made += 1
      expect(keys()).toBe(made)
    }
    expect(states.length).toBeGreaterThan(8)
  })

  it('does not wait for ever for a CA that says nothing', async () => {
    const { run } = world({ authorization: () => ({}) })
    expect(failureOf(await run())).toEqual({
      code: 'order-processing',
      host: 'ca.example',
      retryAt: expect.stringMatching(/^2026-11-24T13:/),
    })
  })
})

describe('a forged challenge', () => {
  it('is refused, told of once, and waited past until the genuine one comes', async () => {
    const forged = [
      await challengeMail('AAAAAAAAAAAAAAAAAAAAAAAA', (text) => text.slice(text.indexOf('\r\nFrom: <') + 2)),
      await challengeMail(tokenPart1, (text) => text.replace('ACME: Lg', 'ACME: Xg')),
      await challengeMail(tokenPart1, (text) => `${text}more`, { bodyLength: 3 }),
      await challengeMail(tokenPart1, (text) => text.replaceAll(caAddress, 'acme@eve.example')),
    ]
    const { run, replies } = world({
      mails: async (look) => (look < 4 ? forged : [...forged, await challengeMail()]),
    })
    const events = await run()
    expect(refusals(events)).toEqual(['not-signed', 'signature-failed', 'partial-body', 'other-sender'])
    expect(events.at(-1)).toMatchObject({ type: 'installed' })
    expect(replies).toHaveLength(1)
    expect(replies[0]?.message).toContain(`Re: ACME: ${tokenPart1}\r\n`)
  })

  it('alone ends in a late challenge after ten minutes, and looking again goes on', async () => {
    const { run, place, replies } = world({ mails: () => [] })
    const events = await run()
    expect(failureOf(events)).toEqual({ code: 'challenge-late', minutes: 10 })
    expect(events.filter(({ type }) => type === 'waiting').length).toBeGreaterThan(100)
    expect(replies).toHaveLength(0)
    place.mails = async () => [await challengeMail()]
    expect((await run()).at(-1)).toMatchObject({ type: 'installed' })
  })
})

describe('a CA', () => {
  it('that certifies another key gets nothing installed, and a new order next time', async () => {
    const { run, place, saved, orders } = world({
      issue: () => certificateFor(stranger.publicKeyInfo, [address]),
    })
    expect(failureOf(await run())).toEqual({ code: 'certificate-for-another-key' })
    expect(saved.at(-1)).toMatchObject({ state: 'failed', step: 'place-order' })
    place.issue = (publicKeyInfo) => certificateFor(publicKeyInfo, [address])
    place.mails = async () => [await challengeMail(), await challengeMail('BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB')]
    const events = await run()
    expect(orders()).toBe(2)
    // The first mail was answered for the first order; answering it again would fail the second.
    expect(saved.at(-1)?.progress.reply?.tokenPart1).toBe('BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB')
    expect(events.at(-1)).toMatchObject({ type: 'installed' })
  })

  it('that certifies another address gets nothing installed', async () => {
    const { run } = world({ issue: (publicKeyInfo) => certificateFor(publicKeyInfo, ['eve@sandbox.example']) })
    expect(failureOf(await run())).toEqual({
      code: 'certificate-for-another-address',
      addresses: 'eve@sandbox.example',
    })
  })

  it('that orders for another address is not followed', async () => {
    const { run } = world({
      placeOrder: () => success({ identifiers: [{ type: 'email', value: 'eve@sandbox.example' }] }),
    })
    expect(failureOf(await run())).toEqual({ code: 'ca-answer-unusable', reason: 'order-identifiers' })
  })

  it('that refuses the answer says why, and the next run orders anew', async () => {
    const { run, place, orders } = world({
      authorization: () => ({
        ...(orders() > 0 && answered() ? { status: 'invalid' as const } : {}),
        challenges: [
          {
            type: 'email-reply-00',
            url: url('challenge'),
            status: 'invalid',
            token: tokenPart2,
            from: caAddress,
            error: { type: 'urn:ietf:params:acme:error:incorrectResponse', detail: 'No.' },
          },
        ],
      }),
    })
    let sent = 0
    const answered = () => sent > 0
    place.send = () => {
      sent += 1
      return success({})
    }
    expect(failureOf(await run())).toEqual({ code: 'ca-refused', problem: 'incorrectResponse', detail: 'No.' })
    await run()
    expect(orders()).toBe(2)
  })

  it('that offers no mail challenge can not be used', async () => {
    const { run } = world({ authorization: () => ({ challenges: [] }) })
    expect(failureOf(await run())).toEqual({ code: 'ca-answer-unusable', reason: 'no-email-challenge' })
  })

  it('that forgets every order is asked three times and no more', async () => {
    const lost = failure({ code: 'ca-refused' as const, problem: 'malformed', detail: 'No such order.', status: 404 })
    const tokens = ['A', 'B', 'C', 'D'].map((letter) => letter.repeat(30))
    const { run, orders } = world({
      order: () => lost,
      mails: () => Promise.all(tokens.slice(0, orders()).map((token) => challengeMail(token))),
    })
    expect(failureOf(await run())).toMatchObject({ code: 'ca-refused', detail: 'No such order.' })
    expect(orders()).toBe(3)
  })
})

describe('a failure on the way', () => {
  it('keeps the answer that could not be sent and sends that one', async () => {
    const { run, place, saved, replies } = world({
      send: () => failure({ code: 'no-starttls', host: 'mail.example' }),
    })
    expect(failureOf(await run())).toEqual({ code: 'no-starttls', host: 'mail.example' })
    expect(saved.at(-1)).toMatchObject({ state: 'failed', step: 'send-reply' })
    const made = saved.at(-1)?.progress.reply?.message
    place.send = () => success({})
    expect((await run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(replies.map(({ message }) => message)).toEqual([made])
  })

  it('is forgotten when the enrolment runs again', async () => {
    const { run, place, saved } = world({ send: () => failure({ code: 'no-network', host: 'mail.example' }) })
    await run()
    place.send = () => success({})
    await run()
    expect(saved.at(-1)?.failure).toBeUndefined()
  })
})
