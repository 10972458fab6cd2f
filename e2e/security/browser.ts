/** Attacks on the browser host from within a real browser. The checks of single requests are in electron/hosts/browser. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures/app.ts'
import { startBrowserHost } from '../fixtures/browserHost.ts'

/** What a page that lies elsewhere on this computer can do to the host. */
async function attackFrom(page: Page, origin: string) {
  return page.evaluate(async (target) => {
    const socket = (address: string) =>
      new Promise<string>((resolve) => {
        const line = new WebSocket(address)
        line.onopen = () => resolve('open')
        line.onerror = () => resolve('refused')
      })
    const read = (path: string, options?: RequestInit) =>
      fetch(target + path, { credentials: 'include', ...options }).then(
        (answer) => `${answer.type} ${answer.status}`,
        () => 'refused',
      )
    const framed = await new Promise<string>((resolve) => {
      const frame = document.createElement('iframe')
      frame.src = `${target}/`
      frame.onload = () => resolve(frame.contentDocument ? 'readable' : 'closed')
      document.body.append(frame)
    })
    return {
      socket: await socket(`${target.replace('http', 'ws')}/rpc`),
      page: await read('/'),
      session: await read('/session', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }),
      framed,
    }
  }, origin)
}

test('another page in the same browser reaches nothing, although the session’s cookie is there', async ({
  app,
  page,
}) => {
  await expect(page.getByRole('button').first()).toBeEnabled()
  const elsewhere = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<title>elsewhere</title><body>')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  const { port } = elsewhere.address() as AddressInfo
  const attacker = await app.page.context().newPage()
  await attacker.goto(`http://127.0.0.1:${port}/`)
  expect(await attackFrom(attacker, new URL(page.url()).origin)).toEqual({
    socket: 'refused',
    page: 'refused',
    session: 'refused',
    framed: 'closed',
  })
  await attacker.close()
  await new Promise((resolve) => elsewhere.close(resolve))
})

test('the address works once: a second browser gets no session', async ({ home, chromiumBrowser }) => {
  const host = await startBrowserHost(home)
  const first = await chromiumBrowser?.newContext()
  const second = await chromiumBrowser?.newContext()
  const statusOf = async (context: typeof first) => {
    const page = await context?.newPage()
    const answered = page?.waitForResponse((response) => response.url().endsWith('/session'))
    await page?.goto(host.address)
    return (await answered)?.status()
  }
  expect(await statusOf(first)).toBe(204)
  expect(await statusOf(second)).toBe(401)
  await first?.close()
  await second?.close()
  await host.close()
})

test('the page runs no inline script, no eval, and loads nothing from elsewhere', async ({ page }) => {
  await expect(page.getByRole('button').first()).toBeEnabled()
  const outcome = await page.evaluate(async () => {
    const script = document.createElement('script')
    script.textContent = 'window.attacked = true'
    document.head.append(script)
    const style = document.createElement('style')
    style.textContent = 'body { outline: 7px solid }'
    document.head.append(style)
    const picture = await new Promise<string>((resolve) => {
      const image = new Image()
      image.onload = () => resolve('loaded')
      image.onerror = () => resolve('refused')
      image.src = 'http://127.0.0.1:9/pixel.png'
    })
    return {
      script: 'attacked' in window,
      style: getComputedStyle(document.body).outlineWidth === '7px',
      picture,
      fetched: await fetch('http://127.0.0.1:9/').then(
        () => 'reached',
        () => 'refused',
      ),
    }
  })
  expect(outcome).toEqual({ script: false, style: false, picture: 'refused', fetched: 'refused' })
})

test('the token is gone from the address once it was used', async ({ page }) => {
  await expect(page.getByRole('button').first()).toBeEnabled()
  expect(page.url()).not.toMatch(/#[\w-]{22}$/)
})
