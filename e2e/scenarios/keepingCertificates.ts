/** Keeping a certificate going, as its owner does it: renewing, mails by hand over a restart, accounts at CAs, revoking. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { ImapFlow } from 'imapflow'
import { createTransport } from 'nodemailer'
import { expect, test } from '../fixtures/app.ts'
import { becomeAnna, choose, go, sandboxTime } from '../fixtures/steps.ts'

const passphrase = 'ein Reiher steht im Schilf'
const jonas = 'jonas@sandbox.example'

interface Sandbox {
  readonly caPem: string
  readonly smtp: { readonly host: string; readonly port: number }
  readonly imap: { readonly host: string; readonly port: number }
  readonly people: readonly { readonly user: string; readonly address: string; readonly password: string }[]
}

async function sandboxOf(home: string): Promise<Sandbox> {
  return JSON.parse(await readFile(join(home, 'sandbox', 'server', 'sandbox.json'), 'utf8')) as Sandbox
}

/** Jonas's newest mail, as another mail program shows its source. */
async function newestMail(home: string): Promise<string> {
  const { imap, people, caPem } = await sandboxOf(home)
  const { user, password } = people.find(({ address }) => address === jonas)!
  const client = new ImapFlow({
    ...imap,
    secure: true,
    auth: { user, pass: password },
    tls: { ca: caPem },
    logger: false,
  })
  await client.connect()
  try {
    await client.mailboxOpen('INBOX', { readOnly: true })
    const newest = await client.fetchOne('*', { source: true })
    return newest ? (newest.source?.toString('latin1') ?? '') : ''
  } finally {
    await client.logout()
  }
}

async function sendAsJonas(home: string, raw: string, to: string): Promise<void> {
  const { smtp, people, caPem } = await sandboxOf(home)
  const { user, password } = people.find(({ address }) => address === jonas)!
  const transport = createTransport({
    ...smtp,
    requireTLS: true,
    auth: { user, pass: password },
    tls: { ca: caPem },
  })
  await transport.sendMail({ envelope: { from: jonas, to }, raw })
  transport.close()
}

async function unlock(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Unlock Siegel' })
  await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await dialog.getByRole('button', { name: 'Unlock', exact: true }).click()
  await expect(dialog).toBeHidden()
}

test('a certificate is renewed, asked for by hand over a restart, and revoked', async ({
  app,
  openApp,
  page,
  home,
  looks,
}) => {
  test.setTimeout(300_000)
  const openCertificate = async (on: Page, person: RegExp) => {
    await go(on, 'Certificates')
    await on.getByRole('button', { name: person }).first().click()
  }

  await becomeAnna(page, passphrase)

  await test.step('its page says when it is renewed, and gives the end to a calendar', async () => {
    await openCertificate(page, /Anna Berger/)
    const renewal = page.getByRole('region', { name: 'Renewal' })
    await expect(renewal).toContainText(/Siegel orders the next one by itself on/)
    await looks(app, 'renewal-card')
    const calendar = join(home, '..', 'siegel.ics')
    await app.save(calendar, () => renewal.getByRole('button', { name: 'Put the end into my calendar' }).click())
    expect(await readFile(calendar, 'utf8')).toContain('TRIGGER:-P30D')
  })

  await test.step('the next one is ordered with a new key, and the old one retires', async () => {
    await page.getByRole('button', { name: 'Renew now' }).click()
    const dialog = page.getByRole('dialog', { name: /Renew the certificate of anna@sandbox.example/ })
    await expect(dialog.getByRole('radio', { name: 'A new key' })).toBeChecked()
    await looks(app, 'renew-dialog')
    await dialog.getByRole('button', { name: 'Order it' }).click()
    await expect(page.getByRole('heading', { name: 'anna@sandbox.example now has a seal' })).toBeVisible(sandboxTime)
    await go(page, 'Certificates')
    await expect(page.getByRole('button', { name: /Anna Berger/ })).toHaveCount(2)
    await expect(page.getByText('Retired', { exact: true })).toHaveCount(1)
  })

  await test.step('the account at the authority gets a new key', async () => {
    await page.getByRole('button', { name: /Accounts at authorities/ }).click()
    await page.getByRole('button', { name: 'Give it a new key' }).click()
    await expect(page.getByText('It has a new key.')).toBeVisible(sandboxTime)
    await looks(app, 'ca-accounts')
  })

  await test.step('the authority is told an address, which stands there until it is taken back', async () => {
    const takeBack = page.getByRole('button', { name: 'Take the address back: Siegel Sandbox' })
    await expect(takeBack).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Tell the authority' })).toBeDisabled()
    await page.getByRole('textbox', { name: "Address for the authority's notices" }).fill('anna@sandbox.example')
    await page.getByRole('button', { name: 'Tell the authority' }).click()
    await expect(page.getByText('The authority writes to anna@sandbox.example.')).toBeVisible(sandboxTime)
    await looks(app, 'ca-accounts-address')
    await takeBack.click()
    await expect(takeBack).toHaveCount(0, sandboxTime)
    await expect(page.getByText('The authority writes to')).toHaveCount(0)
  })

  await test.step('Jonas asks for his, and does the mails himself', async () => {
    await go(page, 'Certificates')
    await page.getByRole('button', { name: 'Get a certificate' }).click()
    await choose(page, 'Play as', `Jonas Keller · ${jonas}`)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('checkbox', { name: "I do the authority's mails myself" }).check()
    await page.getByRole('button', { name: 'Get the certificate' }).click()
    await expect(page.getByRole('heading', { name: "Bring the authority's mail" })).toBeVisible(sandboxTime)
    await looks(app, 'hand-mail')
  })

  await test.step('who gets another one meanwhile is asked from the first question on', async () => {
    await go(page, 'Certificates')
    await page.getByRole('button', { name: 'Get a certificate' }).click()
    await expect(page.getByRole('combobox', { name: 'Play as' })).toBeVisible()
    await go(page, 'Certificates')
    await page.getByRole('button', { name: 'Go on' }).click()
    await expect(page.getByRole('heading', { name: "Bring the authority's mail" })).toBeVisible(sandboxTime)
  })

  await test.step('a forged mail is not answered', async () => {
    const genuine = await newestMail(home)
    await page.getByRole('textbox', { name: 'The whole mail' }).fill(genuine.replace('ACME: ', 'ACME: x'))
    await page.getByRole('button', { name: 'Check the mail' }).click()
    await expect(page.getByText('This mail is not answered')).toBeVisible()
    await looks(app, 'hand-forged')
  })
  await app.close()

  const again = await openApp(home)
  const { page: next } = again
  await test.step('after a restart it goes on where it was, with the genuine mail', async () => {
    await next.getByRole('button', { name: 'Try it in the sandbox' }).click()
    await expect(next.getByText('You are in the sandbox.')).toBeVisible(sandboxTime)
    await go(next, 'Certificates')
    await next.getByRole('button', { name: 'Go on' }).click()
    await next.getByRole('button', { name: 'Unlock', exact: true }).first().click()
    await unlock(next)
    await expect(next.getByRole('heading', { name: "Bring the authority's mail" })).toBeVisible(sandboxTime)
    await next.getByRole('textbox', { name: 'The whole mail' }).fill(await newestMail(home))
    await next.getByRole('button', { name: 'Check the mail' }).click()
    await expect(next.getByRole('heading', { name: 'Send the answer' })).toBeVisible()
    await looks(again, 'hand-answer')
  })

  await test.step('the answer goes out from his own program, and the certificate comes', async () => {
    const file = join(home, '..', 'answer.eml')
    await again.save(file, () => next.getByRole('button', { name: 'Save it as a mail file' }).click())
    const answer = await readFile(file, 'latin1')
    await sendAsJonas(home, answer, /^To: <([^>]+)>/m.exec(answer)?.[1] ?? '')
    await next.getByRole('button', { name: 'I have sent it' }).click()
    await expect(next.getByRole('heading', { name: `${jonas} now has a seal` })).toBeVisible(sandboxTime)
  })

  await test.step('a certificate is revoked with a reason and the passphrase, and retired', async () => {
    await openCertificate(next, /Jonas Keller/)
    await next.getByRole('button', { name: 'Revoke', exact: true }).click()
    const dialog = next.getByRole('dialog', { name: /Revoke the certificate of jonas@sandbox.example/ })
    await dialog.getByRole('radio', { name: "I don't use the address any more" }).check()
    await dialog.getByLabel('Your passphrase', { exact: true }).fill('falsch')
    await dialog.getByRole('button', { name: 'Revoke it for good' }).click()
    await expect(dialog.getByRole('alert')).toContainText('not the passphrase')
    await looks(again, 'revoke-dialog')
    await dialog.getByLabel('Your passphrase', { exact: true }).fill(passphrase)
    await dialog.getByRole('button', { name: 'Revoke it for good' }).click()
    await expect(dialog).toBeHidden(sandboxTime)
    await expect(next.getByText(/^Revoked on .*I don't use the address any more/)).toBeVisible()
    await looks(again, 'revoked')
  })

  await test.step('the authority publishes it: list, chain and the letter that is being written say so at once', async () => {
    await go(next, 'Certificates')
    await expect(next.getByRole('button', { name: /Jonas Keller/ })).toContainText('Revoked')
    await openCertificate(next, /Jonas Keller/)
    await expect(next.getByText(/it is no longer needed/).first()).toBeVisible()
    await looks(again, 'revoked-published')
    await go(next, 'Home')
    await next.getByRole('button', { name: 'Write', exact: true }).click()
    const to = next.getByRole('combobox', { name: 'To', exact: true })
    await to.fill(jonas)
    await to.press('Enter')
    await expect(next.getByText(`${jonas} can't open a sealed letter yet.`)).toBeVisible()
    await looks(again, 'revoked-recipient')
  })
})
