import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { createVault, type Vault } from '../keystore/vault.ts'
import { openProfile, type Profile } from '../storage/profile.ts'
import { createAccountStore, type VirtualAccount } from './accounts.ts'
import { createDraftStore } from './drafts.ts'
import { createOutbox } from './outbox.ts'

const passphrase = 'a passphrase for tests'
let now = new Date('2026-06-01T12:00:00Z')
const clock = () => now
let folder: string
let profile: Profile
let vault: Vault
let lent: VirtualAccount[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'siegel-mail-'))
  profile = expectSuccess(await openProfile(folder, { kind: 'real', clock }))
  vault = createVault({
    database: profile.database,
    clock,
    random: systemRandom,
    cost: { cost: 2 ** 14, blockSize: 8, parallelism: 1 },
  })
  expectSuccess(await vault.create(passphrase))
})
afterEach(async () => {
  if (vault.state() !== 'unlocked') expectSuccess(await vault.unlock(passphrase))
  for (const table of ['accounts', 'drafts', 'outbox']) profile.database.exec(`DELETE FROM ${table}`)
  lent = []
})
afterAll(async () => {
  vault.lock()
  await profile.close()
  await rm(folder, { recursive: true })
})

const stores = (at = clock) => {
  const common = { database: profile.database, vault, clock: at, random: systemRandom }
  return {
    accounts: createAccountStore({ ...common, virtualAccounts: () => lent }),
    drafts: createDraftStore(common),
    outbox: createOutbox(common),
  }
}

const input = {
  name: 'Anna',
  address: 'anna@example.org',
  submission: { host: 'smtp.example.org', port: 465, security: 'tls' as const, user: 'anna' },
  mailbox: { host: 'imap.example.org', port: 143, security: 'starttls' as const, user: 'anna' },
  password: 'correct horse',
}

/** Everything that a table holds, as text in which a secret would be seen. */
function contentOf(table: string): string {
  return profile.database
    .all(`SELECT * FROM ${table}`)
    .flatMap((row) => Object.values(row))
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
    .join('\n')
}

describe('accounts', () => {
  it('come back as they were added, and the password only through the vault', () => {
    const { accounts } = stores()
    const account = expectSuccess(accounts.add(input))
    const { password, ...settings } = input
    expect(account).toEqual({ id: account.id, ...settings, sandbox: false })
    expect(stores().accounts.list()).toEqual([account])
    expect(contentOf('accounts')).not.toContain(password)
    expect(expectSuccess(accounts.access(account.id))).toEqual({ account, password })
    vault.lock()
    expect(accounts.list()).toEqual([account])
    expect(accounts.access(account.id)).toEqual({ ok: false, error: { code: 'locked' } })
    expect(accounts.add({ ...input, address: 'b@example.org' })).toEqual({ ok: false, error: { code: 'locked' } })
  })

  it('keep the password when only the servers change, and forget what was proved', () => {
    const { accounts } = stores()
    const { id } = expectSuccess(accounts.add(input))
    const proof = { at: now.toISOString(), submission: { ok: true }, mailbox: { ok: true } }
    expect(accounts.recordProof(id, proof)?.lastProof).toEqual(proof)
    const { password, ...rest } = input
    const moved = expectSuccess(
      accounts.update(id, { ...rest, submission: { ...rest.submission, host: 'other.example' } }),
    )
    expect(moved.lastProof).toBeUndefined()
    expect(expectSuccess(accounts.access(id)).password).toBe(password)
    expectSuccess(accounts.update(id, { ...rest, password: 'battery staple' }))
    expect(expectSuccess(accounts.access(id))).toMatchObject({ password: 'battery staple', account: rest })
  })

  it('have one address each', () => {
    const { accounts } = stores()
    expectSuccess(accounts.add(input))
    const again = accounts.add({ ...input, address: 'Anna@EXAMPLE.org' })
    expect(again).toEqual({ ok: false, error: { code: 'already-known', name: 'anna@example.org' } })
    expect(accounts.add({ ...input, address: 'nobody at home' })).toMatchObject({
      ok: false,
      error: { code: 'malformed-address' },
    })
    expect(accounts.forAddress('ANNA@example.org')?.address).toBe('anna@example.org')
  })

  it('that are lent are listed, but neither stored nor changed', () => {
    const account = { id: 'sandbox:anna', ...input, sandbox: true }
    lent = [{ account, password: 'lent', ca: 'root' }]
    const { accounts } = stores()
    expect(accounts.list()).toEqual([account])
    expect(accounts.access('sandbox:anna')).toEqual({ ok: true, value: { account, password: 'lent', ca: 'root' } })
    expect(accounts.update('sandbox:anna', input)).toEqual({ ok: false, error: { code: 'sandbox-only' } })
    expect(accounts.remove('sandbox:anna')).toEqual({ ok: false, error: { code: 'sandbox-only' } })
    const proof = { at: now.toISOString(), submission: { ok: true }, mailbox: { ok: true } }
    expect(accounts.recordProof('sandbox:anna', proof)?.lastProof).toEqual(proof)
    expect(contentOf('accounts')).toBe('')
    lent = []
    expect(accounts.access('sandbox:anna')).toEqual({ ok: false, error: { code: 'not-found', what: 'account' } })
  })

  it('are gone when removed', () => {
    const { accounts } = stores()
    const { id } = expectSuccess(accounts.add(input))
    expectSuccess(accounts.remove(id))
    expect(accounts.list()).toEqual([])
    expect(accounts.remove(id)).toEqual({ ok: false, error: { code: 'not-found', what: 'account' } })
  })

  it('do not open with a password that was moved from another row', () => {
    const { accounts } = stores()
    const first = expectSuccess(accounts.add(input))
    const second = expectSuccess(accounts.add({ ...input, address: 'b@example.org', password: 'other' }))
    profile.database.run(
      'UPDATE accounts SET sealed_password = (SELECT sealed_password FROM accounts WHERE id = ?) WHERE id = ?',
      [first.id, second.id],
    )
    expect(accounts.access(second.id)).toEqual({ ok: false, error: { code: 'not-found', what: 'password' } })
  })
})

describe('drafts', () => {
  it('are sealed, replaced, and listed the newest first', () => {
    const { drafts } = stores()
    const first = expectSuccess(drafts.save({ subject: 'garden' }))
    now = new Date(now.getTime() + 1000)
    const second = expectSuccess(drafts.save({ subject: 'house' }))
    expect(contentOf('drafts')).not.toMatch(/garden|house/)
    expect(expectSuccess(drafts.list()).map(({ id }) => id)).toEqual([second, first])
    now = new Date(now.getTime() + 1000)
    expect(expectSuccess(drafts.save({ subject: 'roses' }, first))).toBe(first)
    expect(expectSuccess(drafts.list()).map(({ draft }) => draft.subject)).toEqual(['roses', 'house'])
    expect(drafts.discard(first)).toBe(true)
    expect(drafts.discard(first)).toBe(false)
    vault.lock()
    expect(drafts.list()).toEqual({ ok: false, error: { code: 'locked' } })
    expect(drafts.save({ subject: 'x' })).toEqual({ ok: false, error: { code: 'locked' } })
  })
})

const description = { accountId: 'a', subject: 'garden', to: ['jonas@example.org'], messageId: '<1@example.org>' }
const envelope = { from: 'anna@example.org', to: ['jonas@example.org'] }

async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('the outbox', () => {
  it('gives every message back byte for byte, however it came in', async () => {
    const { outbox } = stores()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 1_500_000 })), { maxLength: 5 }),
        async (parts) => {
          const chunks = parts.map((part) => (typeof part === 'number' ? new Uint8Array(part).fill(part % 251) : part))
          const id = expectSuccess(await outbox.add(description, [{ envelope, content: chunks }]))
          const [message] = expectSuccess(outbox.messages(id))
          const whole = Buffer.concat(chunks)
          expect(message).toEqual({ position: 0, envelope, size: whole.length, handedIn: false })
          expect((await bytesOf(outbox.open(id, 0))).equals(whole)).toBe(true)
          outbox.discard(id)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('keeps nothing of a mail that broke off while it was written', async () => {
    const { outbox } = stores()
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(2_000_000)
      throw new Error('attachment is gone')
    }
    await expect(outbox.add(description, [{ envelope, content: broken() }])).rejects.toThrow('attachment is gone')
    for (const table of ['outbox', 'outbox_messages', 'outbox_pieces']) expect(contentOf(table)).toBe('')
  })

  it('does not offer a mail whose writing a crash cut off, and clears it away later', async () => {
    const { outbox } = stores()
    const id = expectSuccess(await outbox.add(description, [{ envelope, content: [new Uint8Array(10)] }]))
    const longAgo = new Date(now.getTime() - 2 * 86_400_000).toISOString()
    profile.database.run('UPDATE outbox SET complete = 0, created_at = ? WHERE id = ?', [longAgo, id])
    expect(outbox.list()).toEqual([])
    expect(outbox.get(id)).toBeUndefined()
    const other = expectSuccess(await outbox.add(description, [{ envelope, content: [new Uint8Array(10)] }]))
    expect(profile.database.all<{ id: string }>('SELECT id FROM outbox').map((row) => row.id)).toEqual([other])
    expect(profile.database.all('SELECT * FROM outbox_pieces')).toHaveLength(1)
  })

  it('tells what is under way and why a try failed', async () => {
    const { outbox } = stores()
    const id = expectSuccess(await outbox.add(description, [{ envelope, content: [new Uint8Array(10)] }]))
    expect(outbox.claim(id)).toBe(true)
    expect(outbox.claim(id)).toBe(false)
    expect(outbox.get(id)?.state).toBe('sending')
    outbox.release(id, { code: 'no-network', host: 'smtp.example.org' })
    expect(outbox.get(id)).toMatchObject({
      ...description,
      state: 'held',
      failure: { code: 'no-network', host: 'smtp.example.org' },
    })
    expect(contentOf('outbox')).not.toMatch(/garden|smtp\.example|jonas/)
    outbox.markHandedIn(id, 0)
    expect(expectSuccess(outbox.messages(id))[0]?.handedIn).toBe(true)
  })

  it('is claimed by one process at a time, until that one lets go or dies', async () => {
    const { outbox } = stores()
    const { outbox: elsewhere } = stores()
    const id = expectSuccess(await outbox.add(description, [{ envelope, content: [new Uint8Array(10)] }]))
    expect(outbox.claim(id)).toBe(true)
    expect(elsewhere.get(id)?.state).toBe('sending')
    expect(elsewhere.claim(id)).toBe(false)
    outbox.release(id)
    expect(elsewhere.claim(id)).toBe(true)
    expect(outbox.claim(id)).toBe(false)
    const { outbox: later } = stores(() => new Date(now.getTime() + 61_000))
    expect(later.get(id)?.state).toBe('held')
    expect(later.claim(id)).toBe(true)
    const { outbox: clockSetBack } = stores(() => new Date(now.getTime() - 86_400_000))
    expect(clockSetBack.claim(id)).toBe(true)
  })

  it('breaks off where a mail is gone in the middle, instead of ending early', async () => {
    const { outbox } = stores()
    const content = [new Uint8Array(3_000_000).fill(7)]
    const id = expectSuccess(await outbox.add(description, [{ envelope, content }]))
    const reading = outbox.open(id, 0)[Symbol.asyncIterator]()
    expect((await reading.next()).done).toBe(false)
    outbox.discard(id)
    await expect(reading.next()).rejects.toThrow('gone')
  })

  it('is shut while the vault is', async () => {
    const { outbox } = stores()
    const id = expectSuccess(await outbox.add(description, [{ envelope, content: [new Uint8Array(10)] }]))
    vault.lock()
    expect(outbox.list()).toEqual([])
    expect(outbox.messages(id)).toEqual({ ok: false, error: { code: 'locked' } })
    expect(await outbox.add(description, [])).toEqual({ ok: false, error: { code: 'locked' } })
    await expect(bytesOf(outbox.open(id, 0))).rejects.toThrow('locked')
    expect(outbox.discard(id)).toBe(true)
  })

  it('notices a piece that was changed or moved', async () => {
    const { outbox } = stores()
    const content = [new Uint8Array(3_000_000).fill(7)]
    const id = expectSuccess(await outbox.add(description, [{ envelope, content }]))
    profile.database.run(
      `UPDATE outbox_pieces SET sealed = (SELECT sealed FROM outbox_pieces WHERE mail_id = ? AND piece = 1)
       WHERE mail_id = ? AND piece = 0`,
      [id, id],
    )
    await expect(bytesOf(outbox.open(id, 0))).rejects.toThrow('damaged')
  })
})
