/** What a CA has done and what its answer, lost on the way, no longer says. */

import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess, failure, success } from '../../base/result.ts'
import type { request } from '../../net/https.ts'
import { sandboxServers } from '../../sandbox/servers.ts'
import { testFolder } from '../../storage/testProfile.ts'
import type { ServiceContext } from '../context.ts'
import { openSession } from '../session.ts'
import { clientOf, failureOf, testRuntime } from '../testServices.ts'
import { accountAt, accountSession, changeAccountKey } from './enrolmentAccounts.ts'

type Answer = Awaited<ReturnType<typeof request>>
const way = vi.hoisted(() => ({ change: (_url: string, answer: Answer): Answer | Promise<Answer> => answer }))
vi.mock('../../net/https.ts', async (original) => {
  const real = await original<typeof import('../../net/https.ts')>()
  return {
    ...real,
    request: async (input: Parameters<typeof request>[0]) => way.change(input.url, await real.request(input)),
  }
})

beforeEach(() => {
  way.change = (_, answer) => answer
})

/** A registered account at the sandbox's CA. */
async function registered(): Promise<{ context: ServiceContext; id: string }> {
  const runtime = testRuntime({ sandboxServers: sandboxServers({ clock: systemClock, random: systemRandom }) })
  const home = testFolder()
  const session = await openSession({ home, kind: 'sandbox', sandboxFolder: testFolder(), runtime })
  onTestFinished(() => session.close())
  const { context } = session
  expectSuccess(await context.application.vault.create('correct horse battery staple'))
  expectSuccess(await context.application.sandbox.start())
  const { enrolment } = clientOf(context)
  const order = { name: 'Anna', address: 'anna@sandbox.example', keyType: 'ec-p256' as const }
  const { id } = await enrolment.begin({ ...order, ca: { kind: 'sandbox' } })
  for await (const event of await enrolment.follow({ id })) if (event.type === 'done') break
  const account = expectSuccess(await accountAt(context, 'sandbox'))
  return { context, id: account.id }
}

const at = (path: string, answer: (real: Answer) => Answer) => {
  way.change = (url, real) => (url.endsWith(path) ? answer(real) : real)
}
const withStatus = (status: number) => (answer: Answer) =>
  answer.ok ? success({ ...answer.value, status, body: new Uint8Array() }) : answer

describe('a change of the account’s key', () => {
  it.each([
    ['a gateway that gave up waiting', withStatus(504)],
    ['a connection that broke', () => failure({ code: 'protocol-violation', host: 'ca', reason: 'connection-closed' })],
    ['no answer at all', () => failure({ code: 'timeout', host: 'ca', seconds: 60 })],
  ] satisfies [string, (real: Answer) => Answer][])(
    'that the CA made, and that %s hid, keeps the account',
    async (_, lost) => {
      const { context, id } = await registered()
      const before = expectSuccess(await accountSession(context, id)).key.thumbprint
      at('/key-change', lost)
      await failureOf(clientOf(context).enrolment.changeAccountKey({ id }))
      expect(context.application.acmeAccounts.get(id)?.sealedNextKey).toBeDefined()
      way.change = (_url, answer) => answer
      expect(expectSuccess(await accountSession(context, id)).key.thumbprint).not.toBe(before)
      expect(context.application.acmeAccounts.get(id)?.sealedNextKey).toBeUndefined()
    },
  )
})

it('a change of the account’s key whose answer comes only after another change keeps the account', async () => {
  const { context, id } = await registered()
  const keys = [expectSuccess(await accountSession(context, id)).key.thumbprint]
  let isOther = false
  way.change = async (url, answer) => {
    if (url.endsWith('/key-change') && !isOther) {
      // By the terminal, while the window waits.
      isOther = true
      expectSuccess(await changeAccountKey(context, id))
      keys.push(expectSuccess(await accountSession(context, id)).key.thumbprint)
    }
    return answer
  }
  await changeAccountKey(context, id)
  keys.push(expectSuccess(await accountSession(context, id)).key.thumbprint)
  expect(keys[1]).not.toBe(keys[0])
  expect(keys[2]).toBe(keys[1])
})

describe('an account that was closed at the CA', () => {
  it.each(['deactivated', 'revoked'])('and is shown as %s can be closed here', async (status) => {
    const { context, id } = await registered()
    at('/new-account', (answer) =>
      answer.ok
        ? success({ ...answer.value, status: 200, body: new TextEncoder().encode(JSON.stringify({ status })) })
        : answer,
    )
    expect(await clientOf(context).enrolment.closeAccount({ id })).toMatchObject({ closed: true })
  })
})
