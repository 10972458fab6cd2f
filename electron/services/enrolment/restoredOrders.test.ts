/** Orders and accounts at CAs that a backup brought: nothing new is ordered at their servers unasked. */

import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { EnrolmentEvent } from '../../../shared/contract/enrolment.ts'
import type { StoredEnrolment } from '../../acquisition/store.ts'
import { systemClock } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { testPerson } from '../../certificates/testPki.ts'
import { openMemoryDatabase, schemaVersion } from '../../storage/memoryDatabase.ts'
import { mergeBackup } from '../backup/backupMerge.ts'
import { createKnownFacts } from '../backup/certificateFacts.ts'
import type { ServiceContext } from '../context.ts'
import { renewalRound } from '../rounds/renewalWatch.ts'
import { clientOf, failureOf, testServices } from '../testServices.ts'
import { enrolmentBehind } from './enrolment.ts'
import { accountAt } from './enrolmentAccounts.ts'
import { renewalOf } from './renewalTimes.ts'

const address = 'anna@sandbox.example'
const day = 86_400_000

/** A server that a backup could name; counts who knocks. */
async function chosenServer() {
  let knocks = 0
  const server = createServer((socket) => {
    knocks += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { directory: `https://127.0.0.1:${port}/directory`, host: `127.0.0.1:${port}`, knocks: () => knocks }
}

/** Anna's certificate, in its last days, and a profile into which a backup with an order behind it was taken. */
async function restored(directory: string, change: Partial<StoredEnrolment> = {}) {
  const context = await testServices()
  const { identities, vault } = context.application
  const validity = { notBefore: new Date(Date.now() - 300 * day), notAfter: new Date(Date.now() + 5 * day) }
  const { pkcs8, certificate } = await testPerson(address, {}, validity)
  const pair = { pkcs8, certificateDer: certificate.der, addresses: [address], chain: [] }
  expectSuccess(await identities.importPair(pair))
  const [identity] = identities.list()
  // Made yesterday, as far as rounds are concerned.
  context.application.profile.database.run('UPDATE identities SET created_at = ?', [
    new Date(Date.now() - 2 * day).toISOString(),
  ])
  const sealed = (await accountKeyOf(context)).slice()
  const from = await openMemoryDatabase(schemaVersion)
  onTestFinished(() => from.close())
  const now = new Date(Date.now() + 400 * day).toISOString()
  from.run(
    `INSERT INTO acme_accounts (id, directory, account_key, sealed_in, url, created_at, from_backup)
     VALUES ('theirs', ?, ?, 'acme_accounts', ?, ?, 0)`,
    [directory, sealed, `${directory}/account`, now],
  )
  const { state = 'done', step = 'install', identityId = identity?.id ?? '' } = change
  from.run(
    `INSERT INTO enrolments (id, name, address, ca, ca_name, directory_url, key_type, step, state, created_at, updated_at,
       key_id, account_id, by_hand, progress, identity_id, from_backup)
     VALUES ('order', 'Anna', ?, 'acme', 'CASTLE', ?, 'ec-p256', ?, ?, ?, ?, ?, 'theirs', 1, '{}', ?, 0)`,
    [address, directory, step, state, now, now, identity?.keyId ?? '', state === 'done' ? identityId : null],
  )
  const seal = (table: string, rowId: string, plain: Uint8Array) => expectSuccess(vault.seal(table, rowId, plain))
  context.application.profile.database.transaction(() => {
    const into = context.application.profile.database
    mergeBackup({ from, into, facts: createKnownFacts(), seal, random: systemRandom, at: systemClock(), kind: 'real' })
    // The identities of the backup are this profile's here: the row as a hostile backup would map it.
    if (state === 'done') {
      context.application.profile.database.run('UPDATE enrolments SET identity_id = ?, by_hand = 0', [identityId])
    }
  })
  return { context, identityId }
}

async function accountKeyOf(context: ServiceContext): Promise<Uint8Array> {
  const made = expectSuccess(await accountAt(context, 'https://elsewhere.example/'))
  return expectSuccess(context.application.vault.open('acme_accounts', made.id, made.sealedKey))
}

async function run(context: ServiceContext, id: string): Promise<EnrolmentEvent | undefined> {
  let last: EnrolmentEvent | undefined
  for await (const event of await clientOf(context).enrolment.follow({ id })) last = event
  return last
}

describe('an account from a backup', () => {
  it('is marked whatever the backup says, and a new order at its CA has one of its own', async () => {
    const { directory, host } = await chosenServer()
    const { context } = await restored(directory)
    expect(context.application.acmeAccounts.get('theirs')).toMatchObject({ fromBackup: true })
    // The name that the backup gave it is gone.
    expect(context.application.enrolments.get('order')).toMatchObject({ fromBackup: true, caName: host })
    const accounts = await clientOf(context).enrolment.accounts()
    expect(accounts.find(({ id }) => id === 'theirs')).toMatchObject({ fromBackup: true })
    expect(expectSuccess(await accountAt(context, directory)).id).not.toBe('theirs')
  })

  it('is asked to revoke nothing: it could say that it did', async () => {
    const { directory, host, knocks } = await chosenServer()
    const { context, identityId } = await restored(directory)
    const { renewal } = clientOf(context)
    const way = { way: 'instructions', caName: address, serverFromBackup: host }
    expect(await renewal.revocation({ identityId })).toMatchObject(way)
    const wish = { identityId, reason: 'keyCompromise', passphrase: 'correct horse battery staple' } as const
    for (const signer of ['account', 'certificate'] as const) {
      expect(await failureOf(renewal.revoke({ ...wish, signer }))).toMatchObject({ code: 'not-by-acme' })
    }
    expect(knocks()).toBe(0)

    // A yes to another server than the one that was shown is none.
    const elsewhere = renewal.trustServer({ identityId, host: 'ca.example' })
    expect(await failureOf(elsewhere)).toMatchObject({ code: 'not-found' })
    expect(await renewal.revocation({ identityId })).toMatchObject(way)
    const agreed = await renewal.trustServer({ identityId, host })
    expect(agreed).toMatchObject({ way: 'acme', caName: host })
    expect(agreed.serverFromBackup).toBeUndefined()
    expect(await failureOf(renewal.revoke(wish))).not.toMatchObject({ code: 'not-by-acme' })
    expect(knocks()).toBeGreaterThan(0)
    // The yes was about revoking: nothing is renewed there without a hand.
    const { enrolments, identities } = context.application
    expect(enrolments.get('order')).toMatchObject({ fromBackup: true })
    expect(renewalOf(context, identities.get(identityId)!)).toMatchObject({ byItself: false })
  })

  it('is not offered for revoking where it is one at another server than its order', async () => {
    const { directory, knocks } = await chosenServer()
    const { context, identityId } = await restored(directory)
    const { acmeAccounts } = context.application
    acmeAccounts.save({ ...acmeAccounts.get('theirs')!, directory: 'https://elsewhere.example/' })
    const { renewal } = clientOf(context)
    const way = await renewal.revocation({ identityId })
    expect(way.way).toBe('instructions')
    expect(way.serverFromBackup).toBeUndefined()
    const host = 'elsewhere.example'
    expect(await failureOf(renewal.trustServer({ identityId, host }))).toMatchObject({ code: 'not-found' })
    expect(knocks()).toBe(0)
  })

  it('renews nothing by itself, asks nobody, and names the server when the person renews', async () => {
    const { directory, host, knocks } = await chosenServer()
    const { context, identityId } = await restored(directory)
    const { identities, enrolments, acmeAccounts } = context.application
    expect(renewalOf(context, identities.get(identityId)!)).toMatchObject({ due: true, way: 'acme', byItself: false })
    await renewalRound(context, new AbortController().signal)
    expect(enrolments.list()).toHaveLength(1)
    expect(knocks()).toBe(0)

    const renewal = await clientOf(context).enrolment.renew({ identityId, sameKey: false, byHand: true })
    expect(await run(context, renewal.id)).toEqual({ type: 'failed', code: 'server-from-backup', data: { host } })
    expect(knocks()).toBe(0)
    expect(identities.get(identityId)?.retired).toBe(false)

    expect(await clientOf(context).enrolment.trustServer({ id: renewal.id })).toMatchObject({ state: 'paused' })
    expect(acmeAccounts.get('theirs')?.fromBackup ?? false).toBe(false)
    // It is spoken with now; that it hangs up is another matter.
    expect(await run(context, renewal.id)).toMatchObject({ type: 'failed', code: 'ca-unreachable' })
    expect(knocks()).toBeGreaterThan(0)
  })

  it('gives way to an order that was made here, where both claim the certificate', async () => {
    const { directory } = await chosenServer()
    const { context, identityId } = await restored(directory)
    const { enrolments } = context.application
    const { fromBackup: _, ...theirs } = enrolments.get('order')!
    enrolments.save({ ...theirs, id: 'ours', createdAt: systemClock().toISOString(), caName: 'ours' })
    expect(enrolmentBehind(context.application, identityId)?.id).toBe('ours')
  })
})

describe('an open order from a backup', () => {
  it('goes nowhere without the person’s yes, is not spoken of to its server when given up, and its mails wait too', async () => {
    const { directory, host, knocks } = await chosenServer()
    const { context } = await restored(directory, { state: 'paused', step: 'await-challenge-mail' })
    const { enrolment } = clientOf(context)
    expect(await run(context, 'order')).toEqual({ type: 'failed', code: 'server-from-backup', data: { host } })
    for (const work of [
      enrolment.askForMail({ id: 'order' }),
      enrolment.giveMail({ id: 'order', source: { bytes: '' } }),
    ]) {
      expect(await failureOf(work)).toEqual({ code: 'server-from-backup', data: { host } })
    }
    expect(await enrolment.cancel({ id: 'order' })).toMatchObject({ state: 'cancelled' })
    expect(knocks()).toBe(0)
  })
})
