/** From Thunderbird and back into it, and out for a phone: certificates between programs. */

import { execFileSync, spawnSync } from 'node:child_process'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { corpus } from '../../build/corpora.ts'
import { hexText } from '../../electron/base/bytes.ts'
import { processName } from '../../electron/base/runningProcess.ts'
import { digestOf } from '../../electron/crypto/digest.ts'
import { expect, test } from '../fixtures/app.ts'
import { go } from '../fixtures/steps.ts'

const people = corpus('rfc9216')
const passphrase = 'und noch ein Reiher im Schilf'
const address = 'alice@smime.example'
const hasNss = ['certutil', 'pk12util'].every((tool) => spawnSync(tool, ['-H']).error === undefined)
const homeBefore = process.env['HOME']

test.skip(!people || !hasNss, 'the people of RFC 9216 or the tools of NSS are not here')
test.afterEach(() => {
  process.env['HOME'] = homeBefore
})

/** A Thunderbird profile with a sender and Alice's certificates, below a person's folder of its own. */
async function makeThunderbird(person: string): Promise<string> {
  const folder = join(person, '.thunderbird', 'p.default-release')
  await mkdir(folder, { recursive: true })
  const ini = '[Profile0]\nName=default-release\nIsRelative=1\nPath=p.default-release\nDefault=1\n'
  await writeFile(join(person, '.thunderbird', 'profiles.ini'), ini)
  const prefs = {
    'mail.accountmanager.accounts': 'account1',
    'mail.account.account1.identities': 'id1',
    'mail.identity.id1.fullName': 'Alice Lovelace',
    'mail.identity.id1.useremail': address,
  }
  const lines = Object.entries(prefs).map(([name, value]) => `user_pref("${name}", "${value}");\n`)
  await writeFile(join(folder, 'prefs.js'), lines.join(''))
  execFileSync('certutil', ['-N', '-d', `sql:${folder}`, '--empty-password'])
  const alice = join(people ?? '', 'alice.der.p12')
  execFileSync('pk12util', ['-i', alice, '-d', `sql:${folder}`, '-W', 'alice'], { stdio: 'ignore' })
  return folder
}

/** What an installation leaves that was killed as soon as it had copied what was there. */
async function cutOff(folder: string): Promise<void> {
  const copy = join(folder, 'siegel-copy-20261124-080000')
  const had: Record<string, string> = {}
  await mkdir(copy)
  for (const name of ['key4.db', 'cert9.db', 'prefs.js']) {
    await copyFile(join(folder, name), join(copy, name))
    had[name] = hexText(digestOf('sha256', await readFile(join(copy, name))))
  }
  // No process here has this number.
  const dead = processName().replace(/^[0-9]+/, '999999999')
  await writeFile(join(copy, 'unfinished.json'), JSON.stringify({ process: dead, had, written: {} }))
}

test('certificates come from Thunderbird, go back into it, and out for an iPhone', async ({ home, openApp, looks }) => {
  const person = join(home, '..', 'person')
  const folder = await makeThunderbird(person)
  await cutOff(folder)
  // The program looks for Thunderbird below the person's own folder.
  process.env['HOME'] = person
  const app = await openApp(home)
  const { page } = app

  await test.step('the profile shows what is inside, and gives what is chosen', async () => {
    await page.getByRole('button', { name: 'Set up my address' }).click()
    await go(page, 'Certificates')
    await page.getByRole('button', { name: 'Import from a file' }).click()
    const thunderbird = page.getByRole('region', { name: 'From Thunderbird' })
    await expect(thunderbird.getByText(address)).toBeVisible()
    await expect(thunderbird.getByText(/was cut off, and what it had changed was put back$/)).toBeVisible()
    expect((await readdir(folder)).filter((name) => name.startsWith('siegel-'))).toEqual([])
    await thunderbird.getByRole('button', { name: 'Look inside default-release' }).click()
    await expect(thunderbird.getByRole('checkbox')).toHaveCount(2)
    await expect(thunderbird.getByText(/^Opens letters · RSA 2048/)).toBeVisible()
    await looks(app, 'import-thunderbird')
    await thunderbird.getByRole('button', { name: 'Take it in' }).click()
    const dialog = page.getByRole('dialog', { name: 'Choose a passphrase' })
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await dialog.getByLabel('Passphrase again', { exact: true }).fill(passphrase)
    await dialog.getByRole('button', { name: 'Choose this passphrase' }).click()
    await expect(page.getByText('2 certificates with their keys were taken in.').first()).toBeVisible()
    await page.getByRole('button', { name: 'Show the certificate' }).click()
  })

  await test.step('a configuration profile for the iPhone, under a password that is shown once', async () => {
    await page.getByRole('button', { name: 'Save for another program' }).click()
    const dialog = page.getByRole('dialog', { name: 'Save certificate and key' })
    await dialog.getByRole('radio', { name: /with the mail account/ }).check()
    await dialog.getByLabel('Your passphrase', { exact: true }).fill(passphrase)
    await dialog.getByLabel('Password for the file', { exact: true }).fill('kurz')
    await dialog.getByLabel('Password for the file again', { exact: true }).fill('kurz')
    await expect(dialog.getByText('At least 15 characters: 11 more.')).toBeVisible()
    await expect(dialog.getByRole('button', { name: 'Save the file' })).toBeDisabled()
    await looks(app, 'export-password-short')
    await dialog.getByRole('button', { name: 'Make up a strong password' }).click()
    await looks(app, 'export-target')
    const saved = join(home, '..', 'saved.mobileconfig')
    const name = await app.save(saved, () => dialog.getByRole('button', { name: 'Save the file' }).click())
    expect(name).toMatch(/\.mobileconfig$/)
    await expect(dialog.getByText(/shown this once/)).toBeVisible()
    await expect(dialog.getByText(/^([0-9a-z]{4}-){4}[0-9a-z]{4}/)).toBeVisible()
    expect(await readFile(saved, 'utf8')).toContain('com.apple.security.pkcs12')
    await looks(app, 'export-password-once')
    await page.keyboard.press('Escape')
  })

  await test.step('straight into Thunderbird: its sender signs with the certificate from now on', async () => {
    await page.getByRole('button', { name: 'Save for another program' }).click()
    const dialog = page.getByRole('dialog', { name: 'Save certificate and key' })
    await dialog.getByRole('radio', { name: 'Thunderbird' }).check()
    await dialog.getByRole('button', { name: 'Put it into Thunderbird without a file' }).click()
    const straight = page.getByRole('dialog', { name: 'Put it into Thunderbird' })
    await expect(straight.getByRole('checkbox', { name: /Alice Lovelace/ })).toBeChecked()
    await straight.getByLabel('Your passphrase', { exact: true }).fill(passphrase)
    await looks(app, 'export-thunderbird')
    await straight.getByRole('button', { name: 'Put it into Thunderbird' }).click()
    await expect(straight.getByText(`${address} seals with it in Thunderbird from now on`)).toBeVisible()
    const prefs = await readFile(join(folder, 'prefs.js'), 'utf8')
    expect(prefs).toContain('user_pref("mail.identity.id1.sign_mail", true);')
    expect(prefs).toMatch(/mail\.identity\.id1\.signing_cert_dbkey/)
    await looks(app, 'export-thunderbird-done')
  })
})
