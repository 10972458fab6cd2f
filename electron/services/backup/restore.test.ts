import { expect, it } from 'vitest'
import { base64Text, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { testPerson } from '../../certificates/testPki.ts'
import { failureOf } from '../testServices.ts'
import {
  anna,
  annaBefore,
  annasProfile,
  backupOf,
  clientOf,
  contentsOf,
  jonas,
  opened,
  passphrase,
  profile,
  rewritten,
  root,
  take,
  time,
} from './testBackup.ts'

it('says what it would do, and does nothing before', async () => {
  const [file, into] = [await backupOf(await annasProfile()), await profile()]
  const before = JSON.stringify(contentsOf(into))
  into.application.vault.lock()
  const preview = await clientOf(into).preview(opened(file))
  expect(await failureOf(clientOf(into).restore(opened(file)))).toMatchObject({ code: 'locked' })
  expectSuccess(await into.application.vault.unlock(passphrase))
  expect(JSON.stringify(contentsOf(into))).toBe(before)
  expect(preview.trusts).toEqual([{ sha256: root.certificate.sha256, name: 'Root' }])
  expect(await clientOf(into).restore(opened(file))).toEqual(preview)
})

it('a second time brings nothing, and changes nothing', async () => {
  const context = await annasProfile()
  const file = await backupOf(context)
  const before = JSON.stringify(contentsOf(context))
  const { parts } = await clientOf(context).restore(opened(file))
  expect(parts.every(({ added }) => added === 0)).toBe(true)
  expect(JSON.stringify(contentsOf(context))).toBe(before)
})

it('keeps what the profile has: its keys, its account, its decisions, its preferred identity', async () => {
  const file = await backupOf(await annasProfile())
  const into = await profile()
  const { identities, accounts, rootLists, settings, addressBook } = into.application
  // The same identity under another row, a newer one beside it, another password, and the contrary decisions.
  const same = await take(into, anna)
  const newer = await take(into, await testPerson('anna@example.org', { issuer: root }))
  identities.prefer(newer.id)
  const server = { host: 'other.example.org', port: 465, security: 'tls', user: 'anna' } as const
  const account = { name: 'A', address: 'Anna@example.org', password: 'neu', submission: server, mailbox: server }
  const { id } = expectSuccess(accounts.add(account))
  rootLists.distrust(root.certificate)
  settings.change({ theme: 'light' })
  expectSuccess(addressBook.add({ name: 'Jonas Weber', addresses: ['jonas@example.org'], notes: 'mine' }))

  const { parts } = await clientOf(into).restore(opened(file))
  expect(parts).toContainEqual({ kind: 'identities', added: 1, known: 1 })
  expect(parts).toContainEqual({ kind: 'accounts', added: 0, known: 1 })
  expect(identities.list().find(({ preferred }) => preferred)?.id).toBe(newer.id)
  expect(identities.get(same.id)?.retired).toBe(false)
  expect(identities.list().find(({ sha256 }) => sha256 === annaBefore.certificate.sha256)?.retired).toBe(true)
  expect(expectSuccess(accounts.access(id)).password).toBe('neu')
  expect(into.application.trust.anchors()).toEqual([])
  expect(rootLists.distrusted()).toHaveLength(1)
  expect(settings.get().theme).toBe('light')
  const contacts = addressBook.list()
  expect(contacts).toMatchObject([
    { name: 'Jonas Weber', notes: 'mine', certificates: [{ evidence: [{ from: 'Grüße' }] }] },
  ])
})

it('brings along that others have a key, whichever identifier the key has here', async () => {
  const from = await annasProfile()
  const lost = from.application.identities.list().find(({ sha256 }) => sha256 === anna.certificate.sha256)
  from.application.identities.markCompromised(lost?.keyId ?? '')
  const file = await backupOf(from)
  const into = await profile()
  const same = await take(into, anna)
  await clientOf(into).restore(opened(file))
  expect([...into.application.identities.compromisedKeys()]).toEqual([same.keyId])
})

it('gives a contact the addresses and the notes that it lacks, and takes none from another contact', async () => {
  const [from, into] = [await profile(), await profile()]
  const theirs = from.application.addressBook
  const addresses = ['Jonas@example.org', 'jonas@home.example', 'maria@example.org']
  expectSuccess(theirs.add({ name: 'Jonas', addresses, notes: 'in the office on Mondays' }))
  const { addressBook } = into.application
  expectSuccess(addressBook.add({ name: 'Jonas Weber', addresses: ['jonas@example.org'], notes: '' }))
  expectSuccess(addressBook.add({ name: 'Maria', addresses: ['maria@example.org'], notes: 'mine' }))
  const file = await backupOf(from)
  expect((await clientOf(into).restore(opened(file))).parts).toContainEqual({ kind: 'contacts', added: 1, known: 0 })
  expect(addressBook.list()).toMatchObject([
    {
      name: 'Jonas Weber',
      addresses: ['jonas@example.org', 'jonas@home.example'],
      notes: 'in the office on Mondays',
    },
    { name: 'Maria', addresses: ['maria@example.org'], notes: 'mine' },
  ])
  expect((await clientOf(into).restore(opened(file))).parts).toContainEqual({ kind: 'contacts', added: 0, known: 1 })
  expect(addressBook.list('mondays')).toHaveLength(1)
})

it('leaves the sandbox and real mail apart', async () => {
  const file = await backupOf(await annasProfile())
  const sandbox = await profile('sandbox')
  expect(await failureOf(clientOf(sandbox).preview(opened(file)))).toMatchObject({
    code: 'backup-of-other-kind',
    data: { kind: 'real' },
  })
})

it('pauses a request that was under way, and gives it its key', async () => {
  const from = await annasProfile()
  const [waiting] = from.application.profile.database.all<{ id: string }>(
    'SELECT id FROM private_keys WHERE id NOT IN (SELECT key_id FROM identities)',
  )
  from.application.profile.database.run(
    `INSERT INTO enrolments (id, name, address, ca, ca_name, key_type, step, state, created_at, updated_at, key_id)
     VALUES ('e', 'Anna', 'anna@example.org', 'acme', 'CA', 'ec-p256', 'place-order', 'running', ?, ?, ?)`,
    [time.now.toISOString(), time.now.toISOString(), waiting?.id ?? ''],
  )
  const into = await profile()
  await clientOf(into).restore(opened(await backupOf(from)))
  expect(into.application.enrolments.get('e')).toMatchObject({ state: 'paused', keyId: waiting?.id })
})

it('takes a contact’s certificate for the addresses that it states, and for no other one', async () => {
  const from = await annasProfile()
  from.application.profile.database.run(
    "INSERT INTO contact_certificate_addresses (contact_id, sha256, normalized) SELECT id, ?, 'chef@example.org' FROM contacts",
    [jonas.certificate.sha256],
  )
  const into = await profile()
  await clientOf(into).restore(opened(await backupOf(from)))
  const { addressBook } = into.application
  expect(addressBook.certificatesFor('jonas@example.org')).toHaveLength(1)
  expect(addressBook.certificatesFor('chef@example.org')).toEqual([])
})

it('brings requests that wait for their answer, authorities of one’s own, and accounts at CAs with their keys', async () => {
  const from = await annasProfile()
  const { requests, ownAuthorities, acmeAccounts, profile: kept, vault } = from.application
  const [waiting] = kept.database.all<{ id: string }>(
    'SELECT id FROM private_keys WHERE id NOT IN (SELECT key_id FROM identities)',
  )
  const at = time.now.toISOString()
  kept.database.run(
    `INSERT INTO certificate_requests (id, pair_id, name, address, use, authority, key_type, key_id, request, state,
       created_at, updated_at) VALUES ('r', 'r', 'Anna', 'anna@example.org', 'both', '', 'ec-p256', ?, ?, 'waiting', ?, ?)`,
    [waiting?.id ?? '', utf8Bytes('request'), at, at],
  )
  kept.database.run(
    "INSERT INTO own_authorities (id, name, issues, url, created_at) VALUES ('o', 'CA', 'csr', 'https://ca.example/', ?)",
    [at],
  )
  const sealed = expectSuccess(vault.seal('acme_accounts', 'a', utf8Bytes('account key')))
  kept.database.run(
    "INSERT INTO acme_accounts (id, directory, account_key, sealed_in, created_at) VALUES ('a', 'https://ca.example/', ?, 'acme_accounts', ?)",
    [sealed, at],
  )
  const into = await profile()
  const file = await backupOf(from)
  const { servers } = await clientOf(into).preview(opened(file))
  expect(servers).toContain('ca.example')
  const { parts } = await clientOf(into).restore(opened(file))
  expect(parts).toContainEqual({ kind: 'requests', added: 1, known: 0 })
  expect(into.application.requests.list()).toEqual(requests.list())
  const [entry] = ownAuthorities.list()
  expect(into.application.ownAuthorities.list()).toEqual([{ ...entry, id: expect.any(String), fromBackup: true }])
  const [account] = into.application.acmeAccounts.list()
  expect(acmeAccounts.list()).toHaveLength(1)
  const key = into.application.vault.open('acme_accounts', 'a', account?.sealedKey ?? new Uint8Array())
  expect(utf8Text(expectSuccess(key))).toBe('account key')
})

it('ends the waiting of a request whose certificate a newer backup has, and of no other', async () => {
  const from = await annasProfile()
  const { database } = from.application.profile
  const key = database.get<{ key_id: string }>('SELECT key_id FROM identities LIMIT 1')?.key_id ?? ''
  const at = time.now.toISOString()
  for (const [id, keyId] of [
    ['mine', key],
    ['other', 'elsewhere'],
  ] as const) {
    database.run(
      `INSERT INTO certificate_requests (id, pair_id, name, address, use, authority, key_type, key_id, request, state,
         created_at, updated_at) VALUES (?, ?, 'Anna', 'anna@example.org', 'both', '', 'ec-p256', ?, ?, 'waiting', ?, ?)`,
      [id, id, keyId, utf8Bytes('request'), at, at],
    )
  }
  const into = await profile()
  await clientOf(into).restore(opened(await backupOf(from)))
  database.run(
    "UPDATE certificate_requests SET state = 'done', identity_id = (SELECT id FROM identities WHERE key_id = ?)",
    [key],
  )
  await clientOf(into).restore(opened(await backupOf(from)))
  const states = into.application.requests.list().map(({ id, state, identityId }) => [id, state, identityId])
  const identity = into.application.profile.database.get<{ id: string }>('SELECT id FROM identities WHERE key_id = ?', [
    key,
  ])
  expect(states.sort()).toEqual([
    ['mine', 'done', identity?.id],
    ['other', 'waiting', undefined],
  ])
})

it('reads a backup of an earlier schema, and takes the steps since', async () => {
  const later =
    /^\{"table":"(acme_accounts|certificate_requests|own_authorities|own_revocations|compromised_keys|enrolments)"/
  const at = time.now.toISOString()
  const old = await rewritten(await backupOf(await annasProfile()), (lines) => [
    ...lines.map((line) => line.replace(/"schema":\d+/, '"schema":12')).filter((line) => !later.test(line)),
    '{"table":"enrolments","columns":["id","name","address","ca","ca_name","directory_url","key_type","step","state","created_at","updated_at","account_key"]}',
    `["e","Anna","anna@example.org","acme","CA","https://ca.example/","ec-p256","place-order","paused","${at}","${at}",{"bytes":"${base64Text(utf8Bytes('account key'))}"}]`,
  ])
  const into = await profile()
  await clientOf(into).restore(opened(old))
  expect(into.application.identities.list()).toHaveLength(2)
  expect(into.application.enrolments.get('e')).toMatchObject({ state: 'paused', address: 'anna@example.org' })
  const [account] = into.application.acmeAccounts.list()
  const sealedIn = account?.sealedIn ?? ''
  const key = into.application.vault.open(sealedIn, 'e', account?.sealedKey ?? new Uint8Array())
  expect(utf8Text(expectSuccess(key))).toBe('account key')
})

it('names a leave to ask strangers that the backup brings, and none that was given here', async () => {
  const [from, into, willing] = [await profile(), await profile(), await profile()]
  from.application.settings.change({ revocation: { lists: true, ocsp: true, issuers: true } })
  willing.application.settings.change({ revocation: { lists: true, ocsp: true, issuers: false } })
  const file = opened(await backupOf(from))
  expect(await clientOf(into).preview(file)).toMatchObject({ asks: ['ocsp', 'issuers'] })
  expect(await clientOf(into).restore(file)).toMatchObject({ asks: ['ocsp', 'issuers'] })
  expect(await clientOf(willing).restore(file)).toMatchObject({ asks: [] })
  expect(willing.application.settings.get().revocation.issuers).toBe(false)
})
