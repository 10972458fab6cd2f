/** The window opens in both hosts, is connected to its services, and nothing on it is in anybody's way. */

import { expect, test } from '../fixtures/app.ts'

test('the window opens on a new profile and can be used', async ({ page, expectAccessible, shot }) => {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  await expect(page).toHaveTitle('Siegel')
  await expect(page.getByRole('button').first()).toBeEnabled()
  await expectAccessible(page)
  await shot(page, 'first-run')
  expect(problems).toEqual([])
})

test('the page gets larger and smaller, lighter and darker', async ({
  app,
  page,
  preferTheme,
  expectAccessible,
  shot,
}) => {
  await expect(page.getByRole('button').first()).toBeEnabled()
  await app.resize(900, 600)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  await preferTheme(page, 'dark')
  await expectAccessible(page)
  await shot(page, 'first-run-small-dark')
})
