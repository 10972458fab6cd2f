/** The wizard's answers outlast the program: closed before anything was ordered, it goes on where one was, or anew. */

import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures/app.ts'
import { go } from '../fixtures/steps.ts'

const passphrase = 'ein vierter Reiher am Ufer'

async function openWizard(page: Page): Promise<void> {
  await go(page, 'Certificates')
  await page.getByRole('button', { name: 'Get a certificate', exact: true }).click()
}

test('answers given before an order are there after the program was closed', async ({ app, home, openApp, looks }) => {
  let { page } = app
  let running = app
  const reopen = async () => {
    // Nobody closes a window in the instant of the last letter, which is still on its way then.
    await page.waitForTimeout(1_000)
    await running.close()
    running = await openApp(home)
    page = running.page
    await openWizard(page)
  }
  await page.getByRole('button', { name: 'Set up my address' }).click()
  await openWizard(page)

  await test.step('half an address is kept, up to the last letter', async () => {
    await page.getByLabel('Your name').fill('Nora Lindqvist')
    await page.getByLabel('Your mail address').pressSequentially('nora@harb')
    await reopen()
    await expect(page.getByText('These are the answers that you gave before.')).toBeVisible()
    await expect(page.getByLabel('Your name')).toHaveValue('Nora Lindqvist')
    await expect(page.getByLabel('Your mail address')).toHaveValue('nora@harb')
    await looks(running, 'wizard-resumed')
  })

  await test.step('so are the authority, the key and what it is for', async () => {
    await page.getByLabel('Your mail address').fill('nora@harbour.invalid')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('radio', { name: 'HARICA' }).check()
    await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
    await page.getByRole('radio', { name: 'Two: one for signing, one for encryption' }).check()
    await page.getByRole('radio', { name: 'RSA 2048' }).check()
    await reopen()
    await expect(page.getByRole('radio', { name: 'RSA 2048' })).toBeChecked()
    await expect(page.getByRole('radio', { name: 'Two: one for signing, one for encryption' })).toBeChecked()
    await looks(running, 'wizard-resumed-key')
    await page.getByRole('button', { name: 'Back' }).click()
    await expect(page.getByRole('radio', { name: 'HARICA' })).toBeChecked()
    await page.getByRole('button', { name: 'Back' }).click()
    await expect(page.getByLabel('Your mail address')).toHaveValue('nora@harbour.invalid')
  })

  await test.step('whoever begins anew is asked everything again, also after the next start', async () => {
    await page.getByRole('button', { name: 'Begin anew' }).click()
    await expect(page.getByLabel('Your name')).toHaveValue('')
    await expect(page.getByText('These are the answers that you gave before.')).toHaveCount(0)
    await reopen()
    await expect(page.getByLabel('Your name')).toHaveValue('')
  })

  await test.step('once the request is made, nothing is left to go on with', async () => {
    await page.getByLabel('Your name').fill('Nora Lindqvist')
    await page.getByLabel('Your mail address').fill('nora@harbour.invalid')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('radio', { name: 'HARICA' }).check()
    await page.getByRole('button', { name: /^(Next|Go on all the same)$/ }).click()
    await page.getByRole('button', { name: 'Make key and request' }).click()
    const dialog = page.getByRole('dialog', { name: 'Choose a passphrase' })
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await dialog.getByLabel('Passphrase again', { exact: true }).fill(passphrase)
    await dialog.getByRole('button', { name: 'Choose this passphrase' }).click()
    await expect(page.getByRole('heading', { name: 'Your certificate request' })).toBeVisible()
    await reopen()
    await expect(page.getByLabel('Your name')).toHaveValue('')
    await expect(page.getByText('These are the answers that you gave before.')).toHaveCount(0)
  })
})
