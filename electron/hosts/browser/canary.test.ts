/**
 * Where secrets must not be: the browser host as a process of its own, a person's day over its WebSocket, and a search for
 * every secret of that day in whatever the host said or left behind. What may hold some is excepted by name: the sandbox's
 * own folder, and nothing else.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createPrivateKey, randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { contract } from '../../../shared/contract/contract.ts'
import { enrolmentTable } from '../../acquisition/store.ts'
import { writePem } from '../../asn1/pem.ts'
import { base64Bytes, base64Text, latin1Bytes } from '../../base/bytes.ts'
import { systemClock } from '../../base/clock.ts'
import { createLog } from '../../base/log.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess, failure } from '../../base/result.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import { unwrapMasterKey } from '../../keystore/masterKey.ts'
import { writePkcs12 } from '../../keystore/pkcs12/write.ts'
import { type ScriptedServer, scriptedServer, serverCertificate, testServerAuthority } from '../../mail/testServers.ts'
import { openSession } from '../../services/session.ts'
import { loadSqlite } from '../../storage/sqlite.ts'
import { canariesIn, canaryForms, filesBelow } from './testCanaries.ts'

type Client = ContractRouterClient<typeof contract>

const entry = fileURLToPath(new URL('./main.ts', import.meta.url))
const canRunTypeScript = Number(process.versions.node.split('.')[0]) >= 24

const canaries = new Map<string, readonly Buffer[]>()
/** Not secret: they must be found where they belong, or nothing was looked at. */
const controls = new Map<string, readonly Buffer[]>()

/** Text of letters and digits, so that no encoding changes it and no line of a mail is too long for it. */
function canary(name: string): string {
  const value = randomBytes(20).toString('hex')
  canaries.set(name, canaryForms(value))
  return value
}

function control(name: string): string {
  const value = randomBytes(20).toString('hex')
  controls.set(name, canaryForms(value))
  return value
}

/** The whole of a private key, and the numbers in it that are secret. */
function addKey(name: string, pkcs8: Uint8Array): void {
  canaries.set(`${name}, PKCS#8`, canaryForms(pkcs8, { whole: true }))
  const jwk = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
  for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
    const number = jwk[part]
    if (typeof number === 'string') canaries.set(`${name}, ${part}`, canaryForms(Buffer.from(number, 'base64url')))
  }
}

let root: string
let home: string
let host: Host | undefined
let servers: ScriptedServer[] = []
/** Everything that was said: frames to the page, answers over HTTP, the process's output, errors as the page has them. */
const said = { frames: [] as string[], answers: [] as string[], output: [] as string[], errors: [] as string[] }
const exported: Uint8Array[] = []
/** What lay below the temporary folder at several moments of the day. */
const moments = new Map<string, Map<string, Buffer>>()

interface Host {
  readonly process: ChildProcess
  readonly client: Client
  readonly socket: WebSocket
}

async function startHost(roots: string): Promise<Host> {
  const started = spawn(process.execPath, ['--no-warnings', entry, `--home=${home}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: join(root, 'user'),
      TMPDIR: join(root, 'tmp'),
      NODE_EXTRA_CA_CERTS: roots,
    },
  })
  const address = await new Promise<string>((resolve, reject) => {
    const hear = (bytes: Buffer) => {
      said.output.push(bytes.toString('latin1'))
      const found = /http:\/\/127\.0\.0\.1:\d+\/#\S+/.exec(said.output.join(''))
      if (found) resolve(found[0])
    }
    started.stdout?.on('data', hear)
    started.stderr?.on('data', hear)
    started.on('close', (code) => reject(new Error(`the host ended with ${code}: ${said.output.join('')}`)))
  })
  const { origin, host: name, hash } = new URL(address)
  const session = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ token: hash.slice(1) }),
  })
  said.answers.push(inspect([...session.headers]), await session.text())
  const cookie = session.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  said.output.length = 0
  const socket = await openLine(`ws://${name}/rpc`, origin, cookie)
  const nonsense = await openLine(`ws://${name}/rpc`, origin, cookie)
  // A page that is not ours: the host hangs up, and must not write down what it was told.
  const closed = new Promise((resolve) => nonsense.on('close', resolve))
  nonsense.send(
    JSON.stringify({ i: '1', p: { u: 'http://evil.example', passphrase: canary('nonsense over the line') } }),
  )
  await closed
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })
  return { process: started, socket, client: createORPCClient(link) }
}

async function openLine(url: string, origin: string, cookie: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers: { origin, cookie } })
  socket.on('message', (data) => said.frames.push(String(data)))
  await new Promise((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  return socket
}

async function endHost({ process: running, socket }: Host, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise((resolve) => running.once('close', resolve))
  socket.close()
  running.kill(signal)
  await ended
}

/** Runs something that must fail, and keeps the error with everything that hangs on it. Answers its code. */
async function failing(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    said.errors.push(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxArrayLength: 10_000 }))
    said.errors.push(JSON.stringify(error), String((error as Error).stack))
    return (error as { code: string }).code
  }
}

async function allOf(stream: Promise<AsyncIterable<unknown>>): Promise<unknown[]> {
  const events: unknown[] = []
  for await (const event of await stream) events.push(event)
  return events
}

/** Reads a file of the host as the page does. */
async function readWhole(client: Client, spoolId: string, size: number): Promise<Uint8Array> {
  const { bytes } = await client.spool.read({ spoolId, offset: 0, length: Math.max(size, 1) })
  return base64Bytes(bytes)
}

const look = (moment: string) => moments.set(moment, filesBelow(root))

/** Servers that repeat what they were told when they refuse it: the way a password comes back into a message. */
async function echoingServers() {
  const authority = await testServerAuthority()
  const certificate = await serverCertificate(authority)
  const roots = join(root, 'roots.pem')
  writeFileSync(roots, authority.ca)
  const plainOf = (token: string) => Buffer.from(token, 'base64').toString('latin1').replaceAll('\0', ' ')
  const smtp = await scriptedServer((line, { say }) => {
    const [verb = '', , token = ''] = line.split(' ')
    if (line === '') say('220 mail.example\r\n')
    else if (/^EHLO/i.test(verb)) say('250-mail.example\r\n250 AUTH PLAIN\r\n')
    else if (/^AUTH/i.test(verb)) say(`535 5.7.8 not with ${token} nor ${plainOf(token)} in ${line}\r\n`)
    else say('221 bye\r\n')
  }, certificate)
  const imap = await scriptedServer((line, { say }) => {
    const [tag = '', verb = '', , token = ''] = line.split(' ')
    if (line === '') say('* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n')
    else if (/^CAPABILITY/i.test(verb)) say(`* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n${tag} OK done\r\n`)
    else if (/^(AUTHENTICATE|LOGIN)/i.test(verb))
      say(`${tag} NO not with ${token} nor ${plainOf(token)} in ${line}\r\n`)
    else say(`${tag} BAD no\r\n`)
  }, certificate)
  servers = [smtp, imap]
  return { roots, smtp, imap }
}

describe.skipIf(!canRunTypeScript || process.platform === 'win32')('the secrets of a day', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'siegel-canary-'))
    home = join(root, 'profile')
    for (const folder of ['user', 'tmp']) mkdirSync(join(root, folder))
    const { roots, smtp, imap } = await echoingServers()
    host = await startHost(roots)
    await realDay(host.client, smtp.port, imap.port)
    await sandboxDay(host.client)
    await endHost(host, 'SIGKILL')
    look('after a kill')
    host = await startHost(roots)
    await host.client.vault.state()
    await endHost(host, 'SIGTERM')
    host = undefined
    look('at the end')
    await collectKeys()
  }, 60_000)

  afterAll(async () => {
    host?.process.kill('SIGKILL')
    for (const server of servers) await server.close()
    rmSync(root, { recursive: true, force: true })
  })

  const passphrases = {
    first: canary('passphrase'),
    second: canary('changed passphrase'),
    wrong: canary('wrong passphrase'),
    sandbox: canary('passphrase of the sandbox'),
  }

  async function realDay(client: Client, smtpPort: number, imapPort: number): Promise<void> {
    await client.vault.create({ passphrase: passphrases.first })
    expect(await failing(() => client.vault.create({ passphrase: canary('too long').repeat(50) }))).toBe('BAD_REQUEST')

    // Identities: from PKCS#12 with two passwords, and from a PEM file that is open.
    const now = Date.now()
    const validity = { notBefore: new Date(now - 86_400_000), notAfter: new Date(now + 86_400_000) }
    const issuer = await testAuthority('Canary root', {}, validity)
    const rsa = await testPerson('anna@canary.example', { issuer, keyType: 'rsa-2048' }, validity)
    const ec = await testPerson('jonas@canary.example', { issuer }, validity)
    addKey('imported RSA key', rsa.pkcs8)
    addKey('imported EC key', ec.pkcs8)
    const importPassword = canary('password of the imported file')
    const file = await writePkcs12({
      pkcs8: rsa.pkcs8,
      certificateDer: rsa.certificate.der,
      chain: [issuer.certificate.der],
      friendlyName: 'Anna',
      password: importPassword,
      profile: 'modern',
      random: systemRandom,
      iterations: 1000,
    })
    const source = { bytes: base64Text(file) }
    expect(await failing(() => client.identities.import({ source, password: canary('wrong password') }))).toBe(
      'wrong-password',
    )
    await client.identities.previewImport({ source, password: importPassword })
    const [anna] = (await client.identities.import({ source, password: importPassword })).imported
    const pem = writePem('PRIVATE KEY', ec.pkcs8) + writePem('CERTIFICATE', ec.certificate.der)
    // As the page hands a larger file over, and never takes back.
    const begun = await client.spool.begin({ name: 'jonas.pem', mediaType: 'text/plain', size: pem.length })
    await client.spool.append({ spoolId: begun.spoolId, offset: 0, bytes: base64Text(latin1Bytes(pem)) })
    await client.identities.import({ source: { spoolId: begun.spoolId } })
    expect(
      await failing(() =>
        client.contacts.addFromFile({ source: { bytes: base64Text(latin1Bytes(pem)) }, fileName: 'jonas.pem' }),
      ),
    ).toBe('contains-private-key')

    // An account whose servers say the password back to whoever reads the failure.
    const server = { host: 'localhost', security: 'tls' as const, user: control('user name') }
    const account = await client.accounts.add({
      name: 'Anna',
      address: 'anna@canary.example',
      password: canary('account password'),
      submission: { ...server, port: smtpPort },
      mailbox: { ...server, port: imapPort },
    })
    const { lastProof } = await client.accounts.test({ id: account.id })
    expect(lastProof).toMatchObject({
      submission: { ok: false, failure: { code: 'authentication-refused' } },
      mailbox: { ok: false, failure: { code: 'authentication-refused' } },
    })
    await failing(() => client.mailbox.folders({ accountId: account.id }))

    // A letter that can't be handed in, with its attachment, and one that isn't finished.
    const attachment = canary('text of an attachment')
    const spooled = await client.spool.begin({ name: 'plan.txt', mediaType: 'text/plain', size: attachment.length })
    await client.spool.append({ spoolId: spooled.spoolId, offset: 0, bytes: base64Text(latin1Bytes(attachment)) })
    const letter = {
      from: 'anna@canary.example',
      to: [{ address: 'somebody@elsewhere.example' }],
      cc: [],
      bcc: [],
      subject: 'Plans',
      text: `${canary('text of a held letter')}\n`.repeat(50),
      attachments: [spooled],
      sign: true,
      encrypt: false,
    }
    expect(await failing(async () => allOf(client.compose.send(letter)))).toBe('authentication-refused')
    expect(await client.compose.outbox()).toHaveLength(1)
    await client.compose.saveDraft({
      draft: { subject: canary('subject of a draft'), text: `${canary('text of a draft')}\n`.repeat(50) },
    })
    await client.contacts.add({ name: control('name of a contact'), notes: '', addresses: ['c@canary.example'] })
    look('while the vault is open')

    // Locked, guessed at, opened, exported, and given another passphrase.
    await client.vault.lock()
    expect(await failing(() => client.vault.unlock({ passphrase: passphrases.wrong }))).toBe('wrong-passphrase')
    expect(await failing(() => client.vault.unlock({ passphrase: `${passphrases.first}!` }))).toBe('wrong-passphrase')
    await client.vault.unlock({ passphrase: passphrases.first })
    const id = anna?.id ?? ''
    const password = canary('password of the exported file')
    const take = { id, password, profile: 'modern' as const }
    expect(await failing(() => client.identities.export({ ...take, passphrase: passphrases.wrong }))).toBe(
      'wrong-passphrase',
    )
    for (const profile of ['modern', 'compatible'] as const) {
      const saved = await client.identities.export({ ...take, profile, passphrase: passphrases.first })
      exported.push(await readWhole(client, saved.spoolId, saved.size))
    }
    await client.vault.changePassphrase({ current: passphrases.first, next: passphrases.second })
    await unexpected(client)
    await client.vault.lock()
    look('while the vault is locked')
  }

  /** Exceptions that nobody wrote a code for: tables that are gone in the middle of the work. */
  async function unexpected(client: Client): Promise<void> {
    const connection = (await loadSqlite())(join(home, 'siegel.db'))
    const tables = ['drafts', 'accounts', 'vault']
    for (const table of tables) connection.exec(`ALTER TABLE ${table} RENAME TO ${table}_gone`)
    const unexpectedly: (() => Promise<unknown>)[] = [
      () => client.compose.saveDraft({ draft: { text: canary('text of a draft that failed') } }),
      () =>
        client.accounts.add({
          name: 'x',
          address: 'x@canary.example',
          password: canary('account password that failed'),
          submission: { host: 'localhost', port: 1, security: 'tls', user: 'x' },
          mailbox: { host: 'localhost', port: 1, security: 'tls', user: 'x' },
        }),
      () => client.vault.unlock({ passphrase: canary('passphrase that failed') }),
    ]
    for (const work of unexpectedly) expect(await failing(work)).toBe('INTERNAL_SERVER_ERROR')
    for (const table of tables) connection.exec(`ALTER TABLE ${table}_gone RENAME TO ${table}`)
    connection.close()
  }

  async function sandboxDay(client: Client): Promise<void> {
    await client.sandbox.enter()
    const { people } = JSON.parse(readFileSync(join(home, 'sandbox', 'server', 'sandbox.json'), 'utf8')) as {
      people: { user: string; password: string }[]
    }
    for (const { user, password } of people) canaries.set(`mailbox password of ${user}`, canaryForms(password))
    await client.vault.create({ passphrase: passphrases.sandbox })
    for (const keyType of ['ec-p256', 'rsa-3072'] as const) {
      const address = 'anna@sandbox.example'
      const { id } = await client.enrolment.begin({ name: 'Anna Berger', address, keyType, ca: { kind: 'sandbox' } })
      const events = await allOf(client.enrolment.follow({ id }))
      expect(events.at(-1)).toMatchObject({ type: 'done' })
    }
    const [account] = await client.accounts.list()
    await client.accounts.test({ id: account?.id ?? '' })
    await client.mailbox.list({ accountId: account?.id ?? '', folder: 'INBOX', limit: 10 })
    const sent = await allOf(
      client.compose.send({
        from: 'anna@sandbox.example',
        to: [{ address: 'anna@sandbox.example' }],
        cc: [],
        bcc: [{ address: 'anna@sandbox.example' }],
        subject: 'Plans',
        text: `${canary('text of a sealed letter')}\n`.repeat(50),
        attachments: [],
        sign: true,
        encrypt: true,
      }),
    )
    expect(sent.at(-1)).toMatchObject({ type: 'done', filedInSent: true })
    look('in the sandbox')
  }

  /** Keys that were made inside the host are known to nobody: opened here, from a copy of what it left behind. */
  async function collectKeys(): Promise<void> {
    const copy = join(root, '..', `${root.split('/').at(-1)}-copy`)
    cpSync(home, copy, { recursive: true })
    try {
      for (const kind of ['real', 'sandbox'] as const) {
        const passphrase = kind === 'real' ? passphrases.second : passphrases.sandbox
        const session = await openSession({
          home: copy,
          kind,
          runtime: {
            host: 'cli',
            version: '0',
            clock: systemClock,
            random: systemRandom,
            log: createLog({ level: 'silent' }),
            sandboxServers: {
              start: async () => failure({ code: 'sandbox-cannot-start', reason: 'test' }),
              readState: () => undefined,
            },
          },
        })
        const { vault, identities, enrolments, profile } = session.context.application
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
        canaries.set(`master key (${kind})`, canaryForms(expectSuccess(await unwrapMasterKey(wrapped, passphrase))))
        expectSuccess(await vault.unlock(passphrase))
        for (const { id } of identities.list()) addKey(`key ${id} (${kind})`, expectSuccess(identities.exportPkcs8(id)))
        for (const { id, sealedAccountKey } of enrolments.list()) {
          if (!sealedAccountKey) throw new Error('the enrolment has no account key')
          addKey(`ACME account key ${id}`, expectSuccess(vault.open(enrolmentTable, id, sealedAccountKey)))
        }
        await session.close()
      }
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  }

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
    expect(canariesIn(said.output.join(''), canaries)).toEqual([])
  })

  it('are in the exported files only under their password', () => {
    expect(exported).toHaveLength(2)
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
