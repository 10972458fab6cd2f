import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { call } from '@orpc/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { sandboxServers } from '../../sandbox/servers.ts'
import { openSession, type Session } from '../session.ts'
import { testRuntime } from '../testServices.ts'
import { accountsProcedures } from './accounts.ts'
import { composeProcedures } from './compose.ts'
import { mailboxProcedures } from './mailbox.ts'

const anna = 'anna@sandbox.example'
const jonas = 'jonas@sandbox.example'

let home: string
let session: Session

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'siegel-mailbox-'))
  session = await openSession({
    home,
    kind: 'sandbox',
    runtime: testRuntime({ sandboxServers: sandboxServers({ clock: systemClock, random: systemRandom }) }),
  })
  expectSuccess(await session.context.application.sandbox.start())
  expectSuccess(await session.context.application.vault.create('a passphrase for tests'))
})

afterAll(async () => {
  await session.close()
  await rm(home, { recursive: true })
})

const context = () => ({ context: session.context })

async function accountIdOf(address: string): Promise<string> {
  const accounts = await call(accountsProcedures.list, undefined, context())
  return accounts.find((account) => account.address === address)!.id
}

async function sendPlain(subject: string): Promise<void> {
  const events = await call(
    composeProcedures.send,
    {
      from: anna,
      to: [{ address: jonas }],
      cc: [],
      bcc: [],
      subject,
      text: 'Hello',
      attachments: [],
      sign: false,
      encrypt: false,
    },
    context(),
  )
  for await (const event of events) if (event.type === 'done') expect(event.filedInSent).toBe(true)
}

describe("the sandbox's own servers", () => {
  it('pass the test of an account', async () => {
    const id = await accountIdOf(anna)
    const { lastProof } = await call(accountsProcedures.test, { id }, context())
    expect(lastProof).toMatchObject({ submission: { ok: true }, mailbox: { ok: true } })
  })

  it('name their folders, and bring the signed welcome', async () => {
    const accountId = await accountIdOf(anna)
    const folders = await call(mailboxProcedures.folders, { accountId }, context())
    expect(folders.map(({ use }) => use)).toEqual(expect.arrayContaining(['inbox', 'sent']))
    const { mails, total } = await call(mailboxProcedures.list, { accountId }, context())
    expect(total).toBe(mails.length)
    const welcome = mails.find(({ claims }) => claims === 'signed')!
    const opened = await call(mailboxProcedures.open, { accountId, uid: welcome.uid }, context())
    expect(opened.report.verdict.signature).toBe('good')
  })

  it('tell a watcher that a letter has come', async () => {
    const accountId = await accountIdOf(jonas)
    const abort = new AbortController()
    const changes = await call(mailboxProcedures.watch, { accountId }, { ...context(), signal: abort.signal })
    let told = false
    const change = changes.next().finally(() => {
      told = true
    })
    // A letter that comes before the connection stands is no change: then another one follows.
    while (!told) {
      await sendPlain('A letter')
      await Promise.race([change, sleep(1_000)])
    }
    expect(await change).toEqual({ done: false, value: { type: 'changed' } })
    abort.abort()
    expect((await changes.next()).done).toBe(true)
    const { mails } = await call(mailboxProcedures.list, { accountId, limit: 1 }, context())
    expect(mails[0]?.subject).toBe('A letter')
  })

  it('are no longer watched once the vault is locked', async () => {
    const accountId = await accountIdOf(jonas)
    const changes = await call(mailboxProcedures.watch, { accountId }, context())
    const end = changes.next()
    await sleep(500)
    session.context.application.vault.lock()
    expect((await end).done).toBe(true)
  })
})
