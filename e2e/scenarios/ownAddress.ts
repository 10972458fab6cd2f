/** A person with a certificate of their own in the real profile: import, trust, contacts, files, and servers that say no. */

import { join } from 'node:path'
import { corpus } from '../../build/corpora.ts'
import { expect, test } from '../fixtures/app.ts'
import { chooseFile, go } from '../fixtures/steps.ts'

const people = corpus('rfc9216')
const messages = corpus('rfc9788')
const passphrase = 'noch ein Reiher im Schilf'

test.skip(!people || !messages, 'the people of RFC 9216 and the messages of RFC 9788 are not here (SIEGEL_CORPORA)')

const person = (file: string) => join(people ?? '', file)

test('a certificate from a file, a root to trust, and mails that tell the truth', async ({
  page,
  expectAccessible,
  shot,
}) => {
  const looks = async (name: string) => {
    await expectAccessible(page)
    await shot(page, name)
  }

  await test.step('the address is set up from a file', async () => {
    await page.getByRole('button', { name: 'Set up my address' }).click()
    await go(page, 'Certificates')
    await page.getByRole('button', { name: 'Import from a file' }).click()
    await chooseFile(page, 'Choose a file', person('alice.p12'))
    await page.getByLabel('Password of the file', { exact: true }).fill('falsch')
    await page.getByRole('button', { name: 'Look inside' }).click()
    await expect(page.getByText('That is not the password of this file.')).toBeVisible()
    await looks('import-wrong-password')
    await page.getByLabel('Password of the file', { exact: true }).fill('alice')
    await page.getByRole('button', { name: 'Look inside' }).click()
    await expect(page.getByRole('heading', { name: 'In this file' })).toBeVisible()
    await looks('import-preview')
    await page.getByRole('button', { name: 'Take it in' }).click()
    const dialog = page.getByRole('dialog', { name: 'Choose a passphrase' })
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await dialog.getByLabel('Passphrase again', { exact: true }).fill(passphrase)
    await dialog.getByRole('button', { name: 'Choose this passphrase' }).click()
    await expect(page.getByText(/were taken in/).first()).toBeVisible()
  })

  await test.step('a mail of an issuer that nobody trusts is told as such', async () => {
    await go(page, 'Mail')
    await chooseFile(page, 'Open a mail file', join(messages ?? '', 'smime-one-part-hp.eml'))
    await expect(page.getByRole('region', { name: 'What this mail is worth' })).toContainText(/root/)
    await looks('inspect-unknown-issuer')
  })

  await test.step('the root is trusted once its fingerprint was compared', async () => {
    await go(page, 'Certificates')
    await chooseFile(page, 'Look at a certificate file', person('ca.rsa.crt'))
    await page.getByRole('button', { name: 'Trust this root' }).click()
    const dialog = page.getByRole('dialog', { name: 'Trust a root for mail?' })
    await dialog.getByRole('button', { name: 'Next' }).click()
    await looks('trust-root')
    await dialog.getByRole('checkbox', { name: /I have compared the fingerprint/ }).check()
    await dialog.getByRole('button', { name: 'Next' }).click()
    await dialog.getByRole('button', { name: 'Trust this root' }).click()
    await expect(dialog).toBeHidden()
    await go(page, 'Mail')
    await chooseFile(page, 'Open a mail file', join(messages ?? '', 'smime-one-part-hp.eml'))
    await expect(page.getByRole('region', { name: 'What this mail is worth' })).toContainText('alice@smime.example')
    await expect(page.getByRole('region', { name: 'What this mail is worth' })).toContainText(/unbroken/)
    await looks('inspect-good')
  })

  await test.step('a changed mail is a broken seal before any click', async () => {
    await go(page, 'Mail')
    await chooseFile(page, 'Open a mail file', join(messages ?? '', 'smime-multipart-hp-invalid.eml'))
    await expect(page.getByRole('region', { name: 'What this mail is worth' })).toContainText(/broken/)
    await looks('inspect-broken')
  })

  await test.step('a certificate from a file becomes a contact', async () => {
    await go(page, 'Contacts')
    await chooseFile(page, 'Add from a file', person('bob.encrypt.crt'))
    await page
      .getByRole('button', { name: /bob@smime.example/ })
      .first()
      .click()
    await looks('contact-from-file')
  })

  await test.step('a second certificate stands beside the first, and one is used', async () => {
    await chooseFile(page, 'Add a certificate', person('bob.sign.crt'))
    await expect(page.getByRole('button', { name: 'Show the certificate' })).toHaveCount(2)
    await expect(page.getByText(/^Used for writing/)).toHaveCount(1)
    await expect(page.getByText('There is a new certificate')).toHaveCount(0)
    await looks('contact-two-certificates')
    const signing = page.locator('.card', { hasText: 'it is for signing only' })
    await signing.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await expect(page.getByRole('button', { name: 'Show the certificate' })).toHaveCount(1)
  })

  await test.step('an account whose server is not there says so, with the next step', async () => {
    await go(page, 'Transport')
    await page.getByRole('button', { name: 'Add a mail account' }).first().click()
    await page.getByLabel('Your name').fill('Alice Lovelace')
    await page.getByLabel('Your mail address').fill('alice@smime.example')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByLabel('Password', { exact: true }).fill('geheim')
    for (const group of ['Sending (SMTP)', 'Reading (IMAP)']) {
      const server = page.getByRole('group', { name: group })
      await server.getByLabel('Server').fill('127.0.0.1')
      await server.getByLabel('Port').fill('9')
    }
    await looks('account-form')
    await page.getByRole('button', { name: 'Save the account' }).click()
    await page.getByRole('button', { name: 'Try both servers' }).click()
    await expect(page.getByText(/127\.0\.0\.1.*(nobody|refus|answer)/i).first()).toBeVisible()
    await looks('account-refused')
  })

  await test.step('a letter that could not be handed in waits and is not lost', async () => {
    await page.getByRole('button', { name: 'Write', exact: true }).click()
    const to = page.getByRole('combobox', { name: 'To' })
    await to.fill('bob@smime.example')
    await to.press('Enter')
    await page.getByRole('textbox', { name: 'Subject' }).fill('Wartet')
    await page.getByRole('textbox', { name: 'Text of the letter' }).fill('Noch ist niemand da.')
    await page.getByRole('button', { name: 'Send sealed letter' }).click()
    await expect(page.getByRole('heading', { name: 'The letter waits in the outbox' })).toBeVisible()
    await looks('send-refused')
    await page.getByRole('button', { name: 'Show held mail' }).click()
    await expect(page.getByText('Wartet')).toBeVisible()
    await looks('outbox')
    await page.getByRole('button', { name: 'Throw away' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Throw away' }).click()
    await expect(page.getByText('Nothing waits here.')).toBeVisible()
  })

  await test.step('the trust in a root ends, and with it what it vouched for', async () => {
    await go(page, 'Certificates')
    await page.getByRole('button', { name: /Roots you trust/ }).click()
    await page
      .getByRole('button', { name: /Sample LAMPS RSA/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'End the trust' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End the trust' }).click()
    await expect(page.getByRole('button', { name: /Sample LAMPS RSA/ })).toHaveCount(0)
    await go(page, 'Mail')
    await chooseFile(page, 'Open a mail file', join(messages ?? '', 'smime-one-part-hp.eml'))
    await expect(page.getByRole('region', { name: 'What this mail is worth' })).toContainText(
      'nobody you trust vouches',
    )
    await looks('inspect-trust-ended')
  })
})
