/**
 * Three years of one identity by a made clock: certificates that end, are renewed with new keys and revoked, the reminders and the
 * backups on the way, and another computer that a backup is taken to.
 */

import { expect, it, onTestFinished } from 'vitest'
import { base64Text, concatBytes } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { type Certificate, parseCertificate } from '../certificates/certificate.ts'
import { issueCertificate } from '../certificates/issue.ts'
import { listOwnerOf } from '../certificates/revocation/cache.ts'
import { crlDer } from '../certificates/revocation/testCrl.ts'
import { testAuthority } from '../certificates/testPki.ts'
import { sealLetter } from '../smime/seal.ts'
import { testFolder } from '../storage/testProfile.ts'
import type { ServiceContext } from './context.ts'
import { accountAt } from './enrolment/enrolmentAccounts.ts'
import { keyPorts } from './enrolment/enrolmentPorts.ts'
import { dueReminders } from './enrolment/reminders.ts'
import { renewalOf } from './enrolment/renewalTimes.ts'
import { openForReading } from './mail/reading.ts'
import { readerFor, signerFor } from './mail/senders.ts'
import { renewalRound } from './rounds/renewalWatch.ts'
import { openSession } from './session.ts'
import { clientOf, testRuntime } from './testServices.ts'

const address = 'anna@sandbox.example'
const passphrase = 'correct horse battery staple'
const backupPassphrase = 'ein Reiher im Schilf'
const listUrl = 'http://crl.example/root.crl'
const start = new Date('2026-06-01T12:00:00Z')
const day = 86_400_000
const on = (days: number) => new Date(start.getTime() + days * day)

let now = start
const root = await testAuthority('Root', {}, { notBefore: on(-10), notAfter: on(3_000) })

/** A certificate for a new key, as an order brings it; `renews` is the identity that it follows. */
async function certified(context: ServiceContext, days: number, renews?: string): Promise<Certificate> {
  expectSuccess(await context.application.vault.unlock(passphrase))
  const keys = keyPorts(context)
  const { keyId } = expectSuccess(await keys.generate('ec-p256'))
  const key = expectSuccess(await keys.open(keyId))
  const der = await issueCertificate({
    subject: { commonName: address },
    emails: [address],
    serial: systemRandom(12),
    notBefore: new Date(now.getTime() - 3_600_000),
    notAfter: new Date(now.getTime() + days * day),
    keyUsage: ['digitalSignature', 'keyAgreement'],
    crlUrl: listUrl,
    publicKeyInfo: key.publicKeyInfo,
    issuer: { name: root.certificate, key: root.key },
  })
  key.close()
  const certificate = expectSuccess(parseCertificate(der))
  const chain = [root.certificate]
  const { identityId } = expectSuccess(
    await keys.install({ keyId, certificate, chain, ...(renews === undefined ? {} : { renews }) }),
  )
  const account = expectSuccess(await accountAt(context, 'https://ca.example/directory'))
  const at = now.toISOString()
  context.application.enrolments.save({
    ...{ id: identityId, name: 'Anna', address, ca: 'acme', caName: 'ca.example', keyType: 'ec-p256', byHand: false },
    ...{ step: 'install', state: 'done', createdAt: at, updatedAt: at, progress: {} },
    ...{ directoryUrl: account.directory, accountId: account.id, keyId, identityId },
  })
  return certificate
}

async function profile(): Promise<ServiceContext> {
  const session = await openSession({ home: testFolder(), runtime: testRuntime({ clock: () => now }) })
  onTestFinished(() => session.close())
  expectSuccess(await session.context.application.vault.create(passphrase))
  return session.context
}

const storedOf = ({ application }: ServiceContext, { sha256 }: Certificate) =>
  application.identities.list().find((one) => one.sha256 === sha256)!

async function letterTo(certificate: Certificate): Promise<Uint8Array> {
  const about = { from: { address }, to: [{ address }], cc: [], subject: '', date: now, messageId: '<1@example.org>' }
  const encrypt = { recipients: [{ certificate }], cipher: 'aes-256-cbc' as const }
  const sealed = await sealLetter({ ...about, text: 'Readable', attachments: [] }, { encrypt, random: systemRandom })
  const pieces: Uint8Array[] = []
  for await (const piece of expectSuccess(sealed)) pieces.push(piece)
  return concatBytes(...pieces)
}

async function opens(context: ServiceContext, letter: Uint8Array): Promise<boolean> {
  expectSuccess(await context.application.vault.unlock(passphrase))
  const read = expectSuccess(await openForReading(context, letter))
  return read.parts[0]?.text?.includes('Readable') ?? false
}

/** Tells what is due, once. */
function told(context: ServiceContext): string[] {
  const due = dueReminders(context)
  for (const { identityId, stage } of due) context.application.renewals.saveReminder(identityId, stage, now)
  return due.map(({ kind, stage }) => `${kind} ${stage}`)
}

async function madeBackup(context: ServiceContext) {
  expectSuccess(await context.application.vault.unlock(passphrase))
  const { spoolId } = await clientOf(context).backup.make({ passphrase, backupPassphrase })
  const { handover } = context.application
  const bytes = await handover.get(spoolId)!.bytes()
  handover.saved(spoolId)
  return { source: { bytes: base64Text(bytes) }, secret: { passphrase: backupPassphrase } }
}

const need = async (context: ServiceContext) => (await clientOf(context).backup.state()).need
const round = (context: ServiceContext) => renewalRound(context, new AbortController().signal)

it('An identity is kept over three years, and on a second computer', async () => {
  now = start
  const context = await profile()
  expectSuccess(context.application.trust.add(root.certificate, ''))
  const first = await certified(context, 365)
  const letters = [await letterTo(first)]
  expect([told(context), await need(context)]).toEqual([[], 'make'])
  const early = await madeBackup(context)
  expect(await need(context)).toBe('rehearse')
  expect(await clientOf(context).backup.rehearse(early)).toMatchObject({ passed: true, recorded: true })
  expect(await need(context)).toBe('nothing')

  now = on(340)
  expect([told(context), told(context)]).toEqual([['ends 30'], []])
  now = on(359)
  expect([told(context), told(context)]).toEqual([['ends 7'], []])
  now = on(360)
  const second = await certified(context, 365, storedOf(context, first).id)
  expect([storedOf(context, first).retired, signerFor(context, address, now)?.certificate.sha256]).toEqual([
    true,
    second.sha256,
  ])
  // Who has only the old certificate still writes with it.
  letters.push(await letterTo(first), await letterTo(second))
  for (const letter of letters) expect(await opens(context, letter)).toBe(true)
  expect([told(context), await need(context)]).toEqual([[], 'renew'])

  now = on(500)
  const times = { thisUpdate: on(499), nextUpdate: on(2_000) }
  const list = await crlDer({ signer: root, entries: [{ of: second, revokedAt: on(498) }], ...times })
  context.application.revocation.cache.keep({ kind: 'crl', url: listUrl, owner: listOwnerOf(second) }, list, times)
  expect([told(context), told(context)]).toEqual([['revoked -1'], []])
  expect([signerFor(context, address, now), readerFor(context, address)]).toEqual([undefined, undefined])
  const third = await certified(context, 365, storedOf(context, second).id)
  letters.push(await letterTo(third))
  const server = { host: '127.0.0.1', port: 9, security: 'tls', user: 'anna' } as const
  const mailbox = { name: 'Anna', address, password: 'geheim', submission: server, mailbox: server }
  expectSuccess(await context.application.vault.unlock(passphrase))
  expectSuccess(context.application.accounts.add(mailbox))
  expect([told(context), await need(context)]).toEqual([[], 'renew'])
  const late = await madeBackup(context)
  expect(await clientOf(context).backup.rehearse(late)).toMatchObject({ passed: true, recorded: true })
  expect(await need(context)).toBe('nothing')

  const other = await profile()
  const { parts } = await clientOf(other).backup.restore(late)
  expect(parts).toContainEqual({ kind: 'identities', added: 3, known: 0 })
  for (const letter of letters) expect(await opens(other, letter)).toBe(true)
  expect(signerFor(other, address, now)?.certificate.sha256).toBe(third.sha256)
  expect(await need(other)).toBe('nothing')

  // One of the two orders the next one: the other, whose order came with the backup, asks its person.
  now = on(500 + 300)
  const [here, there] = [context, other].map((one) => renewalOf(one, storedOf(one, third)))
  expect([here, there]).toMatchObject([
    { byItself: true, due: true },
    { byItself: false, due: true },
  ])
  expectSuccess(await other.application.vault.unlock(passphrase))
  expect(await round(other)).toEqual([])
  expect(other.application.enrolments.list().filter(({ renews }) => renews !== undefined)).toEqual([])
  now = on(500 + 340)
  expect(told(other)).toEqual(['ends 30'])

  now = on(3 * 365)
  for (const one of [context, other]) {
    for (const letter of letters) expect(await opens(one, letter)).toBe(true)
  }
})
