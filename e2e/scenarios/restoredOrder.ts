/** Orders that a person finds open: one whose server a backup chose, and one that the authority works on. */

import { join } from 'node:path'
import { createAcmeAccountStore } from '../../electron/acquisition/acmeAccounts.ts'
import { createEnrolmentStore, type StoredEnrolment } from '../../electron/acquisition/store.ts'
import { systemClock } from '../../electron/base/clock.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import { openProfile } from '../../electron/storage/profile.ts'
import { expect, test } from '../fixtures/app.ts'
import { becomeAnna, go, sandboxTime } from '../fixtures/steps.ts'

const passphrase = 'ein Reiher steht im Schilf'
/** Nobody listens there. */
const host = '127.0.0.1:9'

test('an order from a backup names its server, and one that the authority works on is no failure', async ({
  app,
  openApp,
  page,
  home,
  looks,
}) => {
  test.setTimeout(180_000)
  await becomeAnna(page, passphrase)
  await app.close()

  // What a restored backup and a slow authority leave behind.
  const profile = expectSuccess(await openProfile(join(home, 'sandbox'), { kind: 'sandbox', clock: systemClock }))
  const store = createEnrolmentStore(profile.database)
  const [anna] = store.list()
  const { identityId: _, accountId, ...base } = anna!
  const order: StoredEnrolment = {
    ...base,
    id: 'restored',
    address: 'jonas@sandbox.example',
    ca: 'acme',
    caName: 'CASTLE',
    directoryUrl: `https://${host}/directory`,
    byHand: true,
    step: 'register-account',
    state: 'paused',
    progress: {},
    fromBackup: true,
  }
  store.save(order)
  const failure = {
    code: 'order-processing',
    data: { host: 'ca.example', retryAt: new Date(Date.now() + 86_400_000).toISOString() },
  }
  store.save({ ...order, id: 'slow', address: 'mara@sandbox.example', state: 'failed', fromBackup: false, failure })
  // Her own certificate's order, too, as far as it can be told.
  const directoryUrl = `https://${host}/directory`
  store.save({ ...anna!, ca: 'acme', caName: host, directoryUrl, fromBackup: true })
  const accounts = createAcmeAccountStore(profile.database)
  accounts.save({ ...accounts.get(accountId!)!, directory: directoryUrl, fromBackup: true })
  await profile.close()

  const again = await openApp(home)
  const { page: next } = again
  await next.getByRole('button', { name: 'Try it in the sandbox' }).click()
  await expect(next.getByText('You are in the sandbox.')).toBeVisible(sandboxTime)
  await go(next, 'Certificates')
  await expect(next.getByText('The authority is still working on it')).toBeVisible()
  await looks(again, 'orders-open')

  const row = next.locator('.list-row', { hasText: 'jonas@sandbox.example' })
  await row.getByRole('button', { name: 'Go on' }).click()
  await next.getByRole('button', { name: 'Unlock', exact: true }).first().click()
  const unlock = next.getByRole('dialog', { name: 'Unlock Siegel' })
  await unlock.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await unlock.getByRole('button', { name: 'Unlock', exact: true }).click()
  await expect(next.getByText(`This order and its account at ${host} came from a backup`)).toBeVisible()
  await looks(again, 'order-from-backup')
  await next.getByRole('button', { name: `Go on with ${host}` }).click()
  await expect(next.getByText(`The certificate authority ${host} can't be reached.`)).toBeVisible(sandboxTime)
  await next.getByRole('button', { name: 'Give up this request' }).click()
  await next.getByRole('dialog', { name: 'Give up this request?' }).getByRole('button', { name: 'Give it up' }).click()
  await go(next, 'Certificates')
  await expect(row).toHaveCount(0)

  await next
    .getByRole('button', { name: /Anna Berger/ })
    .first()
    .click()
  await next.getByRole('button', { name: 'Revoke', exact: true }).click()
  const dialog = next.getByRole('dialog', { name: /^Revoke the certificate of/ })
  await expect(dialog.getByText(`${host} could revoke it: a backup brought the order`)).toBeVisible()
  await expect(dialog.getByText(/^Otherwise ask .* yourself/)).toBeVisible()
  await looks(again, 'revoke-server-from-backup')
  await dialog.getByRole('button', { name: `Ask ${host}` }).click()
  await dialog.getByLabel('Your passphrase', { exact: true }).fill(passphrase)
  await dialog.getByRole('button', { name: 'Revoke it for good' }).click()
  await expect(dialog.getByText(`The certificate authority ${host} can't be reached.`)).toBeVisible(sandboxTime)
})
