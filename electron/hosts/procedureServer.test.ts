import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { contract } from '../../shared/contract/contract.ts'
import { type PageLine, type ProcedureServer, startProcedureServer } from './procedureServer.ts'

let home: string
let server: ProcedureServer
const ports: MessagePort[] = []

beforeEach(async () => {
  home = join(await mkdtemp(join(tmpdir(), 'siegel-services-')), 'profile')
  server = await startProcedureServer({ host: 'browser', home })
})

afterEach(async () => {
  for (const port of ports.splice(0)) port.close()
  await server.close()
  await rm(join(home, '..'), { recursive: true, force: true })
})

/** A page: its end of a line, and what came over it as text. */
function openPage() {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  const received: string[] = []
  const line: PageLine = {
    onMessage(listener) {
      port1.addEventListener('message', (event) => listener(event.data))
      port1.start()
    },
    onClose: (listener) => port1.addEventListener('close', listener),
    send(data) {
      received.push(String(data))
      port1.postMessage(data)
    },
    close: () => port1.close(),
  }
  server.accept(line)
  port2.start()
  const client: ContractRouterClient<typeof contract> = createORPCClient(new RPCLink({ port: port2 }))
  return { client, received, port: port2 }
}

describe('the services behind a line', () => {
  it('answer calls on a new profile that only its owner may read', async () => {
    const { client } = openPage()
    const status = await client.app.status()
    expect(status.host).toBe('browser')
    expect(status.profile).toMatchObject({ kind: 'real', state: 'open', folder: home })
    if (process.platform !== 'win32') expect((await stat(home)).mode & 0o077).toBe(0)
  })

  it('tell every page of a change', async () => {
    const changing = openPage()
    const watching = openPage()
    const ending = new AbortController()
    const changes = await watching.client.app.events(undefined, { signal: ending.signal })
    await changing.client.app.changeSettings({ theme: 'dark' })
    for await (const { topic } of changes) if (topic === 'settings') break
    ending.abort()
    expect((await watching.client.app.settings()).theme).toBe('dark')
  })

  it('never send or log the passphrase', async () => {
    const passphrase = 'wool kettle lantern orbit'
    const { client, received } = openPage()
    await client.vault.create({ passphrase })
    await client.vault.lock()
    await expect(client.vault.unlock({ passphrase: `${passphrase}!` })).rejects.toMatchObject({ defined: true })
    await client.vault.unlock({ passphrase })
    const log = await readFile(join(home, 'logs', 'siegel.log'), 'utf8').catch(() => '')
    expect(received.join()).not.toContain(passphrase)
    expect(log).not.toContain(passphrase)
  })

  it.each([
    ['nonsense', 'nonsense'],
    ['a call without a payload', '{"i":"1"}'],
    ['bytes', new Uint8Array(8)],
  ])('close a line that carries %s, and go on with the others', async (_name, message) => {
    const hostile = openPage()
    const closed = new Promise((resolve) => hostile.port.addEventListener('close', resolve))
    hostile.port.postMessage(message)
    await closed
    expect((await openPage().client.app.status()).profile.state).toBe('open')
  })

  it('answer an unknown procedure without closing the line', async () => {
    const { client } = openPage()
    const unknown = (client.app as unknown as { nothing: () => Promise<unknown> }).nothing()
    await expect(unknown).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await client.app.status()).profile.state).toBe('open')
  })
})
