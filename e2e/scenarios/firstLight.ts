/** The whole path as a new user goes it, in the sandbox: from no certificate to a sealed letter that was read. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures/app.ts'
import { choose, chooseFile, go, sandboxTime } from '../fixtures/steps.ts'

const passphrase = 'ein Reiher steht im Schilf'
async function getCertificate(page: Page, person: string, keyType: RegExp): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Get a certificate' })).toBeVisible()
  await choose(page, 'Play as', person)
  await page.getByRole('button', { name: 'Next' }).click()
  await expect(page.getByRole('radio', { name: /The sandbox's certificate authority/ })).toBeChecked()
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('radio', { name: keyType }).check()
}

test('from an empty profile to a sealed letter that was read', async ({ app, page, home, looks }) => {
  test.setTimeout(300_000)

  await test.step('the first run says what this is and leads into the sandbox', async () => {
    await expect(page.getByRole('heading', { name: 'Siegel turns your mail into sealed letters' })).toBeVisible()
    await looks(app, 'welcome')
    await page.getByRole('button', { name: 'Try it in the sandbox' }).click()
    await expect(page.getByText('You are in the sandbox.')).toBeVisible()
  })

  await test.step('Anna gets a certificate', async () => {
    if (!(await page.getByRole('heading', { name: 'Get a certificate' }).isVisible())) {
      await go(page, 'Certificates')
      await page.getByRole('button', { name: 'Get my first certificate' }).click()
    }
    await getCertificate(page, 'Anna Berger · anna@sandbox.example', /P-256/)
    await looks(app, 'enrol-key')
    await page.getByRole('button', { name: 'Get the certificate' }).click()
    const dialog = page.getByRole('dialog', { name: 'Choose a passphrase' })
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await dialog.getByLabel('Passphrase again', { exact: true }).fill(passphrase)
    await looks(app, 'passphrase')
    await dialog.getByRole('button', { name: 'Choose this passphrase' }).click()
    await expect(page.getByRole('heading', { name: 'anna@sandbox.example now has a seal' })).toBeVisible(sandboxTime)
    await looks(app, 'enrol-done')
  })

  await test.step('she is led to the backup, which asks on until it was rehearsed', async () => {
    await page.getByRole('button', { name: 'Make a backup' }).click()
    const make = page.getByRole('region', { name: 'Make a backup' })
    await make.getByLabel('Your passphrase', { exact: true }).fill(passphrase)
    await make.getByLabel('Passphrase of the backup', { exact: true }).fill('ein anderes Wort im Schilf')
    await make.getByLabel('Passphrase of the backup again', { exact: true }).fill('ein anderes Wort im Schilf')
    await looks(app, 'backup')
    const saved = join(home, '..', 'saved')
    await app.save(saved, () => make.getByRole('button', { name: 'Save the backup' }).click())
    await expect(page.getByText('The backup was never tried')).toBeVisible()
    await chooseFile(page, 'Choose the backup file', saved)
    const rehearse = page.getByRole('region', { name: 'Rehearse it' })
    await rehearse.getByLabel('Passphrase of the backup', { exact: true }).fill('ein anderes Wort im Schilf')
    await rehearse.getByRole('button', { name: 'Rehearse', exact: true }).click()
    await expect(page.getByText('Backed up and rehearsed')).toBeVisible()
    await page.getByRole('button', { name: 'Back', exact: true }).click()
    await expect(page.getByRole('heading', { name: 'anna@sandbox.example now has a seal' })).toBeVisible()
    await expect(page.getByText('Backed up and rehearsed')).toBeVisible()
  })

  await test.step('Jonas gets one, too', async () => {
    await go(page, 'Certificates')
    await page.getByRole('button', { name: 'Get a certificate' }).click()
    await getCertificate(page, 'Jonas Keller · jonas@sandbox.example', /RSA/)
    await page.getByRole('button', { name: 'Get the certificate' }).click()
    await expect(page.getByRole('heading', { name: 'jonas@sandbox.example now has a seal' })).toBeVisible(sandboxTime)
    await go(page, 'Certificates')
    await page
      .getByRole('button', { name: /Anna Berger/ })
      .first()
      .click()
    await looks(app, 'certificate-short')
    await page.getByText('Every field').click()
    await expect(page.getByRole('button', { name: /SHA-256 fingerprint/ }).first()).toBeVisible()
    await looks(app, 'certificate')
  })

  await test.step('a signed mail brings its signer into the contacts', async () => {
    await go(page, 'Mail')
    await page
      .getByRole('button', { name: /Mara Lind/ })
      .first()
      .click()
    await expect(page.getByRole('region', { name: 'What this mail is worth' })).toContainText('mara@sandbox.example')
    await looks(app, 'mail-signed')
    await page.getByRole('button', { name: 'Show the report' }).click()
    await expect(page.getByRole('complementary', { name: 'Report' })).toBeVisible()
    await looks(app, 'mail-report')
    await page.getByRole('button', { name: 'Add the signer to my contacts' }).click()
    await go(page, 'Contacts')
    await page.getByRole('searchbox', { name: 'Search contacts' }).fill('lind')
    await page
      .getByRole('button', { name: /Mara Lind/ })
      .first()
      .click()
    await looks(app, 'contact')
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(page.getByRole('button', { name: /Mara Lind/ }).first()).toBeVisible()
  })

  await test.step('Anna writes Jonas a sealed letter', async () => {
    await page.getByRole('button', { name: 'Write', exact: true }).click()
    await choose(page, 'From', 'anna@sandbox.example')
    const to = page.getByRole('combobox', { name: 'To' })
    await to.fill('eve@example.org')
    await to.press('Enter')
    await expect(page.getByText(/No certificate for eve@example.org/).first()).toBeVisible()
    await looks(app, 'write-postcard')
    await page.getByRole('button', { name: 'Remove eve@example.org' }).click()
    await to.fill('jona')
    await page
      .getByRole('option', { name: /jonas@sandbox.example/ })
      .first()
      .click()
    await page.getByRole('textbox', { name: 'Subject' }).fill('Das Angebot, nur für Sie')
    await page
      .getByRole('textbox', { name: 'Text of the letter' })
      .fill('Lieber Jonas,\n\n4711 Stück wie besprochen.\n\nAnna')
    const file = join(home, '..', 'Angebot.txt')
    await writeFile(file, 'Preis: 12 Euro\n'.repeat(5000))
    await page.locator('input[type=file]').first().setInputFiles(file)
    await expect(page.getByText('Angebot.txt').first()).toBeVisible()
    await expect(page.getByText('Everyone can read a sealed letter.').first()).toBeVisible()
    await looks(app, 'write-sealed')
    await page.getByRole('button', { name: 'Send sealed letter' }).click()
    await expect(page.getByRole('heading', { name: /Your sealed letter .* is on its way/ })).toBeVisible(sandboxTime)
    await expect(page.getByText(/Handed to .* over TLS 1\.[23], forward secret, name matched/).first()).toBeVisible()
    await looks(app, 'sent')
  })

  await test.step('Jonas reads it and sees what it is worth', async () => {
    await go(page, 'Mail')
    await choose(page, 'Account', 'jonas@sandbox.example')
    await page
      .getByRole('button', { name: /anna@sandbox.example|Anna Berger/ })
      .first()
      .click()
    const band = page.getByRole('region', { name: 'What this mail is worth' })
    await expect(band).toContainText('anna@sandbox.example')
    await expect(page.getByRole('heading', { name: 'Das Angebot, nur für Sie' }).first()).toBeVisible()
    await expect(page.getByText('4711 Stück wie besprochen.')).toBeVisible()
    await looks(app, 'mail-sealed')
    const suggested = await app.save(join(home, '..', 'saved'), () =>
      page.getByRole('button', { name: 'Save Angebot.txt' }).click(),
    )
    expect(suggested).toBe('Angebot.txt')
  })

  await test.step('locking takes the letter away, and only the passphrase brings it back', async () => {
    await page.keyboard.press('Control+l')
    await expect(page.getByText('4711 Stück wie besprochen.')).toBeHidden()
    await page.getByRole('button', { name: 'Locked: unlock' }).click()
    const dialog = page.getByRole('dialog', { name: 'Unlock Siegel' })
    await dialog.getByLabel('Passphrase', { exact: true }).fill('falsch')
    await dialog.getByRole('button', { name: 'Unlock', exact: true }).click()
    await expect(dialog.getByRole('alert')).toContainText('not the passphrase')
    await looks(app, 'unlock')
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await dialog.getByRole('button', { name: 'Unlock', exact: true }).click()
    await expect(dialog).toBeHidden()
    await expect(page.getByRole('button', { name: 'Unlocked: lock' })).toBeVisible()
  })

  await test.step('every place is there in German, too', async () => {
    await go(page, 'Home')
    await looks(app, 'home')
    await go(page, 'Transport')
    await looks(app, 'transport')
    await go(page, 'Settings')
    await looks(app, 'settings')
    await choose(page, 'Language', 'Deutsch')
    await expect(page.getByRole('heading', { name: 'Einstellungen' })).toBeVisible()
    await looks(app, 'settings-german')
  })

  await test.step('leaving the sandbox leads back to an empty real profile', async () => {
    await page.getByRole('button', { name: 'Sandkasten verlassen' }).click()
    await expect(page.getByText('Sie sind im Sandkasten.')).toBeHidden()
  })
})
