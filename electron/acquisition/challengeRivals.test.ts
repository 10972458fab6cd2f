/** Two orders for one address at one CA: genuine mails that nothing but their fate tells apart. */

import { beforeAll, describe, expect, it } from 'vitest'
import { dkimRecord } from '../sandbox/authority.ts'
import { dkimSigned } from '../sandbox/dkim.ts'
import { challengeMail, failureOf, makeKeys, refusals, world } from './testEnrolment.ts'

beforeAll(() => makeKeys({ dkimSigned, dkimRecord }))

const own = 'own'.padEnd(30, '0')
const foreign = (index: number) => `foreign${index}`.padEnd(30, '0')
const anHourAgo = { date: 'Tue, 24 Nov 2026 11:00:00 +0000' }
const same = (text: string) => text

const answeredTokens = ({ replies }: { readonly replies: readonly { readonly message: string }[] }) =>
  replies.map(({ message }) => /^Subject: Re: ACME: (\S+)/m.exec(message)?.[1])

describe('a genuine mail of another order', () => {
  it('that was on its way when this one was placed is told, and not answered', async () => {
    const made = world({
      mails: async () => [await challengeMail(foreign(1), same, anHourAgo), await challengeMail(own)],
    })
    const events = await made.run()
    expect(events.at(-1)).toMatchObject({ type: 'installed' })
    expect(refusals(events)).toEqual(['other-order'])
    expect(answeredTokens(made)).toEqual([own])
  })

  it('that came first leaves the order open, and its own is answered, too', async () => {
    const made = world({
      mails: async (look) => [
        await challengeMail(foreign(1)),
        ...(look < 3 ? [] : [await challengeMail(own, same, anHourAgo)]),
      ],
      authorization: () => ({ status: answeredTokens(made).includes(own) ? 'valid' : 'pending' }),
    })
    const events = await made.run()
    expect(events.at(-1)).toMatchObject({ type: 'installed' })
    expect(refusals(events)).toEqual(['other-order'])
    expect(answeredTokens(made)).toEqual([foreign(1), own])
    expect([made.orders(), made.keys()]).toEqual([1, 1])
  })

  it('is told apart from the answered one after a restart as well', async () => {
    let sees = 1
    const stop = new AbortController()
    const made = world({
      mails: async () => (await Promise.all([foreign(1), own].map((token) => challengeMail(token)))).slice(0, sees),
      authorization: () => {
        // The program ends while the CA thinks about the answer to the wrong one.
        if (made.replies.length === 1 && sees === 1) stop.abort()
        return { status: answeredTokens(made).includes(own) ? 'valid' : 'pending' }
      },
    })
    await made.run(undefined, stop.signal)
    expect(made.saved.at(-1)).toMatchObject({ state: 'paused', step: 'await-validation' })
    sees = 2
    const events = await made.run()
    expect(events.at(-1)).toMatchObject({ type: 'installed' })
    expect(refusals(events)).toEqual(['other-order'])
    expect(answeredTokens(made)).toEqual([foreign(1), own])
  })

  it('that the CA took for this order’s wrong answer costs the order, and the next one follows by itself', async () => {
    const made = world({
      mails: async (look) => {
        const mails = [challengeMail(foreign(1)), challengeMail(foreign(2))]
        // The right mail of the first order comes when it is too late for it.
        if (made.orders() === 1) return Promise.all(look < 2 ? mails.slice(0, 1) : mails)
        return Promise.all([...mails, challengeMail(own)])
      },
      authorization: () => {
        if (made.orders() === 1) return { status: made.replies.length > 0 ? 'invalid' : 'pending' }
        return { status: answeredTokens(made).includes(own) ? 'valid' : 'pending' }
      },
    })
    const events = await made.run()
    expect(events.at(-1)).toMatchObject({ type: 'installed' })
    expect([made.orders(), made.keys()]).toEqual([2, 1])
    expect(answeredTokens(made)).toEqual([foreign(1), own])
  })

  it('beside each of three orders ends in saying so, and the next run begins another one', async () => {
    const made = world({
      mails: async () => {
        const last = 2 * made.orders()
        return Promise.all(Array.from({ length: last }, (_, index) => challengeMail(foreign(index))))
      },
      authorization: () => ({ status: made.replies.length >= made.orders() ? 'invalid' : 'pending' }),
    })
    const events = await made.run()
    expect(failureOf(events)).toEqual({ code: 'challenge-contested', address: 'anna@sandbox.example' })
    expect(made.orders()).toBe(3)
    expect(made.saved.at(-1)).toMatchObject({ state: 'failed', step: 'place-order' })
    expect(made.saved.at(-1)?.progress.foreignTokens).toHaveLength(3)
  })

  it('a hundred times makes four answers go out, and no more', async () => {
    const mails = await Promise.all(Array.from({ length: 100 }, (_, index) => challengeMail(foreign(index))))
    const made = world({ mails: () => mails, authorization: () => ({ status: 'pending' }) })
    expect(failureOf(await made.run())).toMatchObject({ code: 'order-processing' })
    expect(new Set(answeredTokens(made)).size).toBe(4)
    expect(made.replies).toHaveLength(4)
    expect(made.saved.at(-1)?.progress.rivalTokens).toHaveLength(50)
  })

  it('leaves an order that the CA refused alone for its own reason as it was', async () => {
    const made = world({
      mails: async () => [await challengeMail(own)],
      authorization: () => ({ status: made.replies.length > 0 ? 'invalid' : 'pending' }),
    })
    expect(failureOf(await made.run())).toMatchObject({ code: 'ca-refused' })
    expect(made.orders()).toBe(1)
  })

  it('is not looked for where the mailbox can’t be read: the CA is waited for all the same', async () => {
    const made = world({ mails: async () => [await challengeMail(own)] })
    const { look } = made.ports.mail
    const ports = {
      ...made.ports.mail,
      look: async (...asked: Parameters<typeof look>) =>
        made.replies.length === 0
          ? look(...asked)
          : { ok: false as const, error: { code: 'no-network', host: 'x' } as const },
    }
    Object.assign(made.ports.mail, ports)
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
  })
})
