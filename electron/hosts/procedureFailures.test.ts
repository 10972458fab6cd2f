import { createORPCClient, ORPCError } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { oc } from '@orpc/contract'
import { implement } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createLog } from '../base/log.ts'
import type { ServiceContext } from '../services/context.ts'
import { failureOptions } from './procedureFailures.ts'

const secret = 'correct horse battery staple'

const contract = {
  bug: oc,
  declared: oc.errors({ locked: { data: z.object({ since: z.string() }) } }),
  wrongData: oc.errors({ locked: { data: z.object({ since: z.string() }) } }),
  undeclared: oc,
  checked: oc.input(z.object({ passphrase: z.string().max(5) })),
  stream: oc,
}

const os = implement(contract).$context<ServiceContext>()

const router = os.router({
  bug: os.bug.handler(() => {
    throw new Error(`can't decrypt with ${secret}`)
  }),
  declared: os.declared.handler(() => {
    throw new ORPCError('locked', { message: secret, data: { since: 'noon', passphrase: secret } })
  }),
  wrongData: os.wrongData.handler(() => {
    throw new ORPCError('locked', { data: { passphrase: secret } })
  }),
  undeclared: os.undeclared.handler(() => {
    throw new ORPCError('TEAPOT', { message: secret, data: { passphrase: secret } })
  }),
  checked: os.checked.handler(() => undefined),
  stream: os.stream.handler(async function* () {
    yield 'first'
    throw new Error(secret)
  }),
})

/** Everything that crosses to the page and everything that is logged, as text. */
function connected() {
  const seen: string[] = []
  const lines: string[] = []
  const { port1, port2 } = new MessageChannel()
  const log = createLog({ level: 'debug', write: (line) => lines.push(line) })
  const handler = new RPCHandler(router, failureOptions(log))
  handler.upgrade(
    {
      on: (event, listener) => port1.addEventListener(event, (happened) => listener(happened as MessageEvent)),
      postMessage: (data: string) => {
        seen.push(String(data))
        port1.postMessage(data)
      },
    },
    { context: {} as ServiceContext },
  )
  port1.start()
  port2.start()
  const client: Record<string, (input?: unknown) => Promise<unknown>> = createORPCClient(new RPCLink({ port: port2 }))
  return {
    seen,
    lines,
    async call(name: string, input?: unknown) {
      const outcome: unknown = await client[name]?.(input).then(
        (value) => value,
        (error: unknown) => error,
      )
      return outcome
    },
    close: () => port1.close(),
  }
}

describe('what a failed procedure tells the page', () => {
  it.each([
    ['bug', undefined, { code: 'INTERNAL_SERVER_ERROR', defined: false }],
    ['declared', undefined, { code: 'locked', defined: true, data: { since: 'noon' } }],
    ['wrongData', undefined, { code: 'INTERNAL_SERVER_ERROR', defined: false, data: undefined }],
    ['undeclared', undefined, { code: 'INTERNAL_SERVER_ERROR', defined: false, data: undefined }],
    ['checked', { passphrase: secret }, { code: 'BAD_REQUEST', defined: false, data: undefined }],
  ])('%s: a code, and data only where the contract declares it', async (name, input, expected) => {
    const { call, seen, lines, close } = connected()
    const error = await call(name, input)
    close()
    expect(error).toBeInstanceOf(ORPCError)
    expect(error).toMatchObject(expected)
    expect(seen.join()).not.toContain(secret)
    expect(seen.join()).not.toMatch(/\.ts|node:|\bat /)
    expect(lines.join()).not.toContain(secret)
    expect(lines.join()).toContain((expected as { code: string }).code)
  })

  it('a stream that breaks: no message either', async () => {
    const { call, seen, lines, close } = connected()
    const stream = (await call('stream')) as AsyncIterator<unknown>
    expect(await stream.next()).toEqual({ done: false, value: 'first' })
    await expect(stream.next()).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
    close()
    expect(seen.join()).not.toContain(secret)
    expect(lines.join()).not.toContain(secret)
  })
})
