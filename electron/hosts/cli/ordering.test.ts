/** Ordering by ACME in the terminal at CAs that nobody reaches here: what the domain says first, and orders that stay open. */

import { createSocket } from 'node:dgram'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { testDns } from '../../net/testDns.ts'
import { type Siegel, siegelIn } from './testSiegel.ts'

const passphrase = 'correct horse battery'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'siegel-ordering-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const siegel: Siegel = (args, options) => siegelIn(folder)(args, { passphrase, ...options })

/** The commands of this test ask these servers, as if the system had them. */
function askingAt(servers: readonly string[]): void {
  const preload = `
    import dns from 'node:dns/promises'
    import { syncBuiltinESMExports } from 'node:module'
    const { Resolver } = dns
    dns.Resolver = class extends Resolver {
      constructor(options) {
        super(options)
        this.setServers(${JSON.stringify(servers)})
      }
    }
    syncBuiltinESMExports()`
  const before = process.env['NODE_OPTIONS']
  process.env['NODE_OPTIONS'] = `--import=data:text/javascript;base64,${Buffer.from(preload).toString('base64')}`
  onTestFinished(() => {
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
  })
}

/** A port of this machine at which nobody listens with TLS. */
async function silentDirectory(): Promise<string> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    socket.close()
  })
  return `https://127.0.0.1:${socket.address().port}/directory`
}

const request = (address: string, ...more: string[]) =>
  siegel(['identity', 'request', '--address', address, '--name', 'Anna Berger', '--by-hand', '--json', ...more])

it('a domain that names another CA is asked before the order, and only an explicit leave goes on', async () => {
  askingAt(await testDns({ 'strict.example': [{ flags: 0, tag: 'issuemail', value: ';' }], 'free.example': [] }))
  const directory = await silentDirectory()
  for (const ca of ['castle', directory]) {
    const refused = await request('anna@strict.example', '--ca', ca)
    expect(JSON.parse(refused.out), refused.err).toMatchObject({
      prohibition: { domain: 'strict.example', verdict: 'nobody' },
    })
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('--anyway')
  }
  expect(JSON.parse((await siegel(['identity', 'orders', 'list', '--json'])).out)).toEqual([])

  const gone = await request('anna@strict.example', '--ca', directory, '--anyway')
  expect(JSON.parse(gone.out), gone.err).toMatchObject({ error: { code: 'ca-unreachable' } })
  // What is under way isn't asked about again.
  const again = await request('anna@strict.example', '--ca', directory)
  expect(JSON.parse(again.out), again.err).toMatchObject({ error: { code: 'ca-unreachable' } })
  const free = await request('anna@free.example', '--ca', directory)
  expect(JSON.parse(free.out), free.err).toMatchObject({ error: { code: 'ca-unreachable' } })
  expect(free.err).not.toContain('--anyway')
})

it('an order whose CA is away waits, is listed with the reason, and can be given up', async () => {
  askingAt(await testDns({ 'free.example': [] }))
  const list = async () =>
    JSON.parse((await siegel(['identity', 'orders', 'list', '--json'])).out) as { address: string }[]
  const directory = await silentDirectory()
  await request('jonas@free.example', '--ca', directory)
  const found = (await list()).find(({ address }) => address === 'jonas@free.example')
  expect(found).toMatchObject({ state: 'failed', step: 'register-account', failure: { code: 'ca-unreachable' } })
  const shown = await siegel(['identity', 'orders', 'list'])
  expect(shown.out).toMatch(/jonas@free\.example .*opens an account at the CA next/)
  expect(shown.err).toContain('Nothing is lost')
  const given = await siegel(['identity', 'orders', 'give-up', 'jonas@free.example', '--json'])
  expect(JSON.parse(given.out), given.err).toMatchObject({ state: 'cancelled' })
  expect((await list()).map(({ address }) => address)).not.toContain('jonas@free.example')
  expect((await siegel(['identity', 'orders', 'give-up', 'jonas@free.example'])).code).toBe(1)
})

it('a request by file tells what the domain says, and is listed with the name of its CA', async () => {
  askingAt(await testDns({ 'free.example': [] }))
  const written = ['--out', join(folder, 'anna.csr'), '--overwrite']
  const csr = ['identity', 'csr', '--name', 'Anna', ...written, '--ca', 'harica', '--address']
  const made = await siegel([...csr, 'anna@free.example'])
  expect(made.err).toMatch(/^free\.example lets HARICA issue\n/)
  const json = await siegel([...csr, 'berta@free.example', '--json'])
  expect(JSON.parse(json.out)).toMatchObject({ caa: { domain: 'free.example', verdict: 'allowed' } })
  askingAt(['127.0.0.1:1'])
  const unasked = await siegel([...csr, 'clara@free.example'])
  expect([unasked.code, unasked.err]).toEqual([0, expect.stringContaining('could not be asked')])
  const pending = await siegel(['identity', 'pending', 'list'])
  expect(pending.out).toMatch(/anna@free\.example .* HARICA /)
})

it('a CA without ACME is named, and no CA at all is a question back', async () => {
  const other = await request('anna@free.example', '--ca', 'harica')
  expect(other.code).toBe(2)
  expect(other.err).toContain('siegel identity csr')
  expect((await request('anna@free.example', '--ca', 'nobody')).code).toBe(1)
  const csr = ['identity', 'csr', '--address', 'anna@free.example', '--name', 'Anna', '--out', '-', '--ca']
  const [byAcme, itsOwnKey] = await Promise.all([siegel([...csr, 'castle']), siegel([...csr, 'actalis'])])
  expect(byAcme).toMatchObject({ code: 2, out: '', err: expect.stringContaining('request --ca castle') })
  expect(itsOwnKey).toMatchObject({ code: 2, out: '', err: expect.stringContaining('siegel identity import') })
  const plain = await request('anna@free.example', '--ca', 'http://ca.free.example/directory')
  expect(plain).toMatchObject({ code: 2, err: expect.stringContaining('https://') })
  expect((await siegel(['ca', 'add', 'Firm', '--acme', 'http://ca.free.example/directory'])).err).toBe(plain.err)
  const none = await request('anna@free.example')
  expect(none.code).toBe(2)
  expect(none.err).toContain('siegel ca list')
})
