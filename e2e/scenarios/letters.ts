/** Writing beyond the first letter: drafts, blind copies, answers, letters that are refused, and no mouse at all. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { expect, test } from '../fixtures/app.ts'
import { becomeAnna, choose, go, sandboxTime } from '../fixtures/steps.ts'

const anna = 'anna@sandbox.example'
const jonas = 'jonas@sandbox.example'

const subject = (page: Page) => page.getByRole('textbox', { name: 'Subject' })
const text = (page: Page) => page.getByRole('textbox', { name: 'Text of the letter' })
const band = (page: Page) => page.getByRole('region', { name: 'What this mail is worth' })
const sent = (page: Page) => page.getByRole('heading', { name: /is on its way/ })

async function address(page: Page, field: string, to: string): Promise<void> {
  const box = page.getByRole('combobox', { name: field, exact: true })
  await box.fill(to)
  await box.press('Enter')
}

test('drafts, blind copies, answers and refusals', async ({ app, page, home, expectAccessible, preferTheme, shot }) => {
  test.setTimeout(240_000)
  await becomeAnna(page, 'ein Reiher steht im Schilf')

  await test.step('what was written is a draft, and not another one while it is on screen', async () => {
    await page.keyboard.press('Control+n')
    await address(page, 'To', anna)
    await subject(page).fill('Angefangen')
    await text(page).fill('Der erste Satz.')
    await expect(page.getByText('Saved as a draft, sealed.')).toBeVisible()
    await expect(page.getByRole('button', { name: /^\d+ drafts?$/ })).toHaveCount(0)
    await text(page).fill('Der erste Satz. Und der letzte.')
    await go(page, 'Home')
    await page.getByRole('button', { name: 'Write', exact: true }).click()
    await page.getByRole('button', { name: '1 draft' }).click()
    await page.getByRole('menuitem', { name: /Angefangen/ }).click()
    await expect(subject(page)).toHaveValue('Angefangen')
    await expect(text(page)).toHaveValue('Der erste Satz. Und der letzte.')
    await expect(page.getByRole('button', { name: /^\d+ drafts?$/ })).toHaveCount(0)
  })

  await test.step('the settings say what an envelope hides', async () => {
    await go(page, 'Settings')
    const names = page.getByRole('radio', { name: "The subject and people's names" })
    await expect(page.getByRole('radio', { name: 'The subject', exact: true })).toBeChecked()
    await expect(page.getByRole('switch', { name: 'Repeat it inside for older programs' })).toBeChecked()
    await names.click()
    await expect(names).toBeChecked()
    await names.scrollIntoViewIfNeeded()
    await expectAccessible(page)
    await shot(page, 'settings-writing')
    await app.resize(900, 600)
    await preferTheme(page, 'dark')
    await names.scrollIntoViewIfNeeded()
    await expectAccessible(page)
    await shot(page, 'settings-writing-small-dark')
    await preferTheme(page, 'light')
    await app.resize(1280, 800)
    await page.getByRole('button', { name: 'Write', exact: true }).click()
    await page.getByRole('button', { name: '1 draft' }).click()
    await page.getByRole('menuitem', { name: /Angefangen/ }).click()
    await expect(subject(page)).toHaveValue('Angefangen')
  })

  await test.step('files come and go, several at once', async () => {
    const files = [
      'Eins.txt',
      'Zwei mit einem sehr langen Namen, der in keine Zeile passt, und noch länger.txt',
      'Drei.txt',
    ]
    const paths = files.map((name) => join(home, '..', name))
    for (const path of paths) await writeFile(path, 'Inhalt')
    await page.locator('input[type=file]').first().setInputFiles(paths)
    await expect(page.getByText('3 files')).toBeVisible()
    await page.getByRole('button', { name: 'Remove Drei.txt' }).click()
    await expect(page.getByText('2 files')).toBeVisible()
    await app.resize(900, 600)
    await expectAccessible(page)
    await expect(page.getByRole('button', { name: 'Send sealed letter' })).toBeInViewport({ ratio: 1 })
    await shot(page, 'write-files-small')
    await app.resize(1280, 800)
    await page.getByRole('button', { name: 'Send sealed letter' }).click()
    await expect(sent(page)).toBeVisible(sandboxTime)
    await page.getByRole('button', { name: 'Write another' }).click()
    await expect(text(page)).toHaveValue('')
    await expect(page.getByRole('button', { name: /^\d+ drafts?$/ })).toHaveCount(0)
  })

  await test.step('an answer quotes, goes to the sender, and stays in the envelope', async () => {
    await go(page, 'Mail')
    await page
      .getByRole('button', { name: /subject inside the envelope/ })
      .first()
      .click()
    await expect(band(page)).toContainText('Your own sealed letter')
    await page.getByRole('button', { name: 'Reply' }).click()
    await expect(subject(page)).toHaveValue('Re: Angefangen')
    await expect(text(page)).toHaveValue(/> Der erste Satz\. Und der letzte\./)
    await expect(page.getByRole('button', { name: `Remove ${anna}` })).toBeVisible()
    await expect(page.getByRole('switch', { name: 'Encrypt' })).toBeChecked()
  })

  await test.step('who cannot open an envelope is named before anything leaves', async () => {
    await address(page, 'To', 'eve@example.org')
    await expect(page.getByRole('heading', { name: "Can't be sealed like this" })).toBeVisible()
    await app.resize(900, 600)
    await preferTheme(page, 'dark')
    await expect(page.getByRole('button', { name: 'Send sealed letter' })).toBeDisabled()
    await expect(page.getByRole('button', { name: 'Send sealed letter' })).toBeInViewport({ ratio: 1 })
    await expect(page.locator('#write-obstacle')).toContainText('eve@example.org')
    await expect(page.locator('#write-obstacle')).toBeInViewport({ ratio: 1 })
    await expectAccessible(page)
    await shot(page, 'write-unsealable-small-dark')
    await preferTheme(page, 'light')
    await app.resize(1280, 800)
    await page.getByRole('button', { name: 'Remove eve@example.org' }).click()
    await expect(page.getByRole('heading', { name: 'Sealed letter', exact: true })).toBeVisible()
  })

  await test.step('an answer keeps what the envelope hid', async () => {
    await page.getByRole('button', { name: 'Send sealed letter' }).click()
    await expect(sent(page)).toBeVisible(sandboxTime)
    await go(page, 'Mail')
    const sealed = page.getByRole('button', { name: /subject inside the envelope/ })
    await expect(sealed).toHaveCount(2)
    await sealed.first().click()
    await expect(page.getByRole('heading', { name: 'Re: Angefangen' })).toBeVisible()
    await page.getByRole('button', { name: 'Show the report' }).click()
    await page.getByRole('button', { name: 'Show the raw source' }).click()
    const source = page.getByRole('region', { name: 'Raw source of this mail' })
    await expect(source).toContainText('Subject: [...]')
    await expect(source).toContainText(`From: ${anna}`)
    await expect(source).not.toContainText('Angefangen')
    await page.getByRole('button', { name: 'Reply' }).click()
    await expect(subject(page)).toHaveValue('Re: Angefangen')
  })

  await test.step('and does not leave without one before that is decided', async () => {
    const warning = page.getByRole('alert').filter({ hasText: 'What you answer came in an envelope' })
    const encrypt = page.getByRole('switch', { name: 'Encrypt' })
    await expect(warning).toBeHidden()
    await encrypt.click()
    await expect(warning).toBeVisible()
    await expect(page.getByRole('button', { name: 'Send signed' })).toBeDisabled()
    await expectAccessible(page)
    await shot(page, 'write-answer-open')
    await app.resize(900, 600)
    await preferTheme(page, 'dark')
    await warning.scrollIntoViewIfNeeded()
    await expect(page.locator('#write-obstacle')).toBeInViewport({ ratio: 1 })
    await expectAccessible(page)
    await shot(page, 'write-answer-open-small-dark')
    await preferTheme(page, 'light')
    await app.resize(1280, 800)
    await warning.getByRole('button', { name: 'Put it in an envelope' }).click()
    await expect(encrypt).toBeChecked()
    await encrypt.click()
    await warning.getByRole('button', { name: 'Send it openly all the same' }).click()
    await expect(page.getByRole('button', { name: 'Send signed' })).toBeEnabled()
    await encrypt.click()
    await encrypt.click()
    await warning.getByRole('button', { name: 'Take subject and quotation out' }).click()
    await expect(subject(page)).toHaveValue('Re: your letter')
    await expect(text(page)).not.toHaveValue(/Der erste Satz/)
    await expect(page.getByRole('button', { name: 'Send signed' })).toBeEnabled()
  })

  await test.step('a blind copy stays blind', async () => {
    await page.getByRole('button', { name: 'Add Cc or Bcc' }).click()
    await address(page, 'Bcc', jonas)
    await subject(page).fill('Für alle sichtbar')
    await page.getByRole('button', { name: 'Send signed' }).click()
    await expect(sent(page)).toBeVisible(sandboxTime)
    for (const account of [anna, jonas]) {
      await go(page, 'Mail')
      await choose(page, 'Account', account)
      await page
        .getByRole('button', { name: /Für alle sichtbar/ })
        .first()
        .click()
      await expect(band(page)).toContainText(anna)
      await page.getByRole('button', { name: 'Show the report' }).click()
      await page.getByRole('button', { name: 'Show the raw source' }).click()
      const source = page.getByRole('region', { name: 'Raw source of this mail' })
      await expect(source).toContainText('Message-ID', { ignoreCase: true })
      // The mailbox names its own owner in the envelope; nobody else's may be there.
      if (account === anna) await expect(source).not.toContainText(jonas)
    }
  })

  await test.step('a refused letter waits, is tried again, and can be thrown away', async () => {
    await page.keyboard.press('Control+n')
    await choose(page, 'From', anna)
    await address(page, 'To', 'niemand@sandbox.example')
    await page.getByRole('button', { name: 'Send without the envelope' }).click()
    await subject(page).fill('Kommt nicht an')
    await page.getByRole('button', { name: 'Send signed' }).click()
    await expect(page.getByRole('heading', { name: 'The letter waits in the outbox' })).toBeVisible(sandboxTime)
    await page.getByRole('button', { name: 'Show held mail' }).click()
    await expect(page.getByText('Kommt nicht an')).toBeVisible()
    await page.getByRole('button', { name: 'Try again' }).click()
    await expect(page.getByRole('alert').filter({ hasText: 'niemand@sandbox.example' }).first()).toBeVisible(
      sandboxTime,
    )
    await expectAccessible(page)
    await shot(page, 'outbox-refused')
    await page.getByRole('button', { name: 'Throw away' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Throw away' }).click()
    await expect(page.getByText('Nothing waits here.')).toBeVisible()
  })

  await test.step('its draft is still there to be changed, until it is thrown away', async () => {
    await page.getByRole('button', { name: 'Write', exact: true }).click()
    await page.getByRole('button', { name: /^\d+ drafts?$/ }).click()
    await page.getByRole('menuitem', { name: /Kommt nicht an/ }).click()
    await expect(subject(page)).toHaveValue('Kommt nicht an')
    await page.getByRole('button', { name: 'Throw the draft away' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Throw the draft away' }).click()
    await expect(subject(page)).toHaveValue('')
    await expect(page.getByRole('dialog')).toBeHidden()
  })
})

test('a letter without a mouse', async ({ app, page, shot }) => {
  test.setTimeout(240_000)
  await becomeAnna(page, 'ein Reiher steht im Schilf')
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const focused = () => page.locator(':focus')

  await test.step('help comes and goes by key', async () => {
    await press('F1')
    await expect(page.getByRole('complementary', { name: 'Help' })).toBeVisible()
    await press('Escape')
    await expect(page.getByRole('complementary', { name: 'Help' })).toBeHidden()
  })

  await test.step('from the first address to sent', async () => {
    await press('Control+n')
    await expect(page.getByRole('combobox', { name: 'To', exact: true })).toBeFocused()
    await page.keyboard.type('anna')
    await expect(page.getByRole('option').first()).toBeVisible()
    await press('ArrowDown', 'Enter')
    await expect(page.getByRole('button', { name: `Remove ${anna}` })).toBeVisible()
    await tabTo(page, subject(page))
    await page.keyboard.type('Nur Tasten')
    await tabTo(page, text(page))
    await page.keyboard.type('Ohne Maus.')
    await expectVisibleFocus(focused())
    await shot(page, 'write-keyboard')
    await press('Control+Enter')
    await expect(sent(page)).toBeVisible(sandboxTime)
  })

  await test.step('search, a mail, and back', async () => {
    await tabTo(page, page.getByRole('button', { name: 'To the mail' }))
    await press('Enter')
    await expect(page.getByRole('heading', { name: 'Mail', exact: true })).toBeVisible()
    await press('Control+f')
    await expect(page.getByRole('searchbox', { name: 'Search this folder' })).toBeFocused()
    await page.keyboard.type('Mara')
    const row = page.getByRole('button', { name: /Mara Lind/ })
    await expect(row).toBeVisible()
    await tabTo(page, row)
    await expectVisibleFocus(focused())
    await press('Enter')
    await expect(band(page)).toBeVisible()
  })

  await test.step('at twice the size nothing is cut off sideways', async () => {
    // 200 % in a window of 1280 by 800.
    await app.resize(900, 600)
    await page.evaluate(() => document.documentElement.style.setProperty('zoom', '1.4'))
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
    await shot(page, 'mail-zoomed')
  })
})

/** Tab as often as it takes, and never in a circle. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let count = 0; count < 60; count += 1) {
    if (await target.and(page.locator(':focus')).count()) return
    await page.keyboard.press('Tab')
  }
  await expect(target).toBeFocused()
}

async function expectVisibleFocus(focused: Locator): Promise<void> {
  const outline = await focused.evaluate((element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    return outlineStyle === 'none' ? 0 : Number.parseFloat(outlineWidth)
  })
  expect(outline, 'the focus is visible').toBeGreaterThanOrEqual(2)
}
