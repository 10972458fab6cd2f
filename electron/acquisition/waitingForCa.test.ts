/** CAs that take their time, go away between two steps, and mailboxes that can't be read any more. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectSuccess, failure, success } from '../base/result.ts'
import { dkimRecord } from '../sandbox/authority.ts'
import { dkimSigned } from '../sandbox/dkim.ts'
import type { AcmeClient } from './acme/client.ts'
import type { Order } from './acme/resources.ts'
import { challengeMail, failureOf, makeKeys, world } from './testEnrolment.ts'

beforeAll(() => makeKeys({ dkimSigned, dkimRecord }))

const year = 365 * 86_400
/** What the transport makes of a year: longer than a day it believes no server (transport.ts). */
const mostSeconds = 86_400

/** A world whose CA works on each order until it is finished, and may name the time to come back. */
function slowCa(retryAfterSeconds?: number, facts: Partial<Order> = {}, toldTime?: AcmeClient['toldTime']) {
  let finished = false
  let asked = 0
  const made = world({
    order: () => (made.requests.length === 0 ? success({ status: 'ready' }) : undefined),
    ...(toldTime ? { toldTime } : {}),
  })
  const { connect } = made.ports
  const working = <Answer extends { readonly order: Order }>(answer: Answer) => ({
    ...answer,
    ...(made.requests.length === 0 || finished
      ? {}
      : { order: { ...answer.order, ...facts, status: 'processing' as const } }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
  Object.assign(made.ports, {
    connect: async (...asks: Parameters<typeof connect>) => {
      const { order, finalize, ...client } = expectSuccess(await connect(...asks))
      const slow: Pick<AcmeClient, 'order' | 'finalize'> = {
        order: async (...of) => {
          asked += 1
          return success(working(expectSuccess(await order(...of))))
        },
        finalize: async (...of) => success(working(expectSuccess(await finalize(...of)))),
      }
      return success({ ...client, ...slow })
    },
  })
  const finish = () => {
    finished = true
  }
  return { ...made, finish, asked: () => asked }
}

describe('an order that stays in processing', () => {
  it('is waited for half an hour, then said to be worked on, and fetched days later from the same order', async () => {
    const made = slowCa()
    expect(failureOf(await made.run())).toEqual({
      code: 'order-processing',
      host: 'ca.example',
      retryAt: expect.stringMatching(/^2026-11-24T13:3/),
    })
    expect(made.minutes()).toBeGreaterThanOrEqual(30)
    expect(made.saved.at(-1)).toMatchObject({ state: 'failed', step: 'finalize' })
    await made.ports.sleep(3 * mostSeconds, new AbortController().signal)
    expect(failureOf(await made.run())).toMatchObject({ code: 'order-processing' })
    made.finish()
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect([made.orders(), made.requests.length, made.keys()]).toEqual([1, 1, 1])
  })

  it('is not given up by a clock that runs a year ahead of the CA’s, and comes to its end by the right one', async () => {
    let caTime = new Date('2026-11-24T12:00:00Z')
    const made = slowCa(undefined, { expires: '2026-11-26T12:00:00Z' }, () => caTime)
    expect(failureOf(await made.run())).toMatchObject({ code: 'order-processing' })
    await made.ports.sleep(year, new AbortController().signal)
    expect(failureOf(await made.run())).toMatchObject({ code: 'order-processing' })
    caTime = new Date('2026-11-28T12:00:00Z')
    expect(failureOf(await made.run())).toMatchObject({ code: 'order-expired' })
  })

  it('is asked about no more a day after its end, keeps its key, and is ordered anew when the person tries again', async () => {
    const made = slowCa(undefined, { expires: '2026-11-26T12:00:00Z' })
    const { signal } = new AbortController()
    expect(failureOf(await made.run())).toMatchObject({ code: 'order-processing' })
    await made.ports.sleep(2 * mostSeconds, signal)
    expect(failureOf(await made.run())).toMatchObject({ code: 'order-processing' })
    await made.ports.sleep(mostSeconds, signal)
    const asked = made.asked()
    const expires = '2026-11-26T12:00:00.000Z'
    expect(failureOf(await made.run())).toEqual({ code: 'order-expired', host: 'ca.example', expires })
    expect(made.asked()).toBe(asked + 1)
    expect(made.saved.at(-1)).toMatchObject({ state: 'failed', step: 'place-order', keyId: 'key1' })
    made.finish()
    await made.run()
    expect([made.orders(), made.keys()]).toEqual([2, 1])
  })

  it.each([
    ['none', {}, 30],
    ['one that can’t be read', { expires: 'soon' }, 30],
    ['one that nobody lives to see', { expires: '9999-12-31T00:00:00Z' }, 365],
  ])('and names for its end %s is asked about for some time and no longer', async (_, facts, days) => {
    const made = slowCa(undefined, facts)
    const { signal } = new AbortController()
    const since = '2026-11-24T12:00:00.000Z'
    expect(failureOf(await made.run())).toMatchObject({ code: 'order-processing' })
    await made.ports.sleep((days - 1) * 86_400, signal)
    expect(failureOf(await made.run())).toMatchObject({ code: 'order-processing' })
    await made.ports.sleep(86_400, signal)
    expect(failureOf(await made.run())).toEqual({ code: 'order-without-end', host: 'ca.example', since })
    expect(made.saved.at(-1)).toMatchObject({ state: 'failed', step: 'place-order', keyId: 'key1' })
  })

  it('with a Retry-After longer than anybody watches ends the run at once, and names the time', async () => {
    const made = slowCa(Math.min(year, mostSeconds))
    expect(failureOf(await made.run())).toEqual({
      code: 'order-processing',
      host: 'ca.example',
      retryAt: '2026-11-25T12:00:00.000Z',
    })
    expect(made.minutes()).toBe(0)
  })

  it('is not asked about before the time that the CA named, and a person sees that the wait goes on', async () => {
    const made = slowCa(600)
    const events = await made.run()
    // At 0, 10, 20 and 30 minutes: the last one is where patience ends.
    expect(made.asked()).toBeLessThanOrEqual(5)
    expect(events.filter(({ type }) => type === 'waiting').length).toBeGreaterThanOrEqual(20)
    expect(failureOf(events)).toMatchObject({ code: 'order-processing' })
  })
})

describe('a CA that goes away', () => {
  it('between any two steps loses nothing: the step is tried again, with one key and one order', async () => {
    const whole = world()
    await whole.run()
    const steps = [...new Set(whole.saved.filter(({ state }) => state === 'running').map(({ step }) => step))]
    expect(steps.length).toBeGreaterThanOrEqual(7)
    for (const step of steps.filter((name) => name !== 'generate-key')) {
      const made = world()
      const { connect, save } = made.ports
      let away = false
      let armed = true
      const stop = new AbortController()
      Object.assign(made.ports, {
        connect: async (...asked: Parameters<typeof connect>) =>
          away
            ? failure({ code: 'ca-unreachable' as const, host: 'ca.example', reason: 'refused' })
            : connect(...asked),
        save: (row: Parameters<typeof save>[0]) => {
          save(row)
          if (row.step === step && row.state === 'running' && armed) {
            armed = false
            away = true
            stop.abort()
          }
        },
      })
      await made.run(undefined, stop.signal)
      const gone = failureOf(await made.run())
      // The answer goes out through the mail account; the CA isn't needed for it.
      expect(gone, step).toEqual({ code: 'ca-unreachable', host: 'ca.example' })
      const left = made.saved.at(-1)
      expect([left?.state, left?.step], step).toEqual(['failed', step === 'send-reply' ? 'await-validation' : step])
      away = false
      expect((await made.run(undefined)).at(-1), step).toMatchObject({ type: 'installed' })
      expect([made.orders(), made.keys()], step).toEqual([1, 1])
    }
  })
})

describe('a mailbox whose password was changed', () => {
  const refused = failure({
    code: 'authentication-refused' as const,
    host: 'mail.example',
    user: 'anna',
    response: 'No.',
  })

  it('is asked once, not until it is locked, and the order goes on with the right password', async () => {
    const made = world()
    const { look } = made.ports.mail
    let asked = 0
    let isWrong = true
    Object.assign(made.ports.mail, {
      look: async (...of: Parameters<typeof look>) => {
        asked += 1
        return isWrong ? refused : look(...of)
      },
    })
    expect(failureOf(await made.run())).toMatchObject({ code: 'authentication-refused', user: 'anna' })
    expect(asked).toBe(1)
    expect(made.saved.at(-1)).toMatchObject({ state: 'failed', step: 'await-challenge-mail' })
    isWrong = false
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(made.orders()).toBe(1)
  })

  it('after the answer went out is asked once more and then left alone', async () => {
    const made = world({
      mails: async () => [await challengeMail()],
      authorization: () => ({ status: made.minutes() < 10 ? 'pending' : 'valid' }),
    })
    const { look } = made.ports.mail
    let asked = 0
    Object.assign(made.ports.mail, {
      look: async (...of: Parameters<typeof look>) => {
        if (made.replies.length === 0) return look(...of)
        asked += 1
        return refused
      },
    })
    expect((await made.run()).at(-1)).toMatchObject({ type: 'installed' })
    expect(asked).toBe(1)
  })
})
