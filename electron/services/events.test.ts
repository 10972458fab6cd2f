import { describe, expect, it } from 'vitest'
import { createEvents } from './events.ts'

describe('following what changed', () => {
  it('tells what changed before and while somebody follows', async () => {
    const events = createEvents()
    events.publish('contacts')
    const stream = events.follow(undefined)
    expect((await stream.next()).value).toEqual({ topic: 'contacts', revision: 1 })
    const waiting = stream.next()
    events.publish('vault')
    expect((await waiting).value).toEqual({ topic: 'vault', revision: 1 })
    await stream.return()
  })

  it('keeps one entry per topic for a slow receiver', async () => {
    const events = createEvents()
    const stream = events.follow(undefined)
    const first = stream.next()
    events.publish('mailbox')
    await first
    for (let count = 0; count < 1000; count += 1) events.publish('mailbox')
    expect((await stream.next()).value).toEqual({ topic: 'mailbox', revision: 1001 })
  })

  it('ends with the abort signal', async () => {
    const abort = new AbortController()
    const stream = createEvents().follow(abort.signal)
    const next = stream.next()
    abort.abort()
    expect((await next).done).toBe(true)
  })
})
