/**
 * Damaged databases, full disks and two windows, as the page meets them: each call ends with a code that has a sentence, and
 * the profile is as it was.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { contract } from '../../shared/contract/contract.ts'
import { writePem } from '../asn1/pem.ts'
import { base64Text, latin1Bytes } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { testAuthority, testPerson } from '../certificates/testPki.ts'
import { sealLetter } from '../smime/seal.ts'
import { joined } from '../smime/testMail.ts'
import { loadSqlite } from '../storage/sqlite.ts'
import { type ProcedureServer, startProcedureServer } from './procedureServer.ts'

type Client = ContractRouterClient<typeof contract>

const passphrase = 'correct horse battery staple'
let folder: string
let home: string
const servers: ProcedureServer[] = []
const ports: MessagePort[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siegel-bad-input-'))
  home = join(folder, 'profile')
})

afterEach(async () => {
  await closeAll()
  rmSync(folder, { recursive: true, force: true })
})

async function closeAll(): Promise<void> {
  for (const port of ports.splice(0)) port.close()
  for (const server of servers.splice(0)) await server.close()
}

/** One more window on the profile, with services of its own. */
async function openWindow(): Promise<Client> {
  const server = await startProcedureServer({ host: 'browser', home })
  servers.push(server)
  return pageOf(server)
}

function pageOf(server: ProcedureServer): Client {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  server.accept({
    onMessage(listener) {
      port1.addEventListener('message', (event) => listener(event.data))
      port1.start()
    },
    onClose: (listener) => port1.addEventListener('close', listener),
    send: (data) => port1.postMessage(data),
    close: () => port1.close(),
  })
  port2.start()
  return createORPCClient(new RPCLink({ port: port2 }))
}

interface Told {
  readonly code: string
  readonly data?: unknown
}

/** How a call ends for the page: with `done` or with a declared failure. Anything undeclared is a bug. */
async function outcomeOf(work: () => Promise<unknown>): Promise<Told> {
  try {
    const value = await work()
    if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) {
      for await (const event of value as AsyncIterable<unknown>) void event
    }
    return { code: 'done' }
  } catch (error) {
    const { code, data, defined } = error as { code: string; data: unknown; defined: boolean }
    return defined ? { code, data } : { code: `undeclared ${code}` }
  }
}

const codeOf = async (work: () => Promise<unknown>) => (await outcomeOf(work)).code

const letter = {
  from: 'anna@example.org',
  to: [{ address: 'jonas@example.org' }],
  cc: [],
  bcc: [],
  subject: 'Plans',
  text: 'Roses, I think.',
  attachments: [],
  sign: false,
  encrypt: false,
}

/** Nobody listens there. */
const nowhere = { host: 'localhost', port: 1, security: 'tls' as const, user: 'anna' }
const account = { name: 'Anna', address: 'anna@example.org', password: 'geheim', submission: nowhere, mailbox: nowhere }

/** A profile with something of everything in it. */
async function furnish(client: Client) {
  const now = Date.now()
  const validity = { notBefore: new Date(now - 86_400_000), notAfter: new Date(now + 86_400_000) }
  const root = await testAuthority('Root', {}, validity)
  const middle = await testAuthority('Middle', { issuer: root }, validity)
  const [anna, jonas, mara] = await Promise.all(
    ['anna', 'jonas', 'mara'].map((name) => testPerson(`${name}@example.org`, { issuer: middle }, validity)),
  )
  if (!anna || !jonas || !mara) throw new Error('nobody is there')
  const pem = (label: string, der: Uint8Array) => latin1Bytes(writePem(label, der))
  const identityFile = ({ pkcs8, certificate }: typeof anna) => ({
    bytes: base64Text(Buffer.concat([pem('PRIVATE KEY', pkcs8), pem('CERTIFICATE', certificate.der)])),
  })
  const fileOf = ({ certificate }: typeof anna) => ({ bytes: base64Text(certificate.der) })

  await client.vault.create({ passphrase })
  const [identity] = (await client.identities.import({ source: identityFile(anna) })).imported
  const contact = await client.contacts.add({ name: 'Jonas', notes: '', addresses: ['jonas@example.org'] })
  await client.contacts.addFromFile({ source: fileOf(jonas), fileName: 'jonas.cer' })
  await client.certificates.addAnchor({ source: fileOf(root), sha256: root.certificate.sha256, note: '' })
  const { id: accountId } = await client.accounts.add(account)
  expect(await codeOf(() => client.compose.send(letter))).toBe('connect-refused')
  const [held] = await client.compose.outbox()
  const { id: draftId } = await client.compose.saveDraft({ draft: letter })
  const signed = await joined(
    expectSuccess(
      await sealLetter(
        {
          from: { address: 'mara@example.org' },
          to: [{ address: 'anna@example.org' }],
          cc: [],
          subject: 'Hello',
          date: new Date(),
          messageId: '<1@example.org>',
          text: 'Signed, with a CA that nobody here knows yet.',
          attachments: [],
        },
        {
          sign: { certificate: mara.certificate, chain: [middle.certificate], key: mara.key, signingTime: new Date() },
          random: systemRandom,
        },
      ),
    ),
  )
  return {
    identityId: identity?.id ?? '',
    contactId: contact.id,
    accountId,
    heldId: held?.id ?? '',
    draftId,
    jonas,
    root,
    signed,
    another: identityFile(jonas),
    more: fileOf(mara),
  }
}

/** Every row of every table; `failed_attempts` and their time are meant to change. */
async function contentOf(file: string): Promise<string> {
  const connection = (await loadSqlite())(file)
  const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all() as {
    name: string
  }[]
  const rows = tables.map(({ name }) => [
    name,
    connection
      .prepare(`SELECT * FROM "${name}"`)
      .all()
      .map((row) => ({ ...row, failed_attempts: 0, last_attempt_at: null })),
  ])
  connection.close()
  return createHash('sha256')
    .update(
      JSON.stringify(rows, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)),
    )
    .digest('hex')
}

describe('a damaged database', () => {
  async function damaged(): Promise<{ file: string; bytes: Buffer }> {
    const client = await openWindow()
    await client.vault.create({ passphrase })
    await client.contacts.add({ name: 'Jonas', notes: '', addresses: ['jonas@example.org'] })
    await closeAll()
    const file = join(home, 'siegel.db')
    const bytes = readFileSync(file)
    bytes.fill(0x41, 4096, bytes.length - 4096)
    writeFileSync(file, bytes)
    return { file, bytes }
  }

  it('is told to whoever asks for anything, is not touched, and gives way to the last good copy on request', async () => {
    const { file, bytes } = await damaged()
    const client = await openWindow()
    expect((await client.app.status()).profile).toMatchObject({ state: 'damaged', folder: file, backupAvailable: true })
    const trouble = { code: 'database-damaged', data: { file, backup: `${file}.backup` } }
    for (const ask of [
      () => client.vault.state(),
      () => client.vault.unlock({ passphrase }),
      () => client.contacts.list({ query: '' }),
      () => client.app.changeSettings({ theme: 'dark' }),
      () => client.compose.send(letter),
      () => client.enrolment.follow({ id: 'x' }),
    ]) {
      expect(await outcomeOf(ask)).toEqual(trouble)
    }
    expect(readFileSync(file).equals(bytes)).toBe(true)

    expect((await client.app.restoreBackup()).profile).toMatchObject({ state: 'open' })
    expect((await client.vault.unlock({ passphrase })).state).toBe('unlocked')
    expect(await client.contacts.list({ query: '' })).toMatchObject([{ name: 'Jonas' }])
    const [aside] = readdirSync(home).filter((name) => name.includes('damaged'))
    expect(readFileSync(join(home, aside ?? '')).equals(bytes)).toBe(true)
  })

  it('without a copy stays where it is, and asking for the copy changes nothing', async () => {
    const { file, bytes } = await damaged()
    rmSync(`${file}.backup`)
    const client = await openWindow()
    expect((await client.app.status()).profile).toMatchObject({ state: 'damaged', backupAvailable: false })
    expect(await codeOf(() => client.app.restoreBackup())).toBe('not-found')
    expect((await client.app.status()).profile.state).toBe('damaged')
    await closeAll()
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })

  it('whose copy is damaged too is told again, and both files are kept', async () => {
    const { file, bytes } = await damaged()
    writeFileSync(`${file}.backup`, bytes)
    const client = await openWindow()
    expect(await codeOf(() => client.app.restoreBackup())).toBe('database-damaged')
    expect((await client.app.status()).profile.state).toBe('damaged')
    await closeAll()
    expect(readFileSync(`${file}.backup`).equals(bytes)).toBe(true)
    expect(readFileSync(file).equals(bytes)).toBe(true)
    expect(readdirSync(home).some((name) => name.includes('damaged'))).toBe(true)
  })

  it('is the only one that a copy takes the place of: a good profile stays', async () => {
    const client = await openWindow()
    await client.contacts.add({ name: 'Jonas', notes: '', addresses: ['jonas@example.org'] })
    expect(await codeOf(() => client.app.restoreBackup())).toBe('not-found')
    expect(await client.contacts.list({ query: '' })).toHaveLength(1)
    expect(readdirSync(home).some((name) => name.includes('damaged'))).toBe(false)
  })

  it('from a newer program is named with both versions', async () => {
    const client = await openWindow()
    await client.vault.state()
    await closeAll()
    const connection = (await loadSqlite())(join(home, 'siegel.db'))
    connection.exec('PRAGMA user_version = 999')
    connection.close()
    const later = await openWindow()
    expect((await later.app.status()).profile.state).toBe('unusable')
    expect(await outcomeOf(() => later.vault.state())).toMatchObject({ code: 'database-newer', data: { found: 999 } })
  })
})

const disk = smallDisk()

/** A file system of its own, where this process may mount one. */
function smallDisk(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const place = mkdtempSync(join(tmpdir(), 'siegel-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', place], { stdio: 'ignore' })
    execFileSync('umount', [place])
    return place
  } catch {
    // A container without the right to mount.
    return undefined
  }
}

describe.skipIf(!disk)(disk ? 'a full disk' : 'skipped: nothing can be mounted here', () => {
  const place = disk ?? ''
  const filler = join(place, 'filler')

  beforeEach(() => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', place])
    home = join(place, 'profile')
  })

  afterEach(async () => {
    await closeAll()
    execFileSync('umount', [place])
  })

  function fill(): void {
    const handle = openSync(filler, 'w')
    for (const size of [65_536, 4_096, 1]) {
      try {
        for (;;) writeSync(handle, Buffer.alloc(size))
      } catch (error) {
        if ((error as { code?: string }).code !== 'ENOSPC') throw error
      }
    }
    closeSync(handle)
  }

  it('ends every call that writes with its code, leaves everything as it was, and all of it works with room', async () => {
    const client = await openWindow()
    const { identityId, contactId, accountId, heldId, draftId, jonas, root, another, more } = await furnish(client)
    const jonasSha = jonas.certificate.sha256
    const { spoolId } = await client.spool.begin({ name: 'x', mediaType: 'text/plain', size: 500_000 })
    const take = { id: identityId, password: 'p', profile: 'modern' as const, passphrase }
    const acme = { kind: 'acme' as const, directoryUrl: 'https://localhost:1/directory' }
    const before = await contentOf(join(home, 'siegel.db'))
    // In an order in which each one also works once there is room.
    const calls: Record<string, () => Promise<unknown>> = {
      changeSettings: () => client.app.changeSettings({ theme: 'dark' }),
      spool: () => client.spool.append({ spoolId, offset: 0, bytes: base64Text(new Uint8Array(500_000)) }),
      setAutoLock: () => client.vault.setAutoLock({ minutes: 30 }),
      changePassphrase: () => client.vault.changePassphrase({ current: passphrase, next: passphrase }),
      import: () => client.identities.import({ source: another }),
      export: () => client.identities.export(take),
      retire: () => client.identities.retire({ id: identityId, retired: true }),
      prefer: () => client.identities.prefer({ id: identityId }),
      enrol: () => client.enrolment.begin({ name: 'A', address: account.address, keyType: 'ec-p256', ca: acme }),
      addContact: () => client.contacts.add({ name: 'Mara', notes: '', addresses: ['m@example.org'] }),
      updateContact: () =>
        client.contacts.update({ id: contactId, name: 'Jo', notes: '', addresses: ['jonas@example.org'] }),
      contactFromFile: () => client.contacts.addFromFile({ source: more, fileName: 'mara.cer' }),
      removeCertificate: () => client.contacts.removeCertificate({ id: contactId, sha256: jonasSha }),
      deleteContact: () => client.contacts.delete({ id: contactId }),
      removeAnchor: () => client.certificates.removeAnchor({ sha256: root.certificate.sha256 }),
      addAnchor: () =>
        client.certificates.addAnchor({
          source: { bytes: base64Text(root.certificate.der) },
          sha256: root.certificate.sha256,
          note: '',
        }),
      addAccount: () => client.accounts.add({ ...account, address: 'second@example.org' }),
      updateAccount: () => client.accounts.update({ ...account, id: accountId, name: 'Anna B.' }),
      testAccount: () => client.accounts.test({ id: accountId }),
      saveDraft: () => client.compose.saveDraft({ draft: letter }),
      discardDraft: () => client.compose.discardDraft({ id: draftId }),
      discardMail: () => client.compose.discard({ id: heldId }),
      removeAccount: () => client.accounts.remove({ id: accountId }),
      unlock: async () => {
        await client.vault.lock()
        return client.vault.unlock({ passphrase })
      },
    }
    const outcomes = async () => {
      const told: Record<string, string> = {}
      for (const [name, call] of Object.entries(calls)) told[name] = await codeOf(call)
      return told
    }
    const all = (code: string) => Object.fromEntries(Object.keys(calls).map((name) => [name, code]))

    fill()
    // An anchor that is still there is known already: nothing is written.
    expect(await outcomes()).toEqual({ ...all('disk-full'), addAnchor: 'already-known' })
    rmSync(filler)
    expect(await contentOf(join(home, 'siegel.db'))).toBe(before)
    await client.vault.unlock({ passphrase })
    expect(await outcomes()).toEqual(all('done'))
  })

  it('does not keep anybody from reading, nor hide why a letter was not sent', async () => {
    const client = await openWindow()
    const { signed, heldId } = await furnish(client)
    fill()
    const opened = await client.inspect.open({ source: { bytes: base64Text(signed) } })
    expect(opened.report.verdict.signature).toBe('good')
    expect(await client.contacts.list({ query: '' })).toHaveLength(1)
    expect(await client.compose.drafts()).toHaveLength(1)
    expect(await codeOf(() => client.compose.retry({ id: heldId }))).toBe('connect-refused')
    expect(await codeOf(() => client.compose.send(letter))).toBe('disk-full')
    expect(await client.compose.outbox()).toMatchObject([{ id: heldId, state: 'held' }])
  })

  it('when the profile is opened is named, and loses nothing', async () => {
    const client = await openWindow()
    await client.contacts.add({ name: 'Jonas', notes: '', addresses: ['jonas@example.org'] })
    await closeAll()
    const before = await contentOf(join(home, 'siegel.db'))
    fill()
    const blocked = await openWindow()
    expect((await blocked.app.status()).profile.state).toBe('unusable')
    expect(await codeOf(() => blocked.contacts.list({ query: '' }))).toBe('disk-full')
    await closeAll()
    rmSync(filler)
    expect(await contentOf(join(home, 'siegel.db'))).toBe(before)
    expect(await (await openWindow()).contacts.list({ query: '' })).toHaveLength(1)
  })

  it('when a profile is made leaves nothing that stands in the way', async () => {
    mkdirSync(home)
    fill()
    expect(await codeOf(async () => (await openWindow()).vault.state())).toBe('disk-full')
    await closeAll()
    rmSync(filler)
    expect((await (await openWindow()).vault.create({ passphrase })).state).toBe('unlocked')
  })

  it('when the profile is closed keeps the older copy', async () => {
    const client = await openWindow()
    await client.vault.create({ passphrase })
    await closeAll()
    const again = await openWindow()
    await again.app.changeSettings({ theme: 'dark' })
    fill()
    await closeAll()
    expect(existsSync(join(home, 'siegel.db.backup'))).toBe(true)
    expect(readdirSync(home).filter((name) => name.endsWith('.unfinished'))).toEqual([])
    rmSync(filler)
    expect((await (await openWindow()).app.settings()).theme).toBe('dark')
  })
})

describe('two windows at once', () => {
  it('of one program see each other’s changes, and one held letter is sent by one of them only', async () => {
    const first = await openWindow()
    const second = pageOf(servers[0] as ProcedureServer)
    const { heldId } = await furnish(first)
    expect((await second.vault.state()).state).toBe('unlocked')
    const codes = await Promise.all([first, second].map((page) => codeOf(() => page.compose.retry({ id: heldId }))))
    expect(codes.sort()).toEqual(['connect-refused', 'not-found'])
    await second.vault.lock()
    expect(await codeOf(() => first.compose.drafts())).toBe('locked')
  })

  it('of two programs share one profile: one vault, one key for one file, one count of wrong passphrases', async () => {
    const [first, second] = [await openWindow(), await openWindow()]
    const made = await Promise.all([first, second].map((page) => codeOf(() => page.vault.create({ passphrase }))))
    expect(made.sort()).toEqual(['done', 'vault-exists'])
    for (const page of [first, second]) await page.vault.unlock({ passphrase })
    const person = await testPerson('anna@example.org')
    const pem = writePem('PRIVATE KEY', person.pkcs8) + writePem('CERTIFICATE', person.certificate.der)
    const source = { bytes: base64Text(latin1Bytes(pem)) }
    const imports = await Promise.all([first, second].map((page) => page.identities.import({ source })))
    expect(imports.map(({ imported }) => imported.length).sort()).toEqual([0, 1])
    expect(await first.identities.list()).toHaveLength(1)
    expect(await second.identities.list()).toEqual(await first.identities.list())

    await Promise.all([first, second].map((page) => page.vault.lock()))
    const codes: string[] = []
    for (const page of [first, second, first, second, first]) {
      codes.push(await codeOf(() => page.vault.unlock({ passphrase: 'wrong' })))
    }
    expect(codes).toEqual([...Array(4).fill('wrong-passphrase'), 'too-many-attempts'])
  })
})
