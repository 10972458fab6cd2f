/** Revocation as a person meets it: whom Siegel may ask, what a report says of a list that is there, and of one that isn't. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { concatBytes } from '../../electron/base/bytes.ts'
import { systemClock } from '../../electron/base/clock.ts'
import { systemRandom } from '../../electron/base/random.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import { createRevocationCache, listOwnerOf } from '../../electron/certificates/revocation/cache.ts'
import { crlDer, type TestEntry } from '../../electron/certificates/revocation/testCrl.ts'
import { type TestEntity, testAuthority, testPerson } from '../../electron/certificates/testPki.ts'
import { createTrustStore } from '../../electron/certificates/trust.ts'
import { sealLetter } from '../../electron/smime/seal.ts'
import { openProfile } from '../../electron/storage/profile.ts'
import { expect, test } from '../fixtures/app.ts'
import { chooseFile, go } from '../fixtures/steps.ts'

const day = 86_400_000
const fromToday = (days: number) => new Date(Date.now() + days * day)
const validity = { notBefore: fromToday(-100), notAfter: fromToday(200) }
const listUrl = 'http://crl.harbour.invalid/mail.crl'
/** An address of this machine, which no certificate may send anybody to. */
const nowhere = 'http://127.0.0.1:9/root.crl'

async function letterBy({ certificate, key }: TestEntity, middle: TestEntity): Promise<Uint8Array> {
  const letter = {
    from: { name: 'Nora Lindqvist', address: 'nora@harbour.example' },
    to: [{ address: 'you@harbour.example' }],
    cc: [],
    subject: 'The berth',
    date: fromToday(-10),
    messageId: '<berth@harbour.example>',
    text: 'Number nine is yours.',
    attachments: [],
  }
  const sign = { certificate, key, chain: [middle.certificate], signingTime: fromToday(-10) }
  const chunks: Uint8Array[] = []
  for await (const chunk of expectSuccess(await sealLetter(letter, { random: systemRandom, sign }))) chunks.push(chunk)
  return concatBytes(...chunks)
}

test('revocation is asked for as the person wants, and what is not known is said', async ({
  app,
  page,
  home,
  looks,
}) => {
  const root = await testAuthority('Harbour Root', {}, validity)
  const middle = await testAuthority('Harbour Mail CA', { issuer: root }, { ...validity, crlUrl: nowhere })
  const named = { commonName: 'Nora Lindqvist' }
  const nora = await testPerson(
    'nora@harbour.example',
    { issuer: middle },
    { ...validity, subject: named, crlUrl: listUrl },
  )
  const file = join(home, '..', 'berth.eml')
  await writeFile(file, await letterBy(nora, middle))

  /** What another process of the same profile does: trusts the root, and fetches a list that names these. */
  async function meanwhile(daysAgo: number, entries: readonly TestEntry[]): Promise<void> {
    const profile = expectSuccess(await openProfile(home, { kind: 'real', clock: systemClock }))
    const { database } = profile
    createTrustStore({ database, clock: systemClock }).add(root.certificate, '')
    const times = { thisUpdate: fromToday(-daysAgo), nextUpdate: fromToday(7) }
    const list = await crlDer({ signer: middle, entries, ...times })
    const owner = listOwnerOf(nora.certificate)
    createRevocationCache({ database, clock: systemClock }).keep({ kind: 'crl', url: listUrl, owner }, list, times)
    await profile.close()
  }
  const openReport = async () => {
    await go(page, 'Mail')
    await chooseFile(page, 'Open a mail file', file)
    await page.getByRole('button', { name: 'Show the report' }).click()
  }
  const band = page.getByRole('region', { name: 'What this mail is worth' })
  const report = page.getByRole('complementary', { name: 'Report' })

  await test.step('the settings say whom Siegel asks, and what that reveals to whom', async () => {
    await page.getByRole('button', { name: 'Set up my address' }).click()
    await go(page, 'Settings')
    const settings = page.getByRole('region', { name: 'Are certificates still valid?' })
    const ocsp = settings.getByRole('switch', { name: /Ask about a single certificate/ })
    await expect(settings.getByRole('switch', { name: /Fetch the issuers' lists/ })).toBeChecked()
    await expect(settings.getByRole('switch', { name: /issuers that a mail doesn't bring/ })).not.toBeChecked()
    await expect(ocsp).not.toBeChecked()
    await ocsp.click()
    await expect(ocsp).toBeChecked()
    await ocsp.scrollIntoViewIfNeeded()
    await looks(app, 'settings-revocation')
  })

  await test.step('a list that names nobody stands in the report with its date; one that can not be had, too', async () => {
    await meanwhile(2, [])
    await openReport()
    await expect(band).toContainText('unbroken')
    await expect(report).toContainText('nora@harbour.example: Not revoked, says the issuer.')
    await expect(report).toContainText('Whether the certificate of Harbour Mail CA was revoked could not be checked')
    await looks(app, 'report-revocation')
  })

  await test.step('one that was revoked later, for a harmless reason, asks for caution', async () => {
    await meanwhile(1, [{ of: nora.certificate, reason: 'superseded', revokedAt: fromToday(-3) }])
    await openReport()
    await expect(band).toContainText('The certificate was revoked later')
    await expect(report).toContainText('another certificate took its place')
    await looks(app, 'report-revoked-since')
  })

  await test.step('one whose key was lost counts for nothing', async () => {
    await meanwhile(0, [{ of: nora.certificate, reason: 'keyCompromise', revokedAt: fromToday(-3) }])
    await openReport()
    await expect(band).toContainText('was revoked: the seal counts for nothing')
    await expect(report).toContainText('somebody else may have its key')
  })
})
