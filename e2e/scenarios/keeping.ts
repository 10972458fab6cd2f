/** Keeping: a backup is made, rehearsed and taken to another computer by its paper key; and a CA for the family. */

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures/app.ts'
import { chooseFile, go } from '../fixtures/steps.ts'

const passphrase = 'noch ein Reiher im Schilf'
const backupPassphrase = 'der Kranich bleibt im Moor'

async function choosePassphrase(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Choose a passphrase' })
  await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await dialog.getByLabel('Passphrase again', { exact: true }).fill(passphrase)
  await dialog.getByRole('button', { name: 'Choose this passphrase' }).click()
}

/** Both sizes and both themes of a page that is finished. */
async function pictures(
  page: Page,
  { resize }: { resize(width: number, height: number): Promise<void> },
  take: (page: Page, name: string) => Promise<void>,
  preferTheme: (page: Page, theme: 'light' | 'dark') => Promise<void>,
  name: string,
): Promise<void> {
  await take(page, name)
  await preferTheme(page, 'dark')
  await resize(900, 600)
  await take(page, `${name}-small-dark`)
  await preferTheme(page, 'light')
  await resize(1280, 800)
}

test('a family’s CA, a backup that is rehearsed, and another computer', async ({
  page,
  app,
  home,
  openApp,
  expectAccessible,
  shot,
  preferTheme,
}) => {
  const looks = async (where: Page, name: string) => {
    await expectAccessible(where)
    await shot(where, name)
  }
  const folder = dirname(home)
  const file = (name: string) => join(folder, name)

  await test.step('a CA is made, limited to one domain', async () => {
    await page.getByRole('button', { name: 'Set up my address' }).click()
    await go(page, 'Certificates')
    await page.getByRole('button', { name: /Your own CA/ }).click()
    await looks(page, 'authority-create')
    await page.getByLabel('Its name').fill('Family Berger CA')
    await page.getByLabel('For these addresses and domains only').fill('berger.example')
    await page.getByRole('button', { name: 'Make the CA' }).click()
    await choosePassphrase(page)
    await expect(page.getByRole('heading', { name: 'Family Berger CA' })).toBeVisible()
    await expect(page.getByText("You don't trust its root yet")).toBeVisible()
  })

  await test.step('a certificate for oneself, and one for somebody’s request', async () => {
    const mine = page.getByRole('region', { name: 'For myself' })
    await mine.getByLabel('Your name').fill('Anna Berger')
    await mine.getByLabel('Your mail address').fill('anna@elsewhere.example')
    await mine.getByRole('button', { name: 'Issue it for me' }).click()
    await expect(mine.getByText(/lies outside of what this CA may vouch for/)).toBeVisible()
    await mine.getByLabel('Your mail address').fill('anna@berger.example')
    await mine.getByRole('button', { name: 'Issue it for me' }).click()
    await expect(mine.getByText('Anna Berger has a certificate')).toBeVisible()

    await promisify(execFile)('openssl', [
      ...['req', '-new', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/CN=Oma Berger'],
      ...['-keyout', file('oma.key'), '-out', file('oma.csr'), '-addext', 'subjectAltName=email:oma@berger.example'],
    ])
    await chooseFile(page, 'Choose a request', file('oma.csr'))
    const others = page.getByRole('region', { name: 'For somebody else' })
    await expect(others.getByText('oma@berger.example').first()).toBeVisible()
    await expect(others.getByRole('button', { name: 'Issue the certificate' })).toBeDisabled()
    await others.getByRole('checkbox', { name: /I know that oma@berger.example belongs/ }).check()
    await pictures(page, app, looks, preferTheme, 'authority-request')
    await others.getByRole('button', { name: 'Issue the certificate' }).click()
    await expect(others.getByText('The certificate for Oma Berger is issued')).toBeVisible()
    const suggested = await app.save(file('oma.p7b'), () =>
      others.getByRole('button', { name: 'Save the certificate' }).click(),
    )
    expect(suggested).toBe('Oma Berger.p7b')
    expect((await readFile(file('oma.p7b'))).length).toBeGreaterThan(500)
  })

  await test.step('one is revoked, and the list says so', async () => {
    const issued = page.getByRole('region', { name: 'Issued certificates' })
    await issued.getByRole('button', { name: 'Revoke: Oma Berger' }).click()
    const dialog = page.getByRole('dialog', { name: 'Revoke this certificate?' })
    await dialog.getByLabel('Your passphrase', { exact: true }).fill(passphrase)
    await looks(page, 'authority-revoke')
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await expect(issued.getByText(/revoked .*: somebody else may have its key/)).toBeVisible()
    await app.save(file('berger.crl'), () => issued.getByRole('button', { name: 'Write a revocation list' }).click())
    const { stdout } = await promisify(execFile)('openssl', [
      'crl',
      '-inform',
      'DER',
      '-in',
      file('berger.crl'),
      '-noout',
      '-text',
    ])
    expect(stdout).toContain('Key Compromise')
  })

  await test.step('the fingerprint page is made for paper', async () => {
    await page.getByRole('button', { name: 'Fingerprint page' }).click()
    await expect(page.getByRole('heading', { name: 'The root of Family Berger CA' })).toBeVisible()
    await pictures(page, app, looks, preferTheme, 'authority-fingerprint')
    await page.emulateMedia({ media: 'print' })
    await expect(page.getByRole('navigation', { name: 'Places' })).toBeHidden()
    await shot(page, 'authority-fingerprint-print')
    await page.emulateMedia({ media: 'screen' })
    await page.getByRole('button', { name: 'Back to the CA' }).click()
  })

  await test.step('its root is trusted as any other, in three steps', async () => {
    await page.getByRole('button', { name: 'Look at the root' }).click()
    await page.getByRole('button', { name: 'Trust this root' }).click()
    const dialog = page.getByRole('dialog', { name: 'Trust a root for mail?' })
    await dialog.getByRole('button', { name: 'Next' }).click()
    await dialog.getByRole('checkbox', { name: /I have compared the fingerprint/ }).check()
    await dialog.getByRole('button', { name: 'Next' }).click()
    await dialog.getByRole('button', { name: 'Trust this root' }).click()
    await expect(dialog).toBeHidden()
    await go(page, 'Certificates')
    await page.getByRole('button', { name: /Your own CA/ }).click()
    await expect(page.getByText('You trust its root.')).toBeVisible()
  })

  let paperKey = ''
  await test.step('a paper key is printed', async () => {
    await go(page, 'Home')
    await expect(page.getByText('No backup yet')).toBeVisible()
    await page.getByRole('button', { name: 'Make a backup' }).click()
    await looks(page, 'backup')
    const paper = page.getByRole('region', { name: 'Paper key' })
    await paper.getByLabel('Your passphrase', { exact: true }).fill('falsch')
    await paper.getByRole('button', { name: 'Make a paper key' }).click()
    await expect(paper.getByRole('alert')).toBeVisible()
    const sheet = page.getByRole('heading', { name: /^Siegel: paper key/ })
    // After a wrong one there is a pause; a key that took its time on a busy machine isn't made again.
    await expect(async () => {
      if (await sheet.isVisible()) return
      await paper.getByLabel('Your passphrase', { exact: true }).fill(passphrase, { timeout: 1_000 })
      await paper.getByRole('button', { name: 'Make a paper key' }).click({ timeout: 1_000 })
      await expect(sheet).toBeVisible({ timeout: 2_000 })
    }).toPass({ timeout: 60_000 })
    paperKey = (await page.locator('.print-code').textContent()) ?? ''
    expect(paperKey.trim().split(/\s+/)).toHaveLength(8)
    await pictures(page, app, looks, preferTheme, 'backup-paper')
    await page.emulateMedia({ media: 'print' })
    await expect(page.getByRole('button', { name: 'Print', exact: true })).toBeHidden()
    await shot(page, 'backup-paper-print')
    await page.emulateMedia({ media: 'screen' })
    await page.getByRole('button', { name: 'Hide it' }).click()
  })

  await test.step('the backup is made, with a passphrase of its own', async () => {
    const make = page.getByRole('region', { name: 'Make a backup' })
    await make.getByLabel('Your passphrase', { exact: true }).fill(passphrase)
    for (const field of ['Your passphrase', 'Passphrase of the backup', 'Passphrase of the backup again']) {
      const shown = make.getByRole('button', { name: `Show what is typed: ${field}`, exact: true })
      await expect(shown).toHaveAttribute('aria-pressed', 'false')
    }
    await make.getByLabel('Passphrase of the backup', { exact: true }).fill(passphrase)
    await expect(make.getByText(/That is the passphrase that unlocks Siegel/)).toBeVisible()
    await make.getByLabel('Passphrase of the backup', { exact: true }).fill('passwordpassword')
    await make.getByLabel('Passphrase of the backup again', { exact: true }).fill('passwordpassword')
    const save = make.getByRole('button', { name: 'Save the backup' })
    await expect(make.getByText(/^This is among the first that a guesser tries/)).toBeVisible()
    await expect(save).toBeDisabled()
    // Her own name and address are as easily guessed as a common word: the button knows what the program would refuse.
    for (const own of ['anna@berger.example!', 'Anna Berger Anna Berger']) {
      await make.getByLabel('Passphrase of the backup', { exact: true }).fill(own)
      await make.getByLabel('Passphrase of the backup again', { exact: true }).fill(own)
      await expect(make.getByText(/^This is among the first that a guesser tries/)).toBeVisible()
      await expect(save).toBeDisabled()
    }
    await expect(page.getByText('No backup yet')).toBeVisible()
    await make.getByLabel('Passphrase of the backup', { exact: true }).fill(backupPassphrase)
    await make.getByLabel('Passphrase of the backup again', { exact: true }).fill(backupPassphrase)
    const suggested = await app.save(file('anna.siegel-backup'), () =>
      make.getByRole('button', { name: 'Save the backup' }).click(),
    )
    expect(suggested).toMatch(/^siegel-\d{4}-\d{2}-\d{2}\.siegel-backup$/)
    await expect(make.getByText(/was saved/)).toBeVisible()
    await expect(page.getByText('The backup was never tried')).toBeVisible()
  })

  await test.step('a damaged copy is told as such, and the good one is rehearsed', async () => {
    const good = await readFile(file('anna.siegel-backup'))
    await writeFile(file('damaged.siegel-backup'), good.subarray(0, good.length - 100))
    const rehearse = page.getByRole('region', { name: 'Rehearse it' })
    await chooseFile(page, 'Choose the backup file', file('damaged.siegel-backup'))
    await rehearse.getByLabel('Passphrase of the backup', { exact: true }).fill(backupPassphrase)
    await rehearse.getByRole('button', { name: 'Rehearse', exact: true }).click()
    await expect(rehearse.getByText('The file is damaged or incomplete.')).toBeVisible()
    await chooseFile(page, 'Choose another file', file('anna.siegel-backup'))
    await rehearse.getByRole('button', { name: 'Rehearse', exact: true }).click()
    await expect(rehearse.getByText('opened its test letter')).toBeVisible()
    await pictures(page, app, looks, preferTheme, 'backup-rehearsed')
    await go(page, 'Home')
    await expect(page.getByText(/backup/i)).toHaveCount(0)
    await app.close()
  })

  await test.step('on another computer the paper key brings it all back', async () => {
    const other = await openApp(file('other'))
    const there = other.page
    await looks(there, 'welcome-restore')
    await there.getByRole('button', { name: 'Restore from a backup' }).click()
    await chooseFile(there, 'Choose the backup file', file('anna.siegel-backup'))
    await there.getByRole('radio', { name: 'the paper key' }).check()
    const typed = `${paperKey[0] === '7' ? '8' : '7'}${paperKey.slice(1)}`
    await there.getByLabel('Paper key', { exact: true }).fill(typed)
    await expect(there.getByText('Group 1 is not as printed: compare it character by character.')).toBeVisible()
    await there.getByRole('button', { name: 'Look inside' }).click()
    await expect(there.getByText('Not as printed: group 1 of the paper key.')).toBeVisible()
    await looks(there, 'restore-typo')
    await there.getByLabel('Paper key', { exact: true }).fill(paperKey.toLowerCase())
    await there.getByRole('button', { name: 'Look inside' }).click()
    await expect(there.getByText('What would be taken in')).toBeVisible()
    await expect(there.getByText('A root would be trusted from then on')).toBeVisible()
    await expect(there.getByText('The paper key in it would open your backups from then on')).toBeVisible()
    await pictures(there, other, looks, preferTheme, 'restore-preview')
    await there.getByRole('button', { name: 'Restore', exact: true }).click()
    await choosePassphrase(there)
    await expect(there.getByText('Restored', { exact: true })).toBeVisible()
    await expect(there.getByText('Mail that is sealed for these keys can be read again.')).toBeVisible()
    // There was no account, and the key that opened it has left the page.
    await expect(there.getByText('The mail accounts are here with their passwords.')).toHaveCount(0)
    await expect(there.getByLabel('Paper key', { exact: true })).toHaveCount(0)
    await looks(there, 'restored')
    await go(there, 'Certificates')
    await expect(there.getByText('anna@berger.example').first()).toBeVisible()
    await there.getByRole('button', { name: /Your own CA/ }).click()
    await expect(there.getByText('You trust its root.')).toBeVisible()
    await go(there, 'Home')
    await expect(there.getByText(/backup/i)).toHaveCount(0)
  })
})
