/** The wizard without a mouse: the focus is never lost, each step begins at its heading, and going back keeps every answer. */

import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { corpus } from '../../build/corpora.ts'
import { expect, test } from '../fixtures/app.ts'
import { sandboxTime } from '../fixtures/steps.ts'

const passphrase = 'noch ein Reiher im Rohr'
const people = corpus('rfc9216')

/** Where the keyboard is, as a screen reader would name it. */
function focused(page: Page) {
  return page.locator(':focus')
}

/** Goes there by the Tab key alone, as somebody does who sees where they are. */
async function tabTo(page: Page, name: string | RegExp, role: 'button' | 'radio' | 'textbox' | 'checkbox' = 'button') {
  const wanted = page.getByRole(role, { name, ...(typeof name === 'string' ? { exact: true } : {}) }).first()
  await expect(wanted).toBeVisible()
  for (let step = 0; step < 80; step++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the Tab key never comes to ${name}`)
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  await tabTo(page, name)
  await page.keyboard.press('Enter')
}

async function choosePassphrase(page: Page): Promise<void> {
  await expect(page.getByRole('dialog', { name: 'Choose a passphrase' })).toBeVisible()
  await tabTo(page, 'Passphrase', 'textbox')
  await page.keyboard.type(passphrase)
  await tabTo(page, 'Passphrase again', 'textbox')
  await page.keyboard.type(passphrase)
  await press(page, 'Choose this passphrase')
}

test('a request is made, given up and kept without a mouse', async ({ page, expectAccessible }) => {
  await press(page, 'Set up my address')
  await expect(page.getByRole('heading', { name: 'Who are you?' })).toBeVisible()
  await expect(focused(page)).toHaveText('Get a certificate')

  await test.step('what is lacking is said at the field, and the focus is there', async () => {
    await press(page, 'Next')
    await expect(focused(page)).toHaveAccessibleName('Your name')
    await expect(page.getByText('Enter your name.')).toBeVisible()
    // The colour of every focus; red alone would say no more than the mistake.
    await expect(focused(page)).toHaveCSS('box-shadow', /^rgb\(31, 95, 191\)/)
    await page.keyboard.type('Nora Lindqvist')
    await page.keyboard.press('Tab')
    await page.keyboard.type('nora')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Enter your mail address, such as anna@example.org.')).toBeVisible()
    await expectAccessible(page)
    await page.keyboard.type('@harbour.invalid')
    await page.keyboard.press('Enter')
    await expect(focused(page)).toHaveText('Where does the certificate come from?')
  })

  await test.step('none is chosen beforehand, and a choice survives going back', async () => {
    await expect(page.getByRole('radio', { checked: true })).toHaveCount(0)
    await press(page, 'Next')
    await expect(page.getByText('Choose one of these.')).toBeVisible()
    await expectAccessible(page)
    await press(page, /^Add an authority of your own/)
    const dialog = page.getByRole('dialog', { name: 'Add an authority' })
    await expect(dialog).toBeVisible()
    await press(page, 'Add it')
    await expect(dialog.getByText('Enter the whole address. It begins with https://')).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
    await expect(focused(page)).toHaveText(/^Add an authority of your own/)
    await page.getByRole('radio', { name: 'HARICA' }).focus()
    await page.keyboard.press('Space')
    await press(page, 'Back')
    await expect(focused(page)).toHaveText('Who are you?')
    await press(page, 'Next')
    await expect(page.getByRole('radio', { name: 'HARICA' })).toBeChecked()
    await press(page, /^(Next|Go on all the same)$/)
  })

  await test.step('so do the kind of key and the number of certificates', async () => {
    await expect(focused(page)).toHaveText('Which kind of key?')
    await page.getByRole('radio', { name: 'Two: one for signing, one for encryption' }).focus()
    await page.keyboard.press('Space')
    await page.getByRole('radio', { name: 'P-256' }).focus()
    await page.keyboard.press('Space')
    await press(page, 'Back')
    await press(page, /^(Next|Go on all the same)$/)
    await expect(page.getByRole('radio', { name: 'P-256' })).toBeChecked()
    await expect(page.getByRole('radio', { name: 'Two: one for signing, one for encryption' })).toBeChecked()
  })

  await test.step('the request page has the focus, and gets it back from a dialog', async () => {
    await press(page, 'Make key and request')
    await choosePassphrase(page)
    await expect(page.getByRole('heading', { name: 'Your two certificate requests' })).toBeVisible(sandboxTime)
    await expect(focused(page)).toHaveText('Your two certificate requests')
    await press(page, 'Give up this request: For signing')
    await expect(page.getByRole('dialog', { name: 'Give up this request?' })).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(focused(page)).toHaveAccessibleName('Give up this request: For signing')
    await page.keyboard.press('Enter')
    await press(page, 'Give it up')
    // The button went away with what it was for.
    await expect(page.getByText('Given up; its key is kept')).toBeVisible()
    await expect(focused(page)).toHaveText('For signing')
  })

  await test.step('home says that the other one waits, and nothing of a missing certificate', async () => {
    await press(page, 'Home')
    await expect(page.getByText('The request for nora@harbour.invalid waits for its answer')).toBeVisible()
    await expect(page.getByText('You have no certificate yet')).toHaveCount(0)
    await press(page, 'Show the request: nora@harbour.invalid')
    await expect(focused(page)).toHaveText('Your two certificate requests')
  })
})

test('a file is taken in without a mouse', async ({ page }) => {
  test.skip(!people, 'the people of RFC 9216 are not here (SIEGEL_CORPORA)')
  await press(page, 'Set up my address')
  await press(page, 'Certificates')
  await press(page, 'Import from a file')
  await expect(focused(page)).toHaveText('Bring a certificate with its key')
  // Asked for well before: a key is quicker than the wish to be told.
  const chooser = page.waitForEvent('filechooser')
  await tabTo(page, 'Choose a file')
  await page.keyboard.press('Enter')
  await (await chooser).setFiles(join(people ?? '', 'alice.p12'))
  await expect(focused(page)).toHaveAccessibleName('Password of the file')
  await page.keyboard.type('falsch')
  await page.keyboard.press('Enter')
  await expect(page.getByText('That is not the password of this file.')).toBeVisible()
  await expect(focused(page)).toHaveAccessibleName('Password of the file')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('alice')
  await page.keyboard.press('Enter')
  await expect(focused(page)).toHaveText('In this file')
  await press(page, 'Take it in')
  await choosePassphrase(page)
  await expect(page.getByText(/were taken in/)).toBeVisible()
  await expect(focused(page)).toHaveText('Bring a certificate with its key')
  await press(page, 'Show the certificate')
  await expect(focused(page)).toHaveText(/Alice|Certificates/)
})

test('an order runs and ends without a mouse', async ({ page, expectAccessible }) => {
  await press(page, 'Try it in the sandbox')
  await expect(page.getByText('You are in the sandbox.')).toBeVisible(sandboxTime)
  await expect(focused(page)).toHaveText(/^(Home|Get a certificate)$/)
  await press(page, 'Certificates')
  await press(page, 'Get my first certificate')
  await expect(focused(page)).toHaveText('Get a certificate')
  // The people come from the sandbox in their own time.
  const anna = page.getByRole('option', { name: /^Anna Berger/ })
  await expect(async () => {
    const list = page.getByRole('combobox', { name: 'Play as' })
    await list.focus()
    // It may be open already from the attempt before, with somebody else's name in it.
    if (!(await anna.isVisible())) await page.keyboard.press('ArrowDown')
    await expect(anna).toBeVisible({ timeout: 1_000 })
    for (let step = 0; step < 2 && !(await isMarked(anna)); step++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('textbox', { name: 'Your mail address' })).toHaveValue('anna@sandbox.example', {
      timeout: 1_000,
    })
  }).toPass(sandboxTime)
  await press(page, 'Next')
  await expect(page.getByRole('radio', { name: "The sandbox's certificate authority" })).toBeChecked()
  await press(page, 'Next')

  await test.step('doing the mails oneself survives going back, and the order can be given up', async () => {
    const byHand = page.getByRole('checkbox', { name: "I do the authority's mails myself" })
    await tabTo(page, "I do the authority's mails myself", 'checkbox')
    await page.keyboard.press('Space')
    await press(page, 'Back')
    await press(page, 'Next')
    await expect(byHand).toBeChecked()
    await press(page, 'Get the certificate')
    await choosePassphrase(page)
    await expect(page.getByRole('heading', { name: "Bring the authority's mail" })).toBeVisible(sandboxTime)
    await expect(focused(page)).toHaveText('Getting the certificate for anna@sandbox.example')
    await press(page, 'Give up this request')
    await expect(page.getByRole('dialog', { name: 'Give up this request?' })).toContainText('Its key is kept.')
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await expect(focused(page)).toHaveAccessibleName('Give up this request')
    await page.keyboard.press('Enter')
    await press(page, 'Give it up')
    // The answers are still there for another try.
    await expect(page.getByRole('heading', { name: 'Who are you?' })).toBeVisible()
    await expect(focused(page)).toHaveText('Get a certificate')
    await expect(page.getByRole('textbox', { name: 'Your mail address' })).toHaveValue('anna@sandbox.example')
    await press(page, 'Next')
    await expect(page.getByRole('radio', { name: "The sandbox's certificate authority" })).toBeChecked()
    await press(page, 'Next')
    await expect(page.getByRole('heading', { name: 'Which kind of key?' })).toBeVisible()
  })

  await test.step('the steps are told, and the end has the focus', async () => {
    await tabTo(page, "I do the authority's mails myself", 'checkbox')
    await page.keyboard.press('Space')
    await press(page, 'Get the certificate')
    await expect(page.getByRole('status').filter({ hasText: /^Now: / })).toHaveCount(1)
    await expect(focused(page)).toHaveText('anna@sandbox.example now has a seal', sandboxTime)
  })

  await test.step('a dialog gives the focus back to what opened it', async () => {
    await press(page, 'Show the certificate')
    for (const opener of ['Save for another program', 'Revoke', 'Renew now']) {
      await press(page, opener)
      await expect(page.getByRole('dialog')).toBeVisible()
      await page.keyboard.press('Escape')
      await expect(page.getByRole('dialog')).toBeHidden()
      await expect(focused(page)).toHaveText(opener)
    }
  })

  await test.step('what was busy in a dialog has the focus again', async () => {
    await press(page, 'Revoke')
    await expect(page.getByRole('dialog')).toBeVisible()
    await tabTo(page, 'Your passphrase', 'textbox')
    await page.keyboard.type('ganz gewiss eine andere')
    await press(page, 'Revoke it for good')
    await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible()
    await expect(focused(page)).toHaveText('Revoke it for good')
  })
})

/** Whether Enter would choose it. */
function isMarked(option: Locator): Promise<boolean> {
  return option.evaluate((element) => element.hasAttribute('data-combobox-selected'))
}
