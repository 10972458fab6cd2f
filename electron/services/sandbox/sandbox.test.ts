import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { failure } from '../../base/result.ts'
import { sandboxServers } from '../../sandbox/servers.ts'
import { openSession, type Session } from '../session.ts'
import { testRuntime } from '../testServices.ts'
import { sandboxProcedures } from './sandbox.ts'
import type { SandboxServers } from './sandboxLink.ts'

const clock = systemClock
const random = systemRandom
let home: string
let session: Session

async function open(servers: SandboxServers): Promise<void> {
  session = await openSession({ home, runtime: testRuntime({ sandboxServers: servers }) })
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'siegel-sandbox-service-'))
})

afterEach(async () => {
  await session.close()
  await rm(home, { recursive: true, force: true })
})

describe('the sandbox', () => {
  it('is entered with its servers running and left without a trace in the real profile', async () => {
    await open(sandboxServers({ clock, random }))
    const { context } = session
    expect(await call(sandboxProcedures.status, undefined, { context })).toEqual({
      active: false,
      running: false,
      people: [],
    })
    const entered = await call(sandboxProcedures.enter, undefined, { context })
    expect(entered).toMatchObject({ active: true, running: true })
    expect(entered.people.map(({ address, playable }) => [address, playable])).toEqual([
      ['anna@sandbox.example', true],
      ['jonas@sandbox.example', true],
      ['mara@sandbox.example', false],
    ])
    expect(context.application.accounts.list()).toHaveLength(2)
    const left = await call(sandboxProcedures.leave, undefined, { context })
    expect(left).toEqual({ active: false, running: false, people: [] })
    expect(context.application.profile.kind).toBe('real')
    expect(context.application.accounts.list()).toHaveLength(0)
    expect(context.application.sandbox.state()).toBeUndefined()
  })

  it('that can not start leaves the person where they came from', async () => {
    await open({
      start: async () => failure({ code: 'sandbox-port-taken', port: 993 }),
      readState: () => undefined,
    })
    const { context } = session
    const entering = call(sandboxProcedures.enter, undefined, { context })
    await expect(entering).rejects.toMatchObject({ code: 'sandbox-port-taken', data: { port: 993 } })
    expect(context.application.profile.kind).toBe('real')
  })
})
