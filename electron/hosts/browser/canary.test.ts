/**
 * Where secrets must not be: the browser host as a process of its own, a person's day over its WebSocket, and a search for
 * every secret of that day in whatever the host said or left behind. What may hold some is excepted by name: the sandbox's
 * own folder, and nothing else.
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { unwrapMasterKey } from '../../keystore/masterKey.ts'
import { openSession } from '../../services/session.ts'
import { testRuntime } from '../../services/testServices.ts'
import { canariesIn, canaryForms, createSecrets, filesBelow, type Secrets } from './testCanaries.ts'
import { addKey, type Day, type EchoingServers, echoingServers, realDay, sandboxDay } from './testDay.ts'
import { Said, startWatchedHost, type WatchedHost } from './testHost.ts'

const canRunTypeScript = Number(process.versions.node.split('.')[0]) >= 24

const secrets = createSecrets()
const { canaries, controls, canary } = secrets
const said = new Said()
/** What lay below the temporary folder at several moments of the day. */
const moments = new Map<string, Map<string, Buffer>>()

let folder: string
let servers: EchoingServers | undefined
let host: WatchedHost | undefined
let exported: Uint8Array[] = []

const look = (moment: string) => void moments.set(moment, filesBelow(folder))

describe.skipIf(!canRunTypeScript || process.platform === 'win32')('the secrets of a day', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'siegel-canary-'))
    const home = join(folder, 'profile')
    for (const name of ['user', 'tmp']) mkdirSync(join(folder, name))
    servers = await echoingServers()
    const roots = join(folder, 'roots.pem')
    writeFileSync(roots, servers.ca)
    const passphrases = {
      first: canary('passphrase'),
      second: canary('changed passphrase'),
      wrong: canary('wrong passphrase'),
      sandbox: canary('passphrase of the sandbox'),
    }
    host = await startWatchedHost({ home, folder, roots, said })
    await host.intrude(JSON.stringify({ i: '1', p: { u: 'http://evil.example', b: canary('word of an intruder') } }))
    const day: Day = { client: host.client, home, secrets, said, passphrases, servers, look }
    exported = await realDay(day)
    await sandboxDay(day)
    await host.end('SIGKILL')
    look('after a kill')
    host = await startWatchedHost({ home, folder, roots, said })
    await host.client.vault.state()
    await host.end('SIGTERM')
    look('at the end')
    await collectKeys(home, secrets, passphrases)
  })

  afterAll(async () => {
    await host?.end('SIGKILL')
    await servers?.smtp.close()
    await servers?.imap.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('were all watched: passphrases, passwords, keys, texts', () => {
    const names = [...canaries.keys()].join('\n')
    for (const kind of [
      /^passphrase$/m,
      /^account password$/m,
      /^imported RSA key, PKCS#8$/m,
      /^imported EC key, d$/m,
      /^key .* \(sandbox\), qi$/m,
      /^ACME account key .*, d$/m,
      /^mailbox password of anna$/m,
      /^master key \(real\)$/m,
      /^master key \(sandbox\)$/m,
    ]) {
      expect(names).toMatch(kind)
    }
  })

  it('reach the page in no frame, not in an answer, not in an error', () => {
    expect(said.frames.length).toBeGreaterThan(50)
    expect(canariesIn(said.frames.join('\n'), controls).sort()).toEqual([...controls.keys()].sort())
    expect(
      said.frames.flatMap((frame) => canariesIn(frame, canaries).map((name) => `${name}: ${frame.slice(0, 300)}`)),
    ).toEqual([])
    expect(canariesIn(said.answers.join('\n'), canaries)).toEqual([])
    expect(said.errors.length).toBeGreaterThan(30)
    expect(said.errors.flatMap((error) => canariesIn(error, canaries))).toEqual([])
  })

  it('are not on the standard output or the error output', () => {
    // The address of each start, and nothing more.
    expect(said.output.join('').trim().split('\n')).toHaveLength(2)
    expect(canariesIn(said.output.join(''), canaries)).toEqual([])
  })

  it('are in the exported files only under their password', () => {
    expect(exported).toHaveLength(3)
    for (const file of exported) {
      expect(file.length).toBeGreaterThan(1500)
      expect(canariesIn(file, canaries)).toEqual([])
    }
  })

  it.each(['while the vault is open', 'while the vault is locked', 'in the sandbox', 'after a kill', 'at the end'])(
    'are in no file %s',
    (moment) => {
      const files = moments.get(moment) ?? new Map<string, Buffer>()
      const names = [...files.keys()]
      for (const name of ['siegel.db', 'siegel.db.backup', 'logs/siegel.log'])
        expect(names).toContain(`profile/${name}`)
      if (moment !== 'at the end') expect(names.some((name) => name.endsWith('siegel.db-wal'))).toBe(true)
      if (moment === 'while the vault is open')
        expect(names.some((name) => name.startsWith('profile/spool/'))).toBe(true)
      const found = [...files]
        .filter(([name]) => !name.startsWith('profile/sandbox/server/'))
        .flatMap(([name, bytes]) => canariesIn(bytes, canaries).map((secret) => `${name}: ${secret}`))
      expect(found).toEqual([])
    },
  )

  it('would have been found: what is not secret lies in the database, the log has its lines, the sandbox its passwords', () => {
    const files = moments.get('at the end') ?? new Map<string, Buffer>()
    const file = (name: string) => files.get(`profile/${name}`) ?? Buffer.alloc(0)
    expect(canariesIn(file('siegel.db'), controls).sort()).toEqual([...controls.keys()].sort())
    expect(canariesIn(file('siegel.db.backup'), controls).sort()).toEqual([...controls.keys()].sort())
    const log = file('logs/siegel.log').toString()
    for (const code of [
      'wrong-passphrase',
      'wrong-password',
      'BAD_REQUEST',
      'INTERNAL_SERVER_ERROR',
      'message-refused',
    ]) {
      expect(log).toContain(code)
    }
    expect(canariesIn(file('sandbox/server/sandbox.json'), canaries)).toContain('mailbox password of anna')
  })
})

/** Keys that were made inside the host are known to nobody: opened here, from a copy of what it left behind. */
async function collectKeys(home: string, secrets: Secrets, passphrases: Day['passphrases']): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'siegel-canary-copy-'))
  cpSync(home, copy, { recursive: true })
  try {
    for (const kind of ['real', 'sandbox'] as const) {
      const passphrase = kind === 'real' ? passphrases.second : passphrases.sandbox
      const session = await openSession({
        home: copy,
        kind,
        runtime: testRuntime(),
      })
      const { vault, identities, enrolments, acmeAccounts, profile } = session.context.application
      const [row] = profile.database.all<{
        salt: Uint8Array
        wrapped_key: Uint8Array
        cost: number
        block_size: number
        parallelism: number
      }>('SELECT * FROM vault')
      if (!row) throw new Error(`the ${kind} profile has no vault`)
      const { salt, cost, block_size: blockSize, parallelism, wrapped_key: wrappedKey } = row
      const wrapped = { salt, cost, blockSize, parallelism, wrappedKey }
      secrets.add(`master key (${kind})`, canaryForms(expectSuccess(await unwrapMasterKey(wrapped, passphrase))))
      expectSuccess(await vault.unlock(passphrase))
      for (const { id } of identities.list())
        addKey(secrets, `key ${id} (${kind})`, expectSuccess(identities.exportPkcs8(id)))
      for (const { accountId } of enrolments.list()) {
        if (accountId === undefined) throw new Error('the enrolment has no account')
      }
      for (const { id, sealedIn, sealedKey } of acmeAccounts.list()) {
        addKey(secrets, `ACME account key ${id}`, expectSuccess(vault.open(sealedIn, id, sealedKey)))
      }
      await session.close()
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

describe('a canary', () => {
  const secret = systemRandom(48)
  const watched = new Map([['secret', canaryForms(secret)]])
  const buffer = Buffer.from(secret)

  it.each<[string, Uint8Array | string]>([
    ['as it is', Buffer.concat([Buffer.alloc(7), buffer, Buffer.alloc(9)])],
    ['in hexadecimal digits', buffer.toString('hex')],
    ['in upper case', `key ${buffer.toString('hex').toUpperCase()}`],
    ['in base64', buffer.toString('base64')],
    ['in base64 after one byte', Buffer.concat([Buffer.alloc(1), buffer]).toString('base64')],
    ['in base64 after two bytes', Buffer.concat([Buffer.from('ab'), buffer, buffer]).toString('base64')],
    ['in base64url', Buffer.concat([Buffer.alloc(5), buffer]).toString('base64url')],
    ['in PEM', writePem('PRIVATE KEY', Buffer.concat([Buffer.alloc(30), buffer, Buffer.alloc(30)]))],
    ['in PEM inside of JSON', JSON.stringify(writePem('PRIVATE KEY', Buffer.concat([Buffer.alloc(40), buffer])))],
    ['as a list of numbers', JSON.stringify(buffer)],
    ['in UTF-16', Buffer.from(buffer.toString('latin1'), 'utf16le')],
    ['by its first half', buffer.subarray(0, 20)],
    ['by its second half, in base64', buffer.subarray(25).toString('base64')],
  ])('is found %s', (_form, haystack) => {
    expect(canariesIn(haystack, watched)).toEqual(['secret'])
  })

  it('is not found where it is not', () => {
    expect(canariesIn(systemRandom(100_000), watched)).toEqual([])
    expect(canariesIn(buffer.toString('base64').split('').reverse().join(''), watched)).toEqual([])
  })
})
