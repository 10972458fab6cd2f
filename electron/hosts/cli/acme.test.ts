/** A certificate's life in the terminal: asked for with the mails by hand, renewed, put into a calendar, revoked. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hostOf } from '../../../shared/hostOf.ts'
import { systemClock } from '../../base/clock.ts'
import { expectSuccess } from '../../base/result.ts'
import { openMailbox } from '../../mail/mailbox/mailbox.ts'
import { submit } from '../../mail/submission/submit.ts'
import { sandboxDirectory } from '../../services/enrolment/acmeConnection.ts'
import { openProfile } from '../../storage/profile.ts'
import { runSandbox, type TestSandbox } from './testSandbox.ts'
import { type Siegel, siegelIn } from './testSiegel.ts'

const anna = { passphrase: 'correct horse battery', home: 'anna' }
const address = 'anna@sandbox.example'
let folder: string
let siegel: Siegel
let sandbox: TestSandbox

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'siegel-acme-cli-'))
  siegel = siegelIn(folder)
  sandbox = await runSandbox(join(folder, 'anna'))
})
afterAll(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true, force: true })
})

/** Anna's account as any mail program knows it. */
function account() {
  const { state } = sandbox
  const { user, password } = state.people.find((person) => person.address === address)!
  return {
    password,
    ca: state.caPem,
    account: { submission: { ...state.smtp, user }, mailbox: { ...state.imap, user } },
  } as Parameters<typeof openMailbox>[0] & Parameters<typeof submit>[0]
}

/** What a restored backup leaves behind: marks at the order and its account. Answers with the server's name as it is shown. */
async function asFromBackup(): Promise<string> {
  const profile = expectSuccess(
    await openProfile(join(folder, 'anna', 'sandbox'), { kind: 'sandbox', clock: systemClock }),
  )
  profile.database.run('UPDATE enrolments SET from_backup = 1')
  profile.database.run('UPDATE acme_accounts SET from_backup = 1')
  await profile.close()
  return hostOf(sandboxDirectory)
}

const request = ['identity', 'request', '--address', address, '--name', 'Anna Berger', '--sandbox', '--by-hand']

it('is asked for, answered by hand, renewed, put into a calendar and revoked', async () => {
  const begun = await siegel([...request, '--json'], anna)
  expect(JSON.parse(begun.out), begun.err).toMatchObject({ need: { kind: 'challenge-mail', to: address } })
  expect(begun.code).toBe(4)
  expect(begun.err).toContain('--mail FILE')

  const mailbox = expectSuccess(await openMailbox(account()))
  const newest = expectSuccess(await mailbox.newMails(0)).at(-1)
  const mail = expectSuccess(await mailbox.fetch('INBOX', newest?.uid ?? 0))
  await mailbox.close()
  const file = join(folder, 'challenge.eml')
  await writeFile(file, Buffer.from(mail).toString('latin1').replace('ACME: ', 'ACME: x'), 'latin1')
  const forged = await siegel([...request, '--mail', file, '--json'], anna)
  expect(JSON.parse(forged.out)).toMatchObject({ error: { code: 'challenge-forged' } })
  const told = await siegel([...request, '--mail', file], anna)
  expect(told.err).toContain("doesn't match: it was changed or forged")
  expect(told.err).not.toContain('signature-failed')
  await writeFile(file, mail)
  const answer = join(folder, 'answer.eml')
  const answered = await siegel([...request, '--mail', file, '--reply-out', answer, '--json'], anna)
  const { need } = JSON.parse(answered.out) as { need: { kind: string; to: string } }
  expect(need.kind).toBe('reply')
  // What is copied from the terminal is the answer, with nothing at the ends of its lines.
  const printed = await siegel(request, anna)
  expect(printed.out).toMatch(/^-----BEGIN ACME RESPONSE-----\n[\w-]{43}\n-----END ACME RESPONSE-----\n$/)
  const message = new Uint8Array(await readFile(answer))
  const envelope = { from: address, to: [need.to] }
  expectSuccess(await submit({ ...account(), envelope, message: [message], size: message.length }))
  const done = await siegel([...request, '--sent', '--json'], anna)
  expect(done.code, done.err).toBe(0)
  const first = JSON.parse(done.out) as { id: string }

  const renewals = await siegel(['identity', 'renewals', '--sandbox', '--json'], anna)
  expect(JSON.parse(renewals.out)).toMatchObject([{ identityId: first.id, way: 'acme', byItself: false, due: false }])
  const calendar = join(folder, 'siegel.ics')
  expect((await siegel(['identity', 'renewals', '--sandbox', '--out', calendar], anna)).code).toBe(0)
  expect(await readFile(calendar, 'utf8')).toContain('TRIGGER:-P7D')
  const nothing = await siegel(['identity', 'renew', '--due', '--sandbox'], anna)
  expect(nothing.code, nothing.err).toBe(0)
  expect(nothing.err).toContain('Nothing is due.')
  expect((await siegel(['identity', 'renew', '--sandbox'], anna)).code).toBe(2)

  const revoke = ['identity', 'revoke', address, '--sandbox', '--json']
  expect((await siegel(revoke, anna)).code).toBe(2)
  const host = await asFromBackup()
  const refused = await siegel([...revoke, '--reason', 'superseded'], anna)
  expect(JSON.parse(refused.out)).toMatchObject({ way: 'instructions', serverFromBackup: host })
  expect(refused.err).toContain('the same command with --trust-server')
  const byCertificate = ['--reason', 'superseded', '--by', 'certificate', '--trust-server']
  const revoked = await siegel([...revoke, ...byCertificate], anna)
  expect(revoked.code, revoked.err).toBe(0)
  expect(JSON.parse(revoked.out)).toMatchObject({ id: first.id, retired: true })
  expect((await siegel(['identity', 'list', '--sandbox'], anna)).out).toContain('revoked, opens old mail')

  // As if its CA had done so by itself.
  const { database, close } = expectSuccess(
    await openProfile(join(folder, 'anna', 'sandbox'), { kind: 'sandbox', clock: systemClock }),
  )
  database.run('DELETE FROM own_revocations')
  database.run('UPDATE identities SET retired = 0')
  await close()
  const listed = await siegel(['identity', 'list', '--sandbox'], anna)
  expect(listed.err).toContain(`The certificate of ${address} was revoked. Nothing is signed with it any more`)

  const accounts = JSON.parse((await siegel(['identity', 'ca-account', 'list', '--sandbox', '--json'], anna)).out)
  expect(accounts).toMatchObject([{ certificates: 1, closed: false }])
  const changed = await siegel(['identity', 'ca-account', 'new-key', accounts[0].id, '--sandbox'], anna)
  expect(changed.code, changed.err).toBe(0)
  const closed = await siegel(['identity', 'ca-account', 'close', accounts[0].id, '--sandbox', '--json'], anna)
  expect(JSON.parse(closed.out)).toMatchObject({ closed: true })
})
