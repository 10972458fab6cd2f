/** A request's answer that lies in the mailbox: looked for when the person asks, shown, and taken; or brought as an archive. */

import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { zipOf } from '../../electron/acquisition/testArchive.ts'
import { answerToRequest, validNow } from '../../electron/acquisition/testIssuing.ts'
import { writePem } from '../../electron/asn1/pem.ts'
import { utf8Bytes } from '../../electron/base/bytes.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import { testAuthority } from '../../electron/certificates/testPki.ts'
import { openMailbox } from '../../electron/mail/mailbox/mailbox.ts'
import { readSandboxState } from '../../electron/sandbox/state.ts'
import { expect, test } from '../fixtures/app.ts'
import { becomeAnna, choose, chooseFile, go, sandboxTime } from '../fixtures/steps.ts'

const anna = 'anna@sandbox.example'
const root = await testAuthority('Harbour Root', {}, validNow)

/** What a CA makes of a request, as PEM. */
async function issued(pem: string): Promise<string> {
  return writePem('CERTIFICATE', await answerToRequest(pem, root))
}

/** Puts a mail into Anna's mailbox, as her mail server would. */
async function arrive(home: string, subject: string, text: string): Promise<void> {
  const state = readSandboxState(join(home, 'sandbox', 'server'))!
  const { user, password } = state.people.find((person) => person.address === anna)!
  const input = { account: { mailbox: { ...state.imap, user } }, password, ca: state.caPem }
  const mailbox = expectSuccess(await openMailbox(input as Parameters<typeof openMailbox>[0]))
  const header = `From: Harbour CA <orders@harbour.example>\nTo: ${anna}\nSubject: ${subject}\nDate: ${new Date().toUTCString()}`
  expectSuccess(await mailbox.append('INBOX', utf8Bytes(`${header}\n\n${text}\n`.replaceAll('\n', '\r\n'))))
  await mailbox.close()
}

/** Drops a file beside a button, as from the system's folder. */
async function drop(page: Page, button: string, file: string): Promise<void> {
  const bytes = [...(await readFile(file))]
  const dataTransfer = await page.evaluateHandle((content) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([new Uint8Array(content)], 'certificate.zip'))
    return transfer
  }, bytes)
  await page.getByRole('button', { name: button }).dispatchEvent('drop', { dataTransfer })
}

/** From the certificates to a new request's page; gives its text. */
async function makeRequest(page: Page, isFirst: boolean): Promise<string> {
  await go(page, 'Certificates')
  await page.getByRole('button', { name: 'Get a certificate', exact: true }).click()
  await choose(page, 'Play as', `Anna Berger · ${anna}`)
  await page.getByRole('button', { name: 'Next' }).click()
  if (isFirst) {
    await page.getByRole('button', { name: 'Add an authority of your own …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add an authority' })
    await dialog.getByLabel('Name').fill('Harbour CA')
    await dialog.getByRole('radio', { name: 'For a request that you hand in' }).check()
    await dialog.getByLabel('Address').fill('https://ca.harbour.invalid/request')
    await dialog.getByRole('button', { name: 'Add it' }).click()
  } else await page.getByRole('radio', { name: 'Harbour CA' }).check()
  await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
  await page.getByRole('radio', { name: /P-256/ }).check()
  await page.getByRole('button', { name: 'Make key and request' }).click()
  await expect(page.getByRole('heading', { name: 'Your certificate request' })).toBeVisible()
  await page.getByText('The request as text').click()
  const text = await page.getByRole('textbox', { name: 'Text of the request' }).inputValue()
  await page.getByText('The request as text').click()
  return text
}

test('an answer from the mailbox, and one in an archive', async ({ app, page, home, looks }) => {
  test.setTimeout(240_000)
  const look = page.getByRole('button', { name: 'Look in the mailbox' })
  await becomeAnna(page, 'ein Reiher steht am Hafen')
  const text = await makeRequest(page, true)

  await test.step('before it came, the mailbox has no answer', async () => {
    await arrive(home, 'Your certificate', `Soon. Ours is:\n\n${writePem('CERTIFICATE', root.certificate.der)}`)
    await look.click()
    await expect(page.getByText(/^No answer yet: \d+ mails since/)).toBeVisible(sandboxTime)
    await looks(app, 'request-mailbox-nothing', page.getByText(/^It may come later/))
  })

  await test.step('it is found by its key, shown, and taken', async () => {
    await arrive(home, 'Order 4711', `Dear Anna,\n\n${await issued(text)}`)
    await look.click()
    await expect(page.getByText('A mail brings a certificate for your key')).toBeVisible(sandboxTime)
    await expect(page.getByText('Order 4711')).toBeVisible()
    // Anybody may have sent it: it is taken when the person says so.
    const take = page.getByRole('checkbox', { name: 'Take Anna Berger in' })
    await expect(take).not.toBeChecked()
    await expect(page.getByText(/^No root that you trust vouches for it, and it came by mail/)).toBeVisible()
    await looks(app, 'request-mailbox-found', page.getByRole('button', { name: 'Take it in' }))
    await take.check()
    await page.getByRole('button', { name: 'Take it in' }).click()
    await expect(page.getByText('1 certificate was joined with its key')).toBeVisible()
  })

  await test.step('an archive is an answer, and one with a password says so', async () => {
    const files = [{ name: 'anna.crt', content: utf8Bytes(await issued(await makeRequest(page, false))) }]
    const archive = join(home, '..', 'certificate.zip')
    const locked = join(home, '..', 'locked.zip')
    await writeFile(archive, zipOf([...files, { name: 'root.crt', content: root.certificate.der }]))
    await writeFile(locked, zipOf(files.map((file) => ({ ...file, flags: 1 }))))
    await chooseFile(page, 'Choose files', locked)
    await expect(page.getByText('The ZIP archive is protected by a password.')).toBeVisible()
    await drop(page, 'Choose files', archive)
    await expect(page.getByText('1 certificate of an issuer came along.')).toBeVisible()
    await looks(app, 'request-archive', page.getByRole('button', { name: 'Take it in' }))
    await page.getByRole('button', { name: 'Take it in' }).click()
    await expect(page.getByText('1 certificate was joined with its key')).toBeVisible()
    await rm(archive)
    await rm(locked)
  })
})
