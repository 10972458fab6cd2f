/** Certificates from files: the answers, a chain that breaks with its reason, a comparison, a file to keep, and trust. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writePem } from '../../electron/asn1/pem.ts'
import { readCertificates } from '../../electron/certificates/certificate.ts'
import { testAuthority, testPerson } from '../../electron/certificates/testPki.ts'
import { expect, test } from '../fixtures/app.ts'
import { choose, chooseFile, go } from '../fixtures/steps.ts'

const day = 86_400_000
const from = (start: number, end: number) => ({
  notBefore: new Date(Date.now() + start * day),
  notAfter: new Date(Date.now() + end * day),
})
const pem = (...ders: readonly Uint8Array[]) => ders.map((der) => writePem('CERTIFICATE', der)).join('')

/** A root, an intermediate and the same one with a signature that was changed, and Nora with the certificates of two years. */
async function people() {
  const root = await testAuthority('Harbour Root', {}, from(-900, 3_000))
  const between = await testAuthority('Harbour Mail CA', { issuer: root }, from(-800, 2_000))
  const nora = async (start: number, end: number) =>
    testPerson(
      'nora@harbour.example',
      { issuer: between },
      {
        subject: { commonName: 'Nora Lindqvist', organization: 'Harbour Ltd' },
        policies: ['2.23.140.1.5.1.3'],
        crlUrl: 'http://crl.harbour.example/mail.crl',
        ...from(start, end),
      },
    )
  const forged = Uint8Array.from(between.certificate.der)
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  const crowded = await testPerson(
    'a0@harbour.example',
    { issuer: between },
    {
      subject: { commonName: 'Nora \u202egnp.exe \u05e0\u05d5\u05e8\u05d4' },
      emails: Array.from({ length: 10_000 }, (_, index) => `a${index}@harbour.example`),
      ...from(-60, 305),
    },
  )
  const [before, now] = [await nora(-420, -55), await nora(-60, 305)]
  return {
    root: root.certificate.der,
    between: between.certificate.der,
    forged,
    before: before.certificate.der,
    now: now.certificate.der,
    key: now.pkcs8,
    crowded: crowded.certificate.der,
  }
}

test('a certificate explains itself, its chain and what changed', async ({ app, page, home, looks }) => {
  test.setTimeout(240_000)
  const { root, between, forged, before, now, key, crowded } = await people()
  const files = {
    chain: join(home, '..', 'nora-chain.pem'),
    broken: join(home, '..', 'nora-broken.pem'),
    before: join(home, '..', 'nora-old.cer'),
    key: join(home, '..', 'nora-key.pem'),
    text: join(home, '..', 'notes.pem'),
    root: join(home, '..', 'harbour-root.pem'),
    crowded: join(home, '..', 'crowded.pem'),
  }
  await writeFile(files.chain, pem(now, between, root))
  await writeFile(files.broken, pem(now, forged, root))
  await writeFile(files.before, before)
  await writeFile(files.key, `${pem(now)}${writePem('PRIVATE KEY', key)}`)
  await writeFile(files.text, 'Milk, bread, stamps.')
  await writeFile(files.root, pem(root))
  await writeFile(files.crowded, pem(crowded))
  const look = async (file: string) => {
    await go(page, 'Certificates')
    await chooseFile(page, 'Look at a certificate file', file)
  }
  const answer = (question: string) => page.getByRole('region', { name: question })

  await test.step('a file with several certificates is a list, and each opens with its answers', async () => {
    await page.getByRole('button', { name: 'Set up my address' }).click()
    await look(files.chain)
    await expect(page.getByText('3 certificates in this file')).toBeVisible()
    await looks(app, 'certificate-file')
    await page.getByRole('button', { name: /Nora Lindqvist/ }).click()
    await expect(answer('Whose is it?')).toContainText('nora@harbour.example')
    await expect(answer('Whose is it?')).toContainText('It proves the address, not the name')
    await expect(answer('What is it for?')).toContainText('Sealing letters (signing): yes')
    await expect(answer('Who vouches for it?')).toContainText('No root you trust vouches for it')
    await expect(answer('Is it revoked?')).toContainText('crl.harbour.example')
    await looks(app, 'certificate-page')
  })

  await test.step('every field is one click deeper', async () => {
    await page.getByText('Every field').click()
    await expect(page.getByText('2.23.140.1.5.1.3').first()).toBeVisible()
    await page.getByText('Extensions', { exact: true }).scrollIntoViewIfNeeded()
    await looks(app, 'certificate-fields')
  })

  await test.step('a link of the chain opens with the keyboard as a page of its own', async () => {
    const node = page.getByRole('button', { name: /Harbour Mail CA/ })
    await node.focus()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: 'Harbour Mail CA', level: 1 })).toBeVisible()
    await page.getByRole('button', { name: 'Back' }).click()
    await expect(page.getByRole('heading', { name: 'nora@harbour.example', level: 1 })).toBeVisible()
  })

  await test.step('the certificate is saved as PKCS#7 with its chain', async () => {
    await page.getByRole('button', { name: 'Save …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Save the certificate' })
    await dialog.getByRole('radio', { name: /PKCS#7/ }).check()
    await looks(app, 'certificate-save')
    const saved = join(home, '..', 'saved.p7b')
    expect(await app.save(saved, () => dialog.getByRole('button', { name: 'Save the file' }).click())).toBe(
      'Nora Lindqvist.p7b',
    )
    expect(await namesIn(saved)).toEqual(['CN=Harbour Mail CA', 'CN=Harbour Root', 'CN=Nora Lindqvist,O=Harbour Ltd'])
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
  })

  await test.step('a comparison says what the renewal changed', async () => {
    await page.getByRole('button', { name: 'Compare …' }).click()
    await expect(page.getByText('Siegel knows no other certificate of this holder.')).toBeVisible()
    await looks(app, 'compare-choose')
    await chooseFile(page, 'From a file …', files.before)
    await expect(page.getByText('A renewal with a new key')).toBeVisible()
    const differing = page.getByRole('table', { name: 'What differs' })
    await expect(differing.getByRole('row', { name: /Valid until/ })).toBeVisible()
    await expect(differing.getByRole('row', { name: /Issuer/ })).toHaveCount(0)
    await expect(page.getByRole('table', { name: 'What is the same' })).toContainText('nora@harbour.example')
    await looks(app, 'compare')
  })

  await test.step('a certificate of the same holder that is known can be chosen instead of a file', async () => {
    await look(files.before)
    await page.getByRole('button', { name: 'Add to the contacts' }).click()
    await page.getByRole('button', { name: 'Show the certificate' }).click()
    await expect(answer('Until when?')).toContainText('It ended on')
    await looks(app, 'certificate-expired')
    await look(files.chain)
    await page.getByRole('button', { name: /Nora Lindqvist/ }).click()
    await page.getByRole('button', { name: 'Compare …' }).click()
    await expect(page.getByRole('radio', { name: /20\d\d/ })).toBeChecked()
    await looks(app, 'compare-history')
    await page.getByRole('button', { name: 'Compare', exact: true }).click()
    await expect(page.getByText('A renewal with a new key')).toBeVisible()
  })

  await test.step('the chain breaks at the link whose signature is wrong, and says why', async () => {
    await look(files.broken)
    await page.getByRole('button', { name: /Nora Lindqvist/ }).click()
    await expect(page.getByText('The chain breaks here')).toBeVisible()
    await expect(page.locator('.chain-joint', { hasText: 'The chain breaks here' })).toContainText(
      /The signature of CN=Harbour Root on the certificate doesn't match/,
    )
    await looks(app, 'certificate-broken')
  })

  await test.step('a private key is not kept, and nonsense is said to be none', async () => {
    await look(files.key)
    await expect(page.getByText('This file holds a private key.')).toBeVisible()
    await looks(app, 'certificate-key')
    await page.getByRole('main').getByRole('button', { name: 'Import from a file' }).click()
    await expect(page.getByText('nora-key.pem')).toBeVisible()
    await look(files.text)
    await expect(page.getByText('This file is not a certificate.')).toBeVisible()
    await looks(app, 'certificate-none')
  })

  await test.step('a certificate with ten thousand addresses and a name that turns the writing stays readable', async () => {
    await look(files.crowded)
    await expect(answer('Whose is it?')).toContainText('and 9980 more')
    await page.getByText('Every field').click()
    await expect(page.getByText('And so many more')).toBeVisible()
    await page.getByText('Every field').click()
    await looks(app, 'certificate-crowded')
  })

  await test.step("a root of one's own is trusted in steps, and only for the domains it is for", async () => {
    await look(files.root)
    await page.getByRole('button', { name: 'Trust this root' }).click()
    const dialog = page.getByRole('dialog', { name: 'Trust a root for mail?' })
    await looks(app, 'trust-meaning')
    await dialog.getByRole('button', { name: 'Next' }).click()
    await expect(dialog.getByRole('button', { name: 'Next' })).toBeDisabled()
    await dialog.getByRole('checkbox', { name: /I have compared the fingerprint/ }).check()
    await looks(app, 'trust-fingerprint')
    await dialog.getByRole('button', { name: 'Next' }).click()
    await dialog.getByRole('textbox', { name: 'Only for these mail domains' }).fill('harbour.example')
    await looks(app, 'trust-scope')
    await dialog.getByRole('button', { name: 'Trust this root' }).click()
    await expect(page.getByRole('heading', { name: 'Harbour Root', level: 2 })).toBeVisible()
    await looks(app, 'trust-root-detail')
    await look(files.chain)
    await page.getByRole('button', { name: /Nora Lindqvist/ }).click()
    await expect(answer('Who vouches for it?')).toContainText('A root you trust vouches for it')
    await expect(page.getByText('The chain breaks here')).toHaveCount(0)
    await looks(app, 'certificate-valid')
  })

  await test.step('outside of its domains the root counts for nothing, and the chain says so', async () => {
    const openTrust = async () => {
      await go(page, 'Certificates')
      await page.getByRole('button', { name: /Roots you trust/ }).click()
    }
    await openTrust()
    await page.getByRole('searchbox', { name: 'Search roots' }).fill('harbour')
    await page
      .getByRole('button', { name: /Harbour Root/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'Limit to domains' }).click()
    const dialog = page.getByRole('dialog', { name: 'Limit to domains' })
    await dialog.getByRole('textbox').fill('elsewhere.example')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(dialog).toBeHidden()
    await look(files.chain)
    await page.getByRole('button', { name: /Nora Lindqvist/ }).click()
    await expect(
      page.getByText(/you trust only for elsewhere.example|only for elsewhere.example/).first(),
    ).toBeVisible()
    await looks(app, 'certificate-out-of-scope')
    await openTrust()
    await expect(page.getByText('You limited a root to domains')).toBeVisible()
    await looks(app, 'trust')
    await page.getByRole('button', { name: 'Lift the limit' }).click()
    await expect(page.getByText('You limited a root to domains')).toBeHidden()
  })

  await test.step('a root of the list is distrusted and trusted again', async () => {
    const list = page.getByRole('region', { name: "Mozilla's list for mail" })
    const first = list.getByRole('button').first()
    await first.click()
    await page.getByRole('button', { name: 'Distrust this root' }).click()
    const dialog = page.getByRole('dialog', { name: 'Distrust this root' })
    await dialog.getByRole('button', { name: 'Distrust this root' }).click()
    await expect(page.getByText(/You distrust this root since/)).toBeVisible()
    await expect(first).toContainText('You distrust it')
    await looks(app, 'trust-distrusted')
    await page.getByRole('button', { name: 'Open the certificate' }).click()
    await expect(page.getByText('Who vouches for whom')).toBeVisible()
    await looks(app, 'certificate-distrusted-root')
    await page.getByRole('button', { name: 'Back' }).click()
    await page.getByRole('button', { name: 'Trust it again' }).click()
    await expect(page.getByText(/You distrust this root since/)).toBeHidden()
  })

  await test.step('every decision can be taken back', async () => {
    await page.getByRole('button', { name: /Lists and decisions/ }).click()
    await page.getByRole('button', { name: 'End the trust' }).click()
    await expect(page.getByText('You have decided nothing yet')).toBeVisible()
    await expect(page.getByRole('region', { name: 'Your own' })).toHaveCount(0)
    await page.getByRole('switch', { name: "Mozilla's list for mail" }).click()
    await expect(page.getByText('No root is trusted.')).toBeVisible()
    await page.getByRole('button', { name: 'Trust the list' }).click()
    await expect(page.getByText('No root is trusted.')).toBeHidden()
  })

  await test.step('all of it is there in German, too', async () => {
    await go(page, 'Settings')
    await choose(page, 'Language', 'Deutsch')
    const certificates = page.getByRole('navigation').getByRole('button', { name: 'Zertifikate', exact: true })
    await certificates.click()
    await page.getByRole('button', { name: /Wurzelzertifikate, denen Sie vertrauen/ }).click()
    await looks(app, 'trust-german')
    await certificates.click()
    await chooseFile(page, 'Eine Zertifikatsdatei ansehen', files.broken)
    await page.getByRole('button', { name: /Nora Lindqvist/ }).click()
    await expect(page.getByText('Hier reißt die Kette')).toBeVisible()
    await looks(app, 'certificate-german')
  })
})

async function namesIn(file: string): Promise<string[]> {
  const read = readCertificates(await readFile(file))
  return read.ok ? read.value.map(({ subject }) => subject.text).sort() : [read.error.code]
}
