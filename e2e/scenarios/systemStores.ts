/** Certificates out of the stores that a Linux computer keeps for its programs: NSS's shared database and GnuPG's keyring. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { corpus } from '../../build/corpora.ts'
import { systemRandom } from '../../electron/base/random.ts'
import { writePkcs12 } from '../../electron/keystore/pkcs12/write.ts'
import { expect, test } from '../fixtures/app.ts'
import { go } from '../fixtures/steps.ts'

const people = corpus('rfc9216') ?? ''
const passphrase = 'und noch ein Reiher im Schilf'
const nss = 'Chromium, Evolution and other programs (NSS)'
const gnupg = 'Kleopatra and KMail (GnuPG)'
const tools = ['certutil', 'pk12util', 'gpgsm', 'openssl']
const hasTools = tools.every((tool) => spawnSync(tool, ['--version']).error === undefined)
const before = ['HOME', 'XDG_DATA_HOME', 'GNUPGHOME'].map((name) => [name, process.env[name]] as const)

/** GnuPG's sockets lie in its folder, and their names have 108 bytes at most. */
let person: string

test.skip(people === '' || !hasTools, 'the people of RFC 9216 or the tools of NSS and GnuPG are not here')
test.beforeEach(async () => {
  person = await mkdtemp(join(tmpdir(), 'sg-'))
  for (const [name] of before) delete process.env[name]
  process.env['HOME'] = person
})
test.afterEach(async () => {
  spawnSync('gpgconf', ['--homedir', join(person, '.gnupg'), '--kill', 'all'])
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  await rm(person, { recursive: true, force: true })
})

/** A PKCS#12 that gpgsm 2.2 reads. openssl's salts are beyond it once in 130 times (electron/keystore/pkcs12/kdf.ts). */
async function fileOf(name: string): Promise<string> {
  const [certificate, authority] = [`${name}.crt`, 'ca.rsa.crt'].map((file) =>
    execFileSync('openssl', ['x509', '-in', join(people, file), '-outform', 'DER']),
  )
  const pkcs8 = execFileSync('openssl', [
    'pkcs8',
    '-topk8',
    '-nocrypt',
    '-in',
    join(people, `${name}.key`),
    '-outform',
    'DER',
  ])
  if (!certificate || !authority) throw new Error('two certificates were read')
  const common = { friendlyName: name, password: 'geheim', profile: 'compatible', random: systemRandom } as const
  const out = join(person, `${name}.p12`)
  await writeFile(out, await writePkcs12({ ...common, pkcs8, certificateDer: certificate, chain: [authority] }))
  return out
}

async function fillNss(): Promise<void> {
  const folder = join(person, '.pki/nssdb')
  await mkdir(folder, { recursive: true })
  await writeFile(join(person, 'password'), 'haupt\n')
  execFileSync('certutil', ['-N', '-d', `sql:${folder}`, '-f', join(person, 'password')])
  const alice = join(people, 'alice.der.p12')
  execFileSync('pk12util', ['-i', alice, '-d', `sql:${folder}`, '-W', 'alice', '-K', 'haupt'], { stdio: 'ignore' })
}

async function fillGnupg(): Promise<void> {
  const folder = join(person, '.gnupg')
  await mkdir(folder, { mode: 0o700 })
  const parameters = ['--homedir', folder, '--batch', '--disable-dirmngr', '--pinentry-mode', 'loopback']
  for (const name of ['bob.sign', 'bob.encrypt']) {
    const importing = [...parameters, '--passphrase-fd', '0', '--import', await fileOf(name)]
    execFileSync('gpgsm', importing, { input: 'geheim\n', stdio: ['pipe', 'ignore', 'ignore'] })
  }
}

async function openImport(page: Page) {
  await go(page, 'Certificates')
  await page.getByRole('button', { name: 'Import from a file' }).click()
  return page.getByRole('region', { name: 'From this computer' })
}

test("certificates come from the computer's own stores, each for its password", async ({ home, openApp, looks }) => {
  const app = await openApp(home)
  const { page } = app

  await test.step('a computer without a store says so, and what to do instead', async () => {
    await page.getByRole('button', { name: 'Set up my address' }).click()
    const system = await openImport(page)
    await expect(system.getByText(/finds no store of certificates on this computer/)).toBeVisible()
    await looks(app, 'import-system-none')
    await fillNss()
    await fillGnupg()
    await page.reload()
  })

  await test.step('the shared store shows what is inside, asks for its password, and gives what is chosen', async () => {
    const system = page.getByRole('region', { name: 'From this computer' })
    await system.getByRole('button', { name: `Look inside ${nss}` }).click()
    await expect(system.getByRole('checkbox')).toHaveCount(2)
    await expect(system.getByText(/^Opens letters · RSA 2048/)).toBeVisible()
    await system.getByRole('button', { name: 'Take it in' }).click()
    const dialog = page.getByRole('dialog', { name: 'Choose a passphrase' })
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await dialog.getByLabel('Passphrase again', { exact: true }).fill(passphrase)
    await dialog.getByRole('button', { name: 'Choose this passphrase' }).click()
    const password = system.getByLabel('Password of the store or key', { exact: true })
    await password.fill('falsch')
    await system.getByRole('button', { name: 'Take it in' }).click()
    await expect(system.getByText('That is not the password of this store or key.')).toBeVisible()
    await looks(app, 'import-system-password')
    await password.fill('haupt')
    await system.getByRole('button', { name: 'Take it in' }).click()
    await expect(system.getByText('2 certificates with their keys were taken in.')).toBeVisible()
  })

  await test.step("GnuPG's keyring gives one of two, and knows it the next time", async () => {
    const system = page.getByRole('region', { name: 'From this computer' })
    await system.getByRole('button', { name: `Look inside ${gnupg}` }).click()
    await system
      .getByRole('checkbox', { name: /Bob Babbage/ })
      .first()
      .uncheck()
    await system.getByRole('button', { name: 'Take it in' }).click()
    await system.getByLabel('Password of the store or key', { exact: true }).fill('geheim')
    await system.getByRole('button', { name: 'Take it in' }).click()
    await expect(system.getByText('1 certificate with its key was taken in.')).toBeVisible()
    // What to do now is said once, however many stores gave something.
    await expect(page.getByText('No backup yet')).toHaveCount(1)
    await looks(app, 'import-system-taken')
    await system.getByRole('button', { name: 'Show the certificate' }).click()
    const again = await openImport(page)
    await again.getByRole('button', { name: `Look inside ${gnupg}` }).click()
    await expect(again.getByText('You have it already')).toHaveCount(1)
    await expect(again.getByRole('checkbox', { disabled: true })).toHaveCount(1)
    await looks(app, 'import-system-known')
  })
})
