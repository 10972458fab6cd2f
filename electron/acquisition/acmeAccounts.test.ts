import { expect, it } from 'vitest'
import { migrateToPresent, openMemoryDatabase, schemaVersion } from '../storage/memoryDatabase.ts'
import { createAcmeAccountStore, type StoredAcmeAccount } from './acmeAccounts.ts'
import { createEnrolmentStore } from './store.ts'

it('an account of the first versions moves out of its enrolment, and its key opens where it was sealed for', async () => {
  const database = await openMemoryDatabase(12)
  const insert = (id: string, directory: string | null, key: Uint8Array | null) =>
    database.run(
      `INSERT INTO enrolments (id, name, address, ca, ca_name, directory_url, key_type, step, state, created_at, updated_at,
         account_key) VALUES (?, 'Anna', 'anna@ca.example', ?, 'CA', ?, 'ec-p256', 'install', 'done', ?, ?, ?)`,
      [id, directory === null ? 'sandbox' : 'acme', directory, '2026-11-24', '2026-11-24', key],
    )
  insert('one', 'https://ca.example/directory', Uint8Array.of(1))
  insert('two', null, Uint8Array.of(2))
  insert('unregistered', null, null)
  migrateToPresent(database)
  const accounts = createAcmeAccountStore(database)
  expect(accounts.list()).toHaveLength(2)
  expect(accounts.get('one')).toMatchObject({ directory: 'https://ca.example/directory', sealedIn: 'enrolments' })
  expect(accounts.get('two')).toMatchObject({ directory: 'sandbox', sealedKey: Uint8Array.of(2) })
  const enrolments = createEnrolmentStore(database)
  expect(enrolments.get('one')).toMatchObject({ accountId: 'one', byHand: false })
  expect(enrolments.get('unregistered')?.accountId).toBeUndefined()
})

it('an account is kept with all that belongs to it, and without what it has lost', async () => {
  const database = await openMemoryDatabase(schemaVersion)
  const accounts = createAcmeAccountStore(database)
  const bare: StoredAcmeAccount = {
    id: 'a',
    directory: 'sandbox',
    sealedKey: Uint8Array.of(1),
    sealedIn: 'acme_accounts',
    answersFirst: false,
    closed: false,
    createdAt: '2026-11-24T12:00:00.000Z',
  }
  const full: StoredAcmeAccount = {
    ...bare,
    url: 'https://ca.example/account/1',
    terms: 'https://ca.example/terms',
    sealedNextKey: Uint8Array.of(2),
    bindingKeyId: 'kid',
    sealedBindingKey: Uint8Array.of(3),
    answersFirst: true,
    closed: true,
  }
  accounts.save(full)
  expect(accounts.get('a')).toEqual(full)
  accounts.save(bare)
  expect(accounts.list()).toEqual([bare])
})
