/** Somebody else orders a certificate for the same address at the sandbox's CA, over real sockets and mailboxes. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { EnrolmentEvent } from '../../../shared/contract/enrolment.ts'
import { openAccountKey } from '../../acquisition/acme/accountKey.ts'
import { openAcmeClient } from '../../acquisition/acme/client.ts'
import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { generateKey } from '../../crypto/privateKey.ts'
import type { AcmePolicy } from '../../sandbox/acmeAccounts.ts'
import { sandboxServers } from '../../sandbox/servers.ts'
import type { ServiceContext } from '../context.ts'
import { openSession } from '../session.ts'
import { clientOf, testRuntime } from '../testServices.ts'
import { acmeConnection } from './acmeConnection.ts'

const address = 'anna@sandbox.example'

async function open(acmePolicy: AcmePolicy) {
  const home = await mkdtemp(join(tmpdir(), 'siegel-stranger-'))
  const servers = sandboxServers({ clock: systemClock, random: systemRandom, acmePolicy })
  const session = await openSession({ home, kind: 'sandbox', runtime: testRuntime({ sandboxServers: servers }) })
  onTestFinished(async () => {
    await session.close()
    await rm(home, { recursive: true, force: true })
  })
  const { context } = session
  expectSuccess(await context.application.vault.create('correct horse battery staple'))
  expectSuccess(await context.application.sandbox.start())
  return context
}

/** An account that isn't this profile's. */
async function stranger(context: ServiceContext) {
  const key = await openAccountKey((await generateKey('ec-p256')).pkcs8)
  const client = expectSuccess(await openAcmeClient(expectSuccess(acmeConnection(context, 'sandbox')), key))
  const { accountUrl } = expectSuccess(await client.openAccount({ termsAgreed: false }))
  return {
    order: async () => expectSuccess(await client.placeOrder(accountUrl, address)).orderUrl,
    status: async (url: string) => expectSuccess(await client.order(accountUrl, url)).order.status,
  }
}

it.each([
  ['that waits for the right answer', {}],
  ['that takes any answer before the right mail for a wrong one', { refusesEarlyAnswers: true }],
] as const)('gets nothing by it, and Anna her certificate, at a CA %s', async (_, policy) => {
  const context = await open(policy)
  const other = await stranger(context)
  const { enrolment } = clientOf(context)
  const { id } = await enrolment.begin({ name: 'Anna', address, keyType: 'ec-p256', ca: { kind: 'sandbox' } })
  const events: EnrolmentEvent[] = []
  let foreign: string | undefined
  for await (const event of await enrolment.follow({ id })) {
    events.push(event)
    // Her own mail is under way; the other one arrives beside it.
    if (event.type === 'step' && event.step === 'await-challenge-mail') foreign ??= await other.order()
  }
  expect(events.at(-1)).toMatchObject({ type: 'done', identity: { addresses: [address] } })
  expect(events.flatMap((event) => (event.type === 'refused-mail' ? [event.reason] : []))).toContain('other-order')
  expect(context.application.identities.list()).toHaveLength(1)
  expect(['pending', 'invalid']).toContain(await other.status(foreign ?? ''))
})
