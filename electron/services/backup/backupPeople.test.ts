import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Restoration } from '../../../shared/contract/backup.ts'
import { base64Text } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { type TestEntity, type TestOverrides, testAuthority, testNow, testPerson } from '../../certificates/testPki.ts'
import type { Evidence } from '../../contacts/addressBook.ts'
import type { ServiceContext } from '../context.ts'
import { recipientStates } from '../mail/recipientStates.ts'
import { openSession } from '../session.ts'
import { testRuntime } from '../testServices.ts'
import { backupProcedures } from './backup.ts'
import { restoredPeople, type ServedAddresses } from './backupPeople.ts'
import { createKnownFacts } from './certificateFacts.ts'

const passphrase = 'correct horse battery staple'
const backupPassphrase = 'ein Reiher im Schilf'
let root: TestEntity

beforeAll(async () => {
  root = await testAuthority('Root')
})

async function profile(): Promise<ServiceContext> {
  const home = await mkdtemp(join(tmpdir(), 'siegel-backup-people-'))
  const session = await openSession({ home, kind: 'real', runtime: testRuntime({ clock: () => testNow }) })
  onTestFinished(async () => {
    await session.close()
    await rm(home, { recursive: true, force: true })
  })
  expectSuccess(await session.context.application.vault.create(passphrase))
  return session.context
}

const person = (address: string, overrides: TestOverrides = {}) => testPerson(address, { issuer: root }, overrides)

function meet({ application }: ServiceContext, { certificate }: TestEntity, kind: Evidence['kind'] = 'signed-mail') {
  const { der, sha256, emails } = certificate
  const known = { der, sha256, addresses: emails, name: emails[0]?.split('@')[0] ?? 'nobody' }
  expectSuccess(application.addressBook.addCertificate(undefined, known, { kind, date: testNow }))
}

async function take({ application }: ServiceContext, { pkcs8, certificate }: TestEntity) {
  const pair = { pkcs8, certificateDer: certificate.der, addresses: certificate.emails, chain: [root.certificate.der] }
  return expectSuccess(await application.identities.importPair(pair)).identity
}

/** What a look at `from`'s backup says in `into`, which the restoring says again. */
async function peopleOf(from: ServiceContext, into: ServiceContext): Promise<Restoration['people']> {
  const client = createRouterClient(backupProcedures, { context: from })
  const { spoolId } = await client.make({ passphrase, backupPassphrase })
  const file = (await from.application.handover.get(spoolId)?.bytes()) ?? new Uint8Array()
  const opened = { source: { bytes: base64Text(file) }, secret: { passphrase: backupPassphrase } }
  const restoring = createRouterClient(backupProcedures, { context: into })
  const { people, morePeople } = await restoring.preview(opened)
  expect(morePeople).toBe(0)
  expect((await restoring.restore(opened)).people).toEqual(people)
  expect((await restoring.preview(opened)).people).toEqual([])
  return people
}

it('names contacts whose certificate would be another one first, then those that had none, then strangers', async () => {
  const [from, into] = [await profile(), await profile()]
  meet(into, await person('jonas@example.org'))
  expectSuccess(into.application.addressBook.add({ name: 'Maria', addresses: ['maria@example.org'], notes: '' }))
  meet(from, await person('aaron@example.org'))
  meet(from, await person('maria@example.org', { keyUsage: ['digitalSignature'] }))
  meet(from, await person('Jonas@example.org'), 'file')
  expect(await peopleOf(from, into)).toEqual([
    { address: 'jonas@example.org', name: 'jonas', change: 'another', certificates: 1, sealing: true },
    { address: 'maria@example.org', name: 'Maria', change: 'first', certificates: 1, sealing: false },
    { address: 'aaron@example.org', name: 'aaron', change: 'new', certificates: 1, sealing: true },
  ])
})

it('names whoever a certificate states, under whatever contact the backup keeps it', async () => {
  const [from, into] = [await profile(), await profile()]
  meet(into, await person('jonas@example.org'))
  const eve = expectSuccess(
    from.application.addressBook.add({ name: 'Tax office', addresses: ['tax@example.org'], notes: '' }),
  )
  const { der, sha256, emails } = (await person('jonas@example.org')).certificate
  const evidence = { kind: 'file', date: testNow } as const
  expectSuccess(from.application.addressBook.addCertificate(eve.id, { der, sha256, addresses: emails }, evidence))
  expect(await peopleOf(from, into)).toMatchObject([{ address: 'jonas@example.org', name: 'jonas', change: 'another' }])
})

it('names a stranger whom a certificate states under a contact that has another address', async () => {
  const [from, into] = [await profile(), await profile()]
  const { addressBook } = from.application
  const eve = expectSuccess(addressBook.add({ name: 'Tax office', addresses: ['tax@example.org'], notes: '' }))
  const { der, sha256, emails } = (await person('bank@example.org')).certificate
  const evidence = { kind: 'file', date: testNow } as const
  expectSuccess(addressBook.addCertificate(eve.id, { der, sha256, addresses: emails }, evidence))
  expectSuccess(addressBook.update(eve.id, { name: 'Tax office', addresses: ['tax@example.org'], notes: '' }))
  expect(await peopleOf(from, into)).toEqual([
    { address: 'bank@example.org', name: 'Tax office', change: 'new', certificates: 1, sealing: true },
  ])
  expect(recipientStates(into, ['bank@example.org'])).toMatchObject([{ state: 'sealed' }])
})

it('names a contact whose own known certificate would be good without a root', async () => {
  const [from, into] = [await profile(), await profile()]
  const jonas = await person('jonas@example.org')
  meet(into, jonas)
  meet(from, jonas, 'file')
  expect(await peopleOf(from, into)).toMatchObject([{ address: 'jonas@example.org', change: 'vouched' }])
})

it('names a contact for whom an identity would serve: its key is known to whoever wrote the backup', async () => {
  const [from, into] = [await profile(), await profile()]
  meet(into, await person('jonas@example.org'))
  await take(from, await person('jonas@example.org'))
  await take(from, await person('anna@example.org'))
  expect(await peopleOf(from, into)).toMatchObject([{ address: 'jonas@example.org', change: 'another' }])
})

it('lets an identity serve the addresses that its certificate states, and no other that the backup says', async () => {
  const [from, into] = [await profile(), await profile()]
  const { pkcs8, certificate } = await person('anna@example.org')
  const pair = { pkcs8, certificateDer: certificate.der, chain: [root.certificate.der] }
  const addresses = ['anna@example.org', 'bank@example.org']
  expectSuccess(await from.application.identities.importPair({ ...pair, addresses }))
  expect(recipientStates(from, ['bank@example.org'])).toMatchObject([{ state: 'sealed' }])
  expect(await peopleOf(from, into)).toEqual([])
  expect(into.application.identities.list()).toMatchObject([{ addresses: ['anna@example.org'] }])
  expect(recipientStates(into, ['bank@example.org'])).toMatchObject([{ state: 'postcard' }])
})

it('puts last what has expired', async () => {
  const [from, into] = [await profile(), await profile()]
  meet(into, await person('jonas@example.org'))
  const validity = { notBefore: new Date('2019-01-01T00:00:00Z'), notAfter: new Date('2020-01-01T00:00:00Z') }
  meet(from, await person('jonas@example.org', validity))
  meet(from, await person('zoe@example.org'))
  expect(await peopleOf(from, into)).toMatchObject([
    { address: 'zoe@example.org', change: 'new' },
    { address: 'jonas@example.org', change: 'past', sealing: false },
  ])
})

it('names everybody whom the profile knows, however many strangers come along', async () => {
  const { der, sha256 } = (await person('zoe@example.org')).certificate
  const facts = createKnownFacts()
  const served = (count: number, name: string, certificates: readonly string[]): [string, ServedEntry][] =>
    Array.from({ length: count }, (_, index) => [
      `${name}-${index}@example.org`,
      {
        name,
        isContact: true,
        certificates: new Map(certificates.map((key) => [key, { vouched: false, own: false }])),
      },
    ])
  type ServedEntry = ServedAddresses extends ReadonlyMap<string, infer Entry> ? Entry : never
  const before = new Map(served(1_500, 'zz-known', ['mine']))
  const after = new Map([...served(1_500, 'zz-known', ['mine', sha256]), ...served(3_000, 'aa', [sha256])])
  const { people, morePeople } = restoredPeople(before, after, testNow, (key) => facts.of(key, () => der))
  expect(people.filter(({ change }) => change === 'another')).toHaveLength(1_500)
  expect(people[0]?.name).toBe('zz-known')
  expect(people).toHaveLength(2_500)
  expect(morePeople).toBe(2_000)
})
