/** The path of a new user with the window in German: no sentence of the English words stands on the pages that it passes. */

import type { Page } from '@playwright/test'
import { allPhrases, phrase } from '../../shared/words/words.ts'
import { expect, test } from '../fixtures/app.ts'
import { choose, go, sandboxTime } from '../fixtures/steps.ts'

const address = 'anna@sandbox.example'
const passphrase = 'ein Reiher steht im Schilf'

const say = (key: string, data: Readonly<Record<string, unknown>> = {}) => phrase('de', key, data)

/** Matches the text itself. */
const literal = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)

const german = allPhrases('de')
/** What nobody should read here: each English sentence that no German one is the same as, a placeholder being anything. */
const english = [...allPhrases('en')]
  .filter(([key, text]) => !key.startsWith('cli.') && ![...german.values()].includes(text))
  // Of a template, only what has words of its own can be told from the data that fills it.
  .filter(([, text]) => /[A-Za-z]{3}/.test(text.replaceAll(/\{\{[^}]*\}\}/g, '')))
  .map(([key, text]) => ({
    key,
    pattern: new RegExp(
      `^${text
        .split(/\{\{[^}]*\}\}/)
        .map(literal)
        .join('.+')}$`,
      's',
    ),
  }))

/** The texts that are shown, and the names of controls. */
async function saidOn(page: Page): Promise<string[]> {
  const said = await page.locator('body').evaluate((body) => {
    const texts: string[] = []
    const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement?.checkVisibility()) texts.push(node.nodeValue ?? '')
    }
    const names = ['aria-label', 'title', 'placeholder', 'alt']
    const named = [...body.querySelectorAll(names.map((name) => `[${name}]`).join(', '))]
    return [...texts, ...named.flatMap((element) => names.map((name) => element.getAttribute(name) ?? ''))]
  })
  return said.map((text) => text.trim()).filter((text) => text !== '')
}

async function expectGerman(page: Page): Promise<void> {
  const said = await saidOn(page)
  const found = said.flatMap((line) => {
    const match = english.find(({ pattern }) => pattern.test(line))
    return match ? [`${match.key}: ${line}`] : []
  })
  expect(found).toEqual([])
  expect(said).toContain(say('frame.certificates'))
}

async function goTo(page: Page, place: string): Promise<void> {
  const places = page.getByRole('navigation', { name: say('frame.places') })
  await places.getByRole('button', { name: say(`frame.${place}`), exact: true }).click()
}

const button = (page: Page, key: string) => page.getByRole('button', { name: say(key), exact: true })

test('in German: a certificate, a sealed letter and reading it', async ({ app, page, looks }) => {
  test.setTimeout(240_000)

  await test.step('the language is chosen in the sandbox’s settings', async () => {
    await page.getByRole('button', { name: phrase('en', 'welcome.sandbox') }).click()
    await expect(page.getByText(phrase('en', 'sandbox.banner'))).toBeVisible()
    await go(page, phrase('en', 'frame.settings'))
    const before = await saidOn(page)
    expect(before.some((line) => english.some(({ pattern }) => pattern.test(line)))).toBe(true)
    await choose(page, phrase('en', 'settings.language'), 'Deutsch')
    await expect(page.getByRole('heading', { name: say('settings.title') })).toBeVisible()
    await expectGerman(page)
  })

  await test.step('Anna gets a certificate', async () => {
    await goTo(page, 'home')
    await expectGerman(page)
    await goTo(page, 'certificates')
    await expectGerman(page)
    await button(page, 'certs.getFirst').click()
    await choose(page, say('enrol.who.play'), `Anna Berger · ${address}`)
    await expectGerman(page)
    await button(page, 'enrol.next').click()
    await expectGerman(page)
    await button(page, 'enrol.next').click()
    await expectGerman(page)
    await button(page, 'enrol.begin').click()
    const dialog = page.getByRole('dialog', { name: say('vault.chooseTitle') })
    await dialog.getByLabel(say('vault.passphrase'), { exact: true }).fill(passphrase)
    await dialog.getByLabel(say('vault.repeat'), { exact: true }).fill(passphrase)
    await expectGerman(page)
    await dialog.getByRole('button', { name: say('vault.choose') }).click()
    await expect(page.getByRole('heading', { name: say('enrol.done.title', { address }) })).toBeVisible(sandboxTime)
    await expectGerman(page)
    await looks(app, 'german-enrol-done')
    await goTo(page, 'certificates')
    await expectGerman(page)
  })

  await test.step('she writes herself a sealed letter', async () => {
    await button(page, 'frame.write').click()
    const to = page.getByRole('combobox', { name: say('write.to'), exact: true })
    await to.fill(address)
    await to.press('Enter')
    await page.getByRole('textbox', { name: say('write.subject') }).fill('Merkzettel')
    await page.getByRole('textbox', { name: say('write.text') }).fill('Der Schlüssel liegt unter dem Stein.')
    await expect(page.getByText(say('write.everyone')).first()).toBeVisible()
    await expectGerman(page)
    await button(page, 'write.send.sealed').click()
    await expect(page.getByRole('heading', { name: say('write.sent.sealed', { to: address }) })).toBeVisible(
      sandboxTime,
    )
    await expectGerman(page)
  })

  await test.step('she reads it, and the report behind it', async () => {
    await goTo(page, 'mail')
    await page
      .getByRole('button', { name: /Anna Berger/ })
      .first()
      .click()
    await expect(page.getByText('Der Schlüssel liegt unter dem Stein.')).toBeVisible()
    await expectGerman(page)
    await button(page, 'verdict.showReport').click()
    await expect(page.getByRole('complementary')).toBeVisible()
    await expectGerman(page)
    await looks(app, 'german-mail-report')
    for (const place of ['contacts', 'transport']) {
      await goTo(page, place)
      await expectGerman(page)
    }
  })
})
