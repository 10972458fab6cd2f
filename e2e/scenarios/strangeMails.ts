/** Mails from files that nobody would send in good faith, and some that only look strange: nothing runs, loads or breaks. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '../fixtures/app.ts'
import { chooseFile, go } from '../fixtures/steps.ts'

const elsewhere = 'elsewhere.invalid'

const hostileHtml = `<html><head>
<meta http-equiv="refresh" content="0;url=http://${elsewhere}/refresh">
<base href="http://${elsewhere}/">
<link rel="stylesheet" href="http://${elsewhere}/sheet.css">
<style>@import url(http://${elsewhere}/import.css); body{background:url(http://${elsewhere}/body.png)}</style>
<script>top.document.title = 'taken'; fetch('http://${elsewhere}/script')</script>
</head><body background="http://${elsewhere}/background.png" onload="fetch('http://${elsewhere}/onload')">
<p>Readable all the same</p>
<img src="http://${elsewhere}/pixel.gif" onerror="fetch('http://${elsewhere}/onerror')">
<img src="x" onerror="top.document.title='taken'" srcset="http://${elsewhere}/set.png 2x">
<img src="cid:logo@mail" alt="The logo of the mail">
<img src="cid:nothing@mail">
<picture><source srcset="http://${elsewhere}/source.png"><img src="http://${elsewhere}/picture.png"></picture>
<div style="background:url('http://${elsewhere}/style.png')">styled</div>
<svg><script>top.document.title='taken'</script><image href="http://${elsewhere}/svg.png"/></svg>
<math><mtext><table><mglyph><style><img src=x onerror="top.document.title='taken'"></style></mglyph></table></mtext></math>
<form action="http://${elsewhere}/form" method="post"><input name="q" value="secret" autofocus onfocus="this.form.submit()"><button>Send</button></form>
<a href="javascript:top.document.title='taken'">script link</a>
<a href="http://${elsewhere}/link" target="_top" ping="http://${elsewhere}/ping">plain link</a>
<iframe src="http://${elsewhere}/frame"></iframe>
<object data="http://${elsewhere}/object"></object><embed src="http://${elsewhere}/embed">
<video poster="http://${elsewhere}/poster.png" src="http://${elsewhere}/video.mp4" autoplay></video>
<audio src="http://${elsewhere}/audio.mp3" autoplay></audio>
</body></html>`

/** One red pixel. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='

const header = (subject: string) =>
  `From: Somebody <somebody@example.org>\r\nTo: you@example.net\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\nSubject: ${subject}\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n`

const part = (type: string, body: string, more = '') => `--b\r\nContent-Type: ${type}\r\n${more}\r\n${body}\r\n`

test('hostile HTML neither runs nor loads anything, and the mail can be read', async ({ page, home, shot }) => {
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes(elsewhere)) asked.push(request.url())
  })
  let popups = 0
  page.context().on('page', () => {
    popups += 1
  })
  const file = join(home, '..', 'hostile.eml')
  await writeFile(
    file,
    `${header('Hostile')}Content-Type: multipart/related; boundary=b\r\n\r\n${part('text/html; charset=utf-8', hostileHtml)}${part(
      'image/png',
      png,
      'Content-ID: <logo@mail>\r\nContent-Transfer-Encoding: base64\r\n',
    )}--b--\r\n`,
  )
  await page.getByRole('button', { name: 'Set up my address' }).click()
  await go(page, 'Mail')
  await chooseFile(page, 'Open a mail file', file)
  const address = page.url()
  const frame = page.frameLocator('iframe')
  await expect(frame.getByText('Readable all the same')).toBeVisible()
  await expect(page.getByText(/pictures? from the internet (is|are) not loaded/)).toBeVisible()
  await expect(page.getByText('1 picture is not shown', { exact: false })).toBeVisible()

  await test.step('what belongs to the mail itself is shown', async () => {
    const logo = frame.getByAltText('The logo of the mail')
    await expect(logo).toHaveAttribute('src', /^data:image\/png;base64,/)
    await expect(logo).toHaveJSProperty('naturalWidth', 1)
  })

  await test.step('a click in it leads nowhere', async () => {
    await frame.getByText('script link').click()
    await frame.getByText('plain link').click()
    await expect(frame.locator('form, input, button, script, iframe, object, embed, svg, video, audio')).toHaveCount(0)
  })
  await page.waitForTimeout(1_000)
  await shot(page, 'mail-hostile')
  expect(asked, 'what it asked for').toEqual([])
  expect(popups).toBe(0)
  expect(page.url()).toBe(address)
  await expect(page).toHaveTitle('Siegel')
})

test('long, right-to-left and crowded mails keep their place', async ({ app, page, home, expectAccessible, shot }) => {
  const long = 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(8)
  const files = Array.from({ length: 60 }, (_, index) =>
    part(
      'application/octet-stream',
      'x',
      `Content-Disposition: attachment; filename="Anlage ${index + 1} ${index === 0 ? 'x'.repeat(200) : ''}.bin"\r\n`,
    ),
  ).join('')
  const file = join(home, '..', 'crowded.eml')
  await writeFile(
    file,
    `From: ${long} <${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.example>\r\nTo: ${Array.from(
      { length: 40 },
      (_, index) => `person${index}@example.org`,
    ).join(
      ',\r\n ',
    )}\r\nSubject: ${long}\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${part('text/plain; charset=utf-8', `${long}\r\nשלום עולם, this is mixed: مرحبا 123`)}${files}--b--\r\n`,
  )
  const rightToLeft = join(home, '..', 'rtl.eml')
  await writeFile(
    rightToLeft,
    `From: =?utf-8?B?${Buffer.from('دانا').toString('base64')}?= <dana@example.org>\r\nTo: you@example.net\r\nSubject: =?utf-8?B?${Buffer.from('שלום, מה שלומך?').toString('base64')}?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nשלום עולם!\r\nEnglish line.\r\nمرحبا بالعالم.\r\n`,
  )
  const fits = async (name: string) => {
    await expectAccessible(page)
    await shot(page, name)
    await app.resize(900, 600)
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('.page, .message, .message-letter, .band')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map(({ className }) => className),
    )
    expect(wide, 'what scrolls sideways').toEqual([])
    await shot(page, `${name}-small`)
    await app.resize(1280, 800)
  }
  await page.getByRole('button', { name: 'Set up my address' }).click()
  await go(page, 'Mail')
  await chooseFile(page, 'Open a mail file', file)
  await expect(page.getByRole('button', { name: 'Save Anlage 60 .bin' })).toHaveCount(1)
  await fits('mail-crowded')
  await chooseFile(page, 'Open a mail file', rightToLeft)
  const text = page.getByText('שלום עולם!')
  await expect(text).toBeVisible()
  await expect(text).toHaveAttribute('dir', 'auto')
  await fits('mail-right-to-left')
})
