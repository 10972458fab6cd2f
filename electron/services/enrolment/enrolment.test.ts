/** From nothing to an installed identity, over real sockets, against the sandbox's CA and mail servers. */

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EnrolmentEvent } from '../../../shared/contract/enrolment.ts'
import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { sandboxServers } from '../../sandbox/servers.ts'
import { openSession, type Session } from '../session.ts'
import { testRuntime } from '../testServices.ts'
import { enrolmentProcedures } from './enrolment.ts'
import { accountSession } from './enrolmentAccounts.ts'

const passphrase = 'correct horse battery staple'
const clock = systemClock
const random = systemRandom
const anna = { name: 'Anna Berger', address: 'anna@sandbox.example', ca: { kind: 'sandbox' as const } }

let home: string
let session: Session | undefined

async function open(): Promise<Session> {
  return openSession({
    home,
    sandboxFolder: join(home, 'server'),
    kind: 'sandbox',
    runtime: testRuntime({ sandboxServers: sandboxServers({ clock, random }) }),
  })
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'siegel-enrolment-'))
})

afterEach(async () => {
  await session?.close()
  session = undefined
  await rm(home, { recursive: true, force: true })
})

/** A profile with an unlocked vault and running servers. */
async function ready() {
  session = await open()
  const { context } = session
  expectSuccess(await context.application.vault.create(passphrase))
  expectSuccess(await context.application.sandbox.start())
  return context
}

type Context = Awaited<ReturnType<typeof ready>>

const begin = (context: Context, keyType: 'rsa-3072' | 'ec-p256' = 'ec-p256') =>
  call(enrolmentProcedures.begin, { ...anna, keyType }, { context })

/** Follows until the end, or until an event is met. */
async function follow(context: Context, id: string, until?: (event: EnrolmentEvent) => boolean) {
  const events: EnrolmentEvent[] = []
  for await (const event of await call(enrolmentProcedures.follow, { id }, { context })) {
    events.push(event)
    if (until?.(event)) break
  }
  return events
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  )

const doneSteps = (events: readonly EnrolmentEvent[]) =>
  events.flatMap((event) => (event.type === 'step' && event.state === 'done' ? [event.step] : []))

describe('an enrolment', () => {
  it.each(['rsa-3072', 'ec-p256'] as const)('ends with an installed identity (%s)', async (keyType) => {
    const context = await ready()
    const { id, state } = await begin(context, keyType)
    expect(state).toBe('paused')
    const events = await follow(context, id)
    expect(doneSteps(events)).toEqual([
      'generate-key',
      'register-account',
      'place-order',
      'await-challenge-mail',
      'authenticate-challenge',
      'send-reply',
      'await-validation',
      'finalize',
      'install',
    ])
    const last = events.at(-1)
    expect(last).toMatchObject({
      type: 'done',
      identity: {
        addresses: [anna.address],
        keyAlgorithm: keyType === 'rsa-3072' ? 'RSA 3072' : expect.stringContaining('256'),
        canSign: true,
        canEncrypt: true,
        state: 'valid',
        preferred: true,
        source: 'enrolment',
      },
    })
    const [listed] = await call(enrolmentProcedures.list, undefined, { context })
    expect(listed).toMatchObject({ id, state: 'done', step: 'install' })
    // Asked again, it says so at once.
    expect(await follow(context, id)).toMatchObject([{ type: 'done' }])
  })

  it('stops where its follower leaves and goes on from there, with the same key', async () => {
    const context = await ready()
    const { id } = await begin(context)
    for (const step of ['generate-key', 'place-order', 'send-reply', 'finalize']) {
      await follow(context, id, (event) => event.type === 'step' && event.step === step && event.state === 'done')
      expect(context.application.enrolments.get(id)).toMatchObject({ state: 'paused' })
    }
    const { keyId } = context.application.enrolments.get(id) ?? {}
    expect(keyId).toBeDefined()
    const events = await follow(context, id)
    expect(events.at(-1)).toMatchObject({ type: 'done' })
    expect(context.application.identities.list()).toMatchObject([{ keyId }])
  })

  it('orders anew with the same key when the CA has forgotten the order', async () => {
    const context = await ready()
    const { id } = await begin(context)
    await follow(context, id, (event) => event.type === 'step' && event.step === 'send-reply' && event.state === 'done')
    const { keyId, progress } = context.application.enrolments.get(id) ?? {}
    await context.application.sandbox.stop()
    expect(await codeOf(follow(context, id))).toBe('sandbox-not-running')
    expectSuccess(await context.application.sandbox.start())
    const events = await follow(context, id)
    expect(events.at(-1)).toMatchObject({ type: 'done' })
    expect(context.application.enrolments.get(id)?.progress.orderUrl).not.toBe(progress?.orderUrl)
    expect(context.application.identities.list()).toMatchObject([{ keyId }])
  })

  it('can be cancelled while it runs; its key is kept', async () => {
    const context = await ready()
    const { id } = await begin(context)
    let cancelled: Promise<unknown> | undefined
    const events = await follow(context, id, (event) => {
      if (event.type === 'step' && event.step === 'place-order') {
        cancelled ??= call(enrolmentProcedures.cancel, { id }, { context })
      }
      return false
    })
    expect(events.at(-1)?.type).not.toBe('done')
    expect(await cancelled).toMatchObject({ state: 'cancelled' })
    const keyId = context.application.enrolments.get(id)?.keyId ?? ''
    expect(context.application.identities.pendingKey(keyId).ok).toBe(true)
    expect(await begin(context)).toMatchObject({ state: 'paused' })
  })

  it('begins only with an address that has an account here, an open vault and running servers', async () => {
    session = await open()
    const { context } = session
    expect(await codeOf(begin(context))).toBe('no-vault')
    expectSuccess(await context.application.vault.create(passphrase))
    expect(await codeOf(begin(context))).toBe('sandbox-not-running')
    expectSuccess(await context.application.sandbox.start())
    const { id } = await begin(context)
    expect(await codeOf(begin(context, 'rsa-3072'))).toBe('request-under-way')
    const at = (address: string) =>
      codeOf(call(enrolmentProcedures.begin, { ...anna, address, keyType: 'ec-p256' }, { context }))
    expect(await at('nobody@sandbox.example')).toBe('no-account')
    expect(await at('anna at sandbox')).toBe('malformed-address')
    context.application.vault.lock()
    expect(await codeOf(begin(context))).toBe('locked')
    expect(await codeOf(follow(context, id))).toBe('locked')
    expect(await codeOf(follow(context, 'unknown'))).toBe('not-found')
  })
})

describe('an enrolment whose process is killed', () => {
  const here = new URL('.', import.meta.url)
  const from = (file: string) => JSON.stringify(new URL(file, here).href)
  /** Prints a line when the work begins, so that the killer knows, and one at each step. */
  const program = `
    import { call } from '@orpc/server'
    import { createLog } from ${from('../../base/log.ts')}
    import { systemClock as clock } from ${from('../../base/clock.ts')}
    import { systemRandom as random } from ${from('../../base/random.ts')}
    import { expectSuccess } from ${from('../../base/result.ts')}
    import { sandboxServers } from ${from('../../sandbox/servers.ts')}
    import { enrolmentProcedures } from ${from('./enrolment.ts')}
    import { openSession } from ${from('../session.ts')}
    const [home, sandboxFolder, passphrase, id] = process.argv.slice(1)
    const log = createLog({ level: 'silent' })
    const runtime = { host: 'cli', version: '0.0.0', clock, random, log, sandboxServers: sandboxServers({ clock, random }) }
    const session = await openSession({ home, sandboxFolder, kind: 'sandbox', runtime })
    const { context } = session
    expectSuccess(await context.application.vault.unlock(passphrase))
    process.stdout.write('ready\\n')
    for await (const event of await call(enrolmentProcedures.follow, { id }, { context })) {
      process.stdout.write(event.type + '\\n')
    }
    await session.close()
  `

  /**
   * Runs the enrolment in another process; kills it so many milliseconds after the work began, or as soon as it tells so
   * many events.
   */
  function run(
    id: string,
    killAfterMs: number | undefined,
    killAtEvent?: number,
  ): Promise<{ code: number | null; output: string }> {
    const args = [
      '--no-warnings',
      '--input-type=module',
      '-e',
      program,
      '--',
      home,
      join(home, 'server'),
      passphrase,
      id,
    ]
    const child = spawn(process.execPath, args, { cwd: fileURLToPath(here), stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let timer: NodeJS.Timeout | undefined
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (killAtEvent !== undefined && output.split('\n').length - 2 >= killAtEvent) child.kill('SIGKILL')
      if (killAfterMs !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    })
    return new Promise((resolve) => {
      child.on('close', (code) => {
        clearTimeout(timer)
        resolve({ code, output })
      })
    })
  }

  it('at every step leaves one key and one order, and goes on with both', async () => {
    const context = await ready()
    const { id } = await begin(context)
    const { enrolments, identities } = context.application
    const orders = new Set<string>()
    const keys = new Set<string>()
    let kills = 0
    // Each run is killed one event later than the last one got, so that none of the steps is left out.
    for (let event = 1; event <= 24; event++) {
      const { code } = await run(id, undefined, event)
      const { keyId, progress } = enrolments.get(id) ?? {}
      if (keyId !== undefined) keys.add(keyId)
      if (progress?.orderUrl !== undefined) orders.add(progress.orderUrl)
      if (code !== null) break
      kills += 1
    }
    expect(kills).toBeGreaterThan(6)
    await run(id, undefined)
    expect(enrolments.get(id)).toMatchObject({ state: 'done' })
    expect(keys.size).toBe(1)
    expect(orders.size).toBe(1)
    expect(identities.list()).toHaveLength(1)
    // Not even the CA has another: a killed process found its order in the account's list.
    const { accountId = '' } = enrolments.get(id) ?? {}
    const { client, accountUrl } = expectSuccess(await accountSession(context, accountId))
    const { ordersUrl = '' } = expectSuccess(await client.findAccount())
    expect(await client.orderUrls(accountUrl, ordersUrl)).toEqual([...orders])
  })

  it('can be given up on purpose: its order comes to nothing, its key is kept, and another may begin', async () => {
    const context = await ready()
    const { id } = await begin(context)
    await run(id, undefined, 7)
    const { keyId = '', progress, accountId = '' } = context.application.enrolments.get(id) ?? {}
    expect(progress?.ordering ?? progress?.orderUrl).toBeDefined()
    expect(await call(enrolmentProcedures.cancel, { id }, { context })).toMatchObject({ state: 'cancelled' })
    expect(context.application.identities.pendingKey(keyId).ok).toBe(true)
    const { client, accountUrl } = expectSuccess(await accountSession(context, accountId))
    if (progress?.orderUrl !== undefined) {
      const left = expectSuccess(await client.order(accountUrl, progress.orderUrl))
      expect(left.order.status).toBe('invalid')
    }
    const next = await begin(context)
    expect((await follow(context, next.id)).at(-1)).toMatchObject({ type: 'done' })
  })

  it('is resumed and ends with the key whose public half left', async () => {
    const context = await ready()
    const { id } = await begin(context)
    const { enrolments, identities } = context.application
    const keys = new Set<string>()
    for (let kills = 0; kills < 7; kills++) {
      // From the first step on to beyond the usual end; where exactly is chance.
      const { code, output } = await run(id, Math.round(Math.random() * 150) + kills * 100)
      const { keyId, progress } = enrolments.get(id) ?? {}
      if (keyId !== undefined) {
        keys.add(keyId)
        expect(identities.pendingKey(keyId).ok).toBe(true)
      }
      if (progress?.orderUrl !== undefined) expect(keyId).toBeDefined()
      if (code !== null) {
        expect(output).toContain('done')
        break
      }
    }
    const { output } = await run(id, undefined)
    expect(output).toContain('done')
    const { state, keyId, identityId } = enrolments.get(id) ?? {}
    expect(state).toBe('done')
    expect([...keys, keyId].every((key) => key === keyId)).toBe(true)
    expect(identities.list()).toMatchObject([{ id: identityId, keyId }])
  })
})
