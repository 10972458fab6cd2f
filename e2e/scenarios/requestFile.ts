/** A certificate by request file: an authority is chosen, the request handed in, and its answer brought after a restart. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { answerToRequest, validNow } from '../../electron/acquisition/testIssuing.ts'
import { writePem } from '../../electron/asn1/pem.ts'
import { testAuthority } from '../../electron/certificates/testPki.ts'
import { expect, test } from '../fixtures/app.ts'
import { go } from '../fixtures/steps.ts'

const passphrase = 'ein dritter Reiher am Ufer'

async function bring(page: Page, files: readonly string[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose files' }).click()
  await (await chooser).setFiles([...files])
}

test('from the catalogue to a certificate, with a restart in between', async ({ app, page, home, openApp, looks }) => {
  const folder = await mkdtemp(join(tmpdir(), 'siegel-answer-'))
  const root = await testAuthority('Harbour Root', {}, validNow)
  const middle = await testAuthority('Harbour Issuing CA', { issuer: root }, validNow)
  let running = app
  let text = ''

  await test.step('an authority is chosen with what is known of it', async () => {
    await page.getByRole('button', { name: 'Set up my address' }).click()
    await go(page, 'Certificates')
    await page.getByRole('button', { name: 'Get a certificate', exact: true }).click()
    await page.getByLabel('Your name').fill('Nora Lindqvist')
    await page.getByLabel('Your mail address').fill('nora@harbour.invalid')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('radio', { name: 'Actalis' }).check()
    await expect(page.getByRole('region', { name: 'What is known of Actalis' })).toContainText('unverified')
    // The name exists nowhere, or nobody answers: either is said, and neither stops anybody.
    await expect(page.getByText(/lets Actalis issue/).first()).toBeVisible({ timeout: 60_000 })
    await looks(running, 'catalogue')
    await page.getByRole('button', { name: 'Next' }).click()
    await expect(page.getByText('The page shows a password, once.')).toBeVisible()
    await looks(running, 'ca-makes-key')
    await page.getByRole('button', { name: 'Back' }).click()
  })

  await test.step('the company’s own is added and chosen', async () => {
    await page.getByRole('button', { name: 'Add an authority of your own …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add an authority' })
    await dialog.getByLabel('Name').fill('Harbour CA')
    await dialog.getByRole('radio', { name: 'For a request that you hand in' }).check()
    await dialog.getByLabel('Address').fill('https://ca.harbour.invalid/request')
    await looks(running, 'catalogue-add')
    await dialog.getByRole('button', { name: 'Add it' }).click()
    await expect(page.getByRole('radio', { name: 'Harbour CA' })).toBeChecked()
    await expect(page.getByRole('link', { name: 'Order at ca.harbour.invalid' })).toBeVisible()
    await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
  })

  await test.step('key and request are made', async () => {
    await page.getByRole('radio', { name: 'RSA 2048' }).check()
    await looks(running, 'request-key')
    await page.getByRole('button', { name: 'Make key and request' }).click()
    const dialog = page.getByRole('dialog', { name: 'Choose a passphrase' })
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await dialog.getByLabel('Passphrase again', { exact: true }).fill(passphrase)
    await dialog.getByRole('button', { name: 'Choose this passphrase' }).click()
    await expect(page.getByRole('heading', { name: 'Your certificate request' })).toBeVisible()
    await page.getByText('The request as text').click()
    text = await page.getByRole('textbox', { name: 'Text of the request' }).inputValue()
    expect(text).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----/)
    await looks(running, 'request')
  })

  await app.close()
  const later = await openApp(home)
  const { page: next } = later
  running = later

  await test.step('after a restart it waits among the certificates', async () => {
    await go(next, 'Certificates')
    await expect(next.getByText('Waits for Harbour CA')).toBeVisible()
    await looks(running, 'request-waiting')
    await next.getByRole('button', { name: 'Open: nora@harbour.invalid' }).click()
  })

  await test.step('what isn’t the answer is said to be none', async () => {
    const stranger = await testAuthority('Somebody', { issuer: root }, { ...validNow, emails: ['eve@x.invalid'] })
    const other = join(folder, 'other-address.pem')
    await writeFile(
      other,
      writePem('CERTIFICATE', await answerToRequest(text, middle, { emails: ['n.lindqvist@harbour.invalid'] })),
    )
    const letter = join(folder, 'letter.eml')
    await writeFile(letter, 'From: ca@harbour.invalid\nSubject: Soon\n\nWe are still checking.\n')
    const issuer = join(folder, 'somebody.cer')
    await writeFile(issuer, stranger.certificate.der)
    await bring(next, [letter, other, issuer])
    await expect(next.getByText('letter.eml brought nothing')).toBeVisible()
    await expect(next.getByText(/It is for n.lindqvist@harbour.invalid, and you asked for/)).toBeVisible()
    await expect(next.getByRole('checkbox', { name: 'Take Nora Lindqvist in' })).not.toBeChecked()
    await looks(running, 'answer-other-address')
  })

  await test.step('the mail of the authority is joined with the key', async () => {
    const certificate = await answerToRequest(text, middle)
    const mail = join(folder, 'answer.eml')
    const body = `Dear Nora,\r\n\r\n${writePem('CERTIFICATE', certificate).replaceAll('\n', '\r\n')}\r\n`
    await writeFile(mail, `From: ca@harbour.invalid\r\nSubject: Your certificate\r\n\r\n${body}`)
    const chain = join(folder, 'chain.pem')
    await writeFile(chain, [root, middle].map((one) => writePem('CERTIFICATE', one.certificate.der)).join(''))
    await bring(next, [chain, mail])
    await expect(next.getByText('2 certificates of issuers came along.')).toBeVisible()
    await expect(next.getByRole('checkbox', { name: 'Take Nora Lindqvist in' })).toBeChecked()
    await looks(running, 'answer')
    await next.getByRole('button', { name: 'Take it in' }).click()
    await expect(next.getByText('1 certificate was joined with its key')).toBeVisible()
    await next.getByRole('button', { name: 'Show the certificate' }).first().click()
    await expect(next.getByText('nora@harbour.invalid').first()).toBeVisible()
    await looks(running, 'answer-taken')
    await expect(next.getByText('Waits for Harbour CA')).toHaveCount(0)
  })
  await rm(folder, { recursive: true, force: true })
})

test('one certificate to sign and one to encrypt, from two requests', async ({ app, page, looks }) => {
  const folder = await mkdtemp(join(tmpdir(), 'siegel-answer-'))
  const issuer = await testAuthority('Harbour Issuing CA', {}, validNow)
  const uses = [
    { use: 'For signing', keyUsage: ['digitalSignature'] },
    { use: 'For encryption', keyUsage: ['keyEncipherment'] },
  ] as const

  await test.step('two keys and two requests are made', async () => {
    await page.getByRole('button', { name: 'Set up my address' }).click()
    await go(page, 'Certificates')
    await page.getByRole('button', { name: 'Get a certificate', exact: true }).click()
    await page.getByLabel('Your name').fill('Nora Lindqvist')
    await page.getByLabel('Your mail address').fill('nora@harbour.invalid')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('radio', { name: 'HARICA' }).check()
    await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
    await page.getByRole('radio', { name: 'RSA 2048' }).check()
    await page.getByRole('radio', { name: 'Two: one for signing, one for encryption' }).check()
    await page.getByRole('button', { name: 'Make key and request' }).click()
    const dialog = page.getByRole('dialog', { name: 'Choose a passphrase' })
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await dialog.getByLabel('Passphrase again', { exact: true }).fill(passphrase)
    await dialog.getByRole('button', { name: 'Choose this passphrase' }).click()
    await expect(page.getByRole('heading', { name: 'Your two certificate requests' })).toBeVisible()
    await looks(app, 'request-pair')
  })

  await test.step('each answer finds its own key', async () => {
    const files: string[] = []
    for (const { use, keyUsage } of uses) {
      const card = page.getByRole('article', { name: use })
      await card.getByText('The request as text').click()
      const request = await card.getByRole('textbox', { name: 'Text of the request' }).inputValue()
      const file = join(folder, `${use}.pem`)
      await writeFile(file, writePem('CERTIFICATE', await answerToRequest(request, issuer, { keyUsage })))
      files.push(file)
    }
    await bring(page, files)
    // What was asked for is no concern.
    await expect(page.getByRole('checkbox', { name: 'Take Nora Lindqvist in' })).toHaveCount(2)
    await expect(page.getByText(/can't sign letters|can't seal letters for it/)).toHaveCount(0)
    await looks(app, 'answer-pair')
    await page.getByRole('button', { name: 'Take 2 in' }).click()
    await expect(page.getByText('2 certificates were joined with their keys')).toBeVisible()
    await go(page, 'Certificates')
    await expect(page.getByRole('button', { name: /Nora Lindqvist/ })).toHaveCount(2)
    // The one that signs is the one that letters carry.
    await expect(
      page.getByRole('button', { name: /Nora Lindqvist/ }).filter({ hasText: 'used for your letters' }),
    ).toHaveCount(1)
  })
  await rm(folder, { recursive: true, force: true })
})
