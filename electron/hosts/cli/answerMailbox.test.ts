/** An authority's answer that lies in the mailbox, looked for and taken in the terminal. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { answerToRequest, validNow } from '../../acquisition/testIssuing.ts'
import { writePem } from '../../asn1/pem.ts'
import { latin1Text, utf8Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { testAuthority } from '../../certificates/testPki.ts'
import { openMailbox } from '../../mail/mailbox/mailbox.ts'
import { runSandbox, type TestSandbox } from './testSandbox.ts'
import { siegelIn } from './testSiegel.ts'

const anna = { passphrase: 'correct horse battery', home: 'anna' }
const address = 'anna@sandbox.example'
let folder: string
let sandbox: TestSandbox

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'siegel-answer-cli-'))
  sandbox = await runSandbox(join(folder, 'anna'))
})
afterAll(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true, force: true })
})

/** What the authority mails, put into the mailbox as its mail server would. */
async function arrive(der: Uint8Array): Promise<void> {
  const { state } = sandbox
  const { user, password } = state.people.find((person) => person.address === address)!
  const account = { mailbox: { ...state.imap, user } }
  const mailbox = expectSuccess(
    await openMailbox({ account, password, ca: state.caPem } as Parameters<typeof openMailbox>[0]),
  )
  const text = `Dear Anna,\r\n\r\n${writePem('CERTIFICATE', der).replaceAll('\n', '\r\n')}\r\n`
  expectSuccess(
    await mailbox.append('INBOX', utf8Bytes(`From: CA <ca@ca.example>\r\nSubject: Order 7 is done\r\n\r\n${text}`)),
  )
  await mailbox.close()
}

it('is shown first, and taken where that is said', async () => {
  const siegel = siegelIn(folder)
  const out = join(folder, 'anna.csr')
  const csr = ['identity', 'csr', '--address', address, '--name', 'Anna Berger', '--key', 'ec-p256', '--out', out]
  expect((await siegel([...csr, '--sandbox'], anna)).code).toBe(0)
  const look = ['identity', 'answer', '--mailbox', address, '--sandbox']
  const nothing = await siegel(look, anna)
  expect(nothing).toMatchObject({ code: 1, out: '' })
  expect(nothing.err).toContain('No answer yet')

  const root = await testAuthority('Company CA', {}, validNow)
  const der = await answerToRequest(latin1Text(await readFile(out)), root)
  await arrive(der)
  const shown = await siegel(look, anna)
  expect(shown).toMatchObject({ code: 0, out: '' })
  expect(shown.err).toMatch(/Order 7 is done · by its own account from ca@ca\.example\n/)
  // Nobody trusted vouches for it, and it came by mail: that wants to be said.
  expect(shown.err).toContain('add --take --anyway')
  const pending = await siegel(['identity', 'pending', 'list', '--sandbox', '--json'], anna)
  expect(JSON.parse(pending.out)).toMatchObject([{ state: 'waiting' }])

  const untaken = await siegel([...look, '--take'], anna)
  expect(untaken).toMatchObject({ code: 1, out: '' })
  expect(untaken.err).toContain('add --anyway')
  const taken = await siegel([...look, '--take', '--anyway', '--json'], anna)
  expect(taken.code).toBe(0)
  expect(JSON.parse(taken.out)).toMatchObject({
    identities: [{ addresses: [address] }],
    search: { mails: [{ subject: 'Order 7 is done' }], passedOver: 0 },
  })
  const later = await siegel([...look, '--json'], anna)
  expect(JSON.parse(later.out)).toEqual({ error: { code: 'not-found', what: 'request' } })
  expect((await siegel(['identity', 'answer', '--sandbox'], anna)).code).toBe(2)
})
