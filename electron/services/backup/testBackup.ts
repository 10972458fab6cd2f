/** For tests: Anna's profile, its backup, the same backup with other lines, and what of it arrives. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { beforeEach, onTestFinished } from 'vitest'
import { base64Text, concatBytes, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../../certificates/testPki.ts'
import { generateKey } from '../../crypto/privateKey.ts'
import { openBackup, sealBackup } from '../../keystore/backupFile.ts'
import { sealLetter } from '../../smime/seal.ts'
import type { ServiceContext } from '../context.ts'
import { openSession } from '../session.ts'
import { testRuntime } from '../testServices.ts'
import { backupProcedures } from './backup.ts'

export const passphrase = 'correct horse battery staple'
export const backupPassphrase = 'ein Reiher im Schilf'
/** Of scrypt; the program takes much more. */
export const quickCost = { cost: 2 ** 14, blockSize: 8, parallelism: 1 }
export const root = await testAuthority('Root')
export const anna = await testPerson('anna@example.org', { issuer: root })
export const annaBefore = await testPerson('anna@example.org', { issuer: root, keyType: 'rsa-2048' })
export const jonas = await testPerson('jonas@example.org', { issuer: root })
/** The clock of every profile. */
export const time = { now: testNow }

beforeEach(() => {
  time.now = testNow
})

export async function profile(kind: 'real' | 'sandbox' = 'real'): Promise<ServiceContext> {
  const home = await mkdtemp(join(tmpdir(), 'siegel-backup-'))
  const session = await openSession({ home, kind, runtime: testRuntime({ clock: () => time.now }) })
  onTestFinished(async () => {
    await session.close()
    await rm(home, { recursive: true, force: true })
  })
  expectSuccess(await session.context.application.vault.create(passphrase))
  return session.context
}

export const clientOf = (context: ServiceContext) => createRouterClient(backupProcedures, { context })

export async function take(context: ServiceContext, { pkcs8, certificate }: TestEntity) {
  const chain = [root.certificate.der]
  const pair = { pkcs8, certificateDer: certificate.der, addresses: certificate.emails, chain }
  return expectSuccess(await context.application.identities.importPair(pair)).identity
}

/** Anna's profile: two identities, a waiting key, a contact, an anchor, an account, a draft, a setting. */
export async function annasProfile(): Promise<ServiceContext> {
  const context = await profile()
  const { identities, addressBook, trust, accounts, drafts, settings, rootLists } = context.application
  const old = await take(context, annaBefore)
  identities.retire(old.id, true)
  await take(context, anna)
  expectSuccess(identities.keepKey((await generateKey('ec-p256')).pkcs8))
  const { der, sha256, emails } = jonas.certificate
  expectSuccess(
    addressBook.addCertificate(
      undefined,
      { der, sha256, addresses: emails, name: 'Jonas' },
      { kind: 'signed-mail', from: 'Grüße', date: testNow },
    ),
  )
  expectSuccess(trust.add(root.certificate, 'from Jonas', ['example.org']))
  trust.rememberIssuers([root.certificate])
  rootLists.decide('mozilla', false)
  const server = { host: 'mail.example.org', port: 465, security: 'tls', user: 'anna' } as const
  const account = { name: 'Anna', address: 'anna@example.org', password: 'geheim', submission: server, mailbox: server }
  expectSuccess(accounts.add(account))
  expectSuccess(drafts.save({ subject: 'Half written' }))
  settings.change({ theme: 'dark' })
  return context
}

export async function backupOf(context: ServiceContext): Promise<Uint8Array> {
  const { spoolId } = await clientOf(context).make({ passphrase, backupPassphrase })
  const file = context.application.handover.get(spoolId)
  if (!file) throw new Error('no backup was offered')
  context.application.handover.saved(spoolId)
  return file.bytes()
}

export const opened = (
  file: Uint8Array,
  secret: { passphrase: string } | { paperKey: string } = { passphrase: backupPassphrase },
) => ({
  source: { bytes: base64Text(file) },
  secret,
})

/** The same backup with other lines. */
export async function rewritten(file: Uint8Array, change: (lines: string[]) => string[]): Promise<Uint8Array> {
  const content = utf8Text(expectSuccess(await openBackup(file, { passphrase: backupPassphrase })))
  const changed = utf8Bytes(change(content.split('\n').filter((line) => line !== '')).join('\n'))
  return expectSuccess(
    await sealBackup(changed, { passphrase: backupPassphrase, random: systemRandom, cost: quickCost }),
  )
}

/** Everything that a profile holds, but for its vault. */
export function contentsOf(context: ServiceContext): unknown {
  const { identities, addressBook, trust, accounts, drafts, settings, enrolments } = context.application
  return {
    identities: identities.list(),
    contacts: addressBook.list(),
    anchors: trust.anchors(),
    accounts: accounts.list().map(({ id }) => expectSuccess(accounts.access(id))),
    drafts: expectSuccess(drafts.list()),
    settings: settings.get(),
    enrolments: enrolments.list(),
    keys: context.application.profile.database.all(
      'SELECT id, public_key_info, created_at FROM private_keys ORDER BY id',
    ),
  }
}

export async function letterTo({ certificate }: TestEntity): Promise<Uint8Array> {
  const mailbox = { address: 'jonas@example.org' }
  const about = { from: mailbox, to: [mailbox], cc: [], subject: 'Old', date: testNow, messageId: '<1@example.org>' }
  const sealed = expectSuccess(
    await sealLetter(
      { ...about, text: 'Old mail', attachments: [] },
      { encrypt: { recipients: [{ certificate }], cipher: 'aes-256-cbc' }, random: systemRandom },
    ),
  )
  const pieces: Uint8Array[] = []
  for await (const piece of sealed) pieces.push(piece)
  return concatBytes(...pieces)
}
