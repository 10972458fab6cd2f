/** Attacks on the desktop window from within its page, as a script that got in would try them. */

import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test as base, expect } from '@playwright/test'
import { type DesktopApp, openInElectron } from '../fixtures/desktopHost.ts'

const test = base.extend<{ readonly home: string; readonly desktop: DesktopApp }>({
  home: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'siegel-e2e-'))
    await use(join(folder, 'profile'))
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  },
  desktop: async ({ home }, use) => {
    const desktop = await openInElectron(home)
    await expect(desktop.page.getByRole('button').first()).toBeEnabled()
    await use(desktop)
    await desktop.close()
  },
})

test('the page has no Node, no Electron and no bridge', async ({ desktop: { page } }) => {
  const found = await page.evaluate(() =>
    ['require', 'process', 'module', 'global', 'Buffer', 'electron', 'ipcRenderer', '__dirname', 'setImmediate'].filter(
      (name) => name in window,
    ),
  )
  expect(found).toEqual([])
})

test('the window is sandboxed and isolated, and keeps nothing on the disk', async ({ desktop: { electron } }) => {
  const facts = await electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    contents?.openDevTools()
    const preferences = (
      contents as unknown as { getLastWebPreferences(): Record<string, unknown> }
    ).getLastWebPreferences()
    const { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag } = preferences
    return {
      sandbox,
      contextIsolation,
      nodeIntegration: nodeIntegration ?? false,
      webSecurity,
      webviewTag: webviewTag ?? false,
      devTools: contents?.isDevToolsOpened(),
      persistent: contents?.session.isPersistent(),
    }
  })
  expect(facts).toEqual({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
    devTools: false,
    persistent: false,
  })
})

test('the page can’t go elsewhere', async ({ desktop: { page } }) => {
  const before = page.url()
  for (const target of [
    'https://evil.example/',
    'http://127.0.0.1:9/',
    'file:///etc/passwd',
    'app://elsewhere/',
    'javascript:document.title="attacked"',
    'data:text/html,attacked',
  ]) {
    await page.evaluate((address) => {
      const link = document.createElement('a')
      link.href = address
      document.body.append(link)
      link.click()
      link.remove()
      window.location.href = address
    }, target)
    await page.waitForTimeout(100)
    expect(page.url()).toBe(before)
    expect(await page.evaluate(() => document.title)).toBe('Siegel')
  }
})

test('the page opens no windows and no views', async ({ desktop: { page, electron } }) => {
  const opened = await page.evaluate(() =>
    ['https://evil.example/', 'about:blank', 'app://siegel/', 'file:///etc/passwd'].map(
      (address) => window.open(address) === null,
    ),
  )
  expect(opened).toEqual([true, true, true, true])
  await page.evaluate(() => {
    const view = document.createElement('webview')
    view.setAttribute('src', 'https://evil.example/')
    document.body.append(view)
    const link = document.createElement('a')
    link.href = 'https://evil.example/'
    link.target = '_blank'
    document.body.append(link)
    link.click()
  })
  await page.waitForTimeout(200)
  const contents = await electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)
  expect(contents).toBe(1)
})

test('a frame in the page reaches neither the network, nor the disk, nor the program', async ({
  desktop: { page },
}) => {
  const outcome = await page.evaluate(async () => {
    const open = (address: string) =>
      new Promise<string>((resolve) => {
        const frame = document.createElement('iframe')
        frame.onload = () => {
          try {
            resolve(frame.contentDocument?.body.textContent ? 'readable' : 'empty')
          } catch {
            resolve('closed')
          }
        }
        setTimeout(() => resolve('nothing'), 500)
        frame.src = address
        document.body.append(frame)
      })
    return [
      await open('https://evil.example/'),
      await open('file:///etc/passwd'),
      await open('data:text/html,attacked'),
    ]
  })
  expect(outcome).not.toContain('readable')
})

test('requests of the page reach nothing outside', async ({ desktop: { page } }) => {
  const outcome = await page.evaluate(async () => {
    const get = (address: string) =>
      fetch(address).then(
        () => 'reached',
        () => 'refused',
      )
    const socket = await new Promise<string>((resolve) => {
      try {
        const line = new WebSocket('ws://127.0.0.1:9/')
        line.onopen = () => resolve('reached')
        line.onerror = () => resolve('refused')
      } catch {
        resolve('refused')
      }
    })
    return [
      await get('https://evil.example/'),
      await get('file:///etc/passwd'),
      await get('app://siegel/../../package.json'),
      await get('app://elsewhere/'),
      socket,
    ]
  })
  expect(outcome).toEqual(['refused', 'refused', 'refused', 'refused', 'refused'])
})

test('no device and no permission is granted', async ({ desktop: { page } }) => {
  const outcome = await page.evaluate(async () => {
    const refused = (attempt: Promise<unknown> | undefined) =>
      (attempt ?? Promise.reject(new Error('not there'))).then(
        () => 'granted',
        () => 'refused',
      )
    const position = new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject))
    return {
      camera: await refused(navigator.mediaDevices?.getUserMedia({ video: true, audio: true })),
      screen: await refused(navigator.mediaDevices?.getDisplayMedia({ video: true })),
      place: await refused(position),
      notifications: await Notification.requestPermission(),
      clipboard: await refused(navigator.clipboard?.readText()),
    }
  })
  expect(outcome).toEqual({
    camera: 'refused',
    screen: 'refused',
    place: 'refused',
    notifications: 'denied',
    clipboard: 'refused',
  })
})

test('no inline script and no eval runs', async ({ desktop: { page } }) => {
  const attacked = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.attacked = true'
    document.head.append(script)
    const holder = document.createElement('div')
    holder.innerHTML = '<img src=x onerror="window.attacked = true">'
    document.body.append(holder)
    return 'attacked' in window
  })
  await page.waitForTimeout(200)
  expect(attacked).toBe(false)
  expect(await page.evaluate(() => 'attacked' in window)).toBe(false)
})

test('a port that carries nonsense is closed, and the program goes on', async ({ desktop: { page, electron } }) => {
  // The preload answers the page's own event; a script that got in can make it hand over another port.
  const closed = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        window.addEventListener('message', (event) => {
          const [port] = event.ports
          if (event.data !== 'siegel:port' || !port) return
          port.addEventListener('close', () => resolve('closed'))
          port.start()
          port.postMessage('{"i":"1","p":{"u":"file:///etc/passwd"}}')
        })
        setTimeout(() => resolve('nothing'), 3_000)
        window.dispatchEvent(new Event('DOMContentLoaded'))
      }),
  )
  expect(closed).toBe('closed')
  expect(await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
})

test('a second start raises the first window and ends', async ({ desktop, home }) => {
  const { electron } = desktop
  await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize())
  const executable = await electron.evaluate(({ app }) => app.getPath('exe'))
  const display = await electron.evaluate(() => process.env['DISPLAY'] ?? '')
  const project = fileURLToPath(new URL('../..', import.meta.url))
  const sandboxing = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const code = await new Promise((resolve) => {
    execFile(
      executable,
      [...sandboxing, project, `--home=${home}`],
      { env: { ...process.env, DISPLAY: display } },
      (error) => resolve(error?.code ?? 0),
    )
  })
  expect(code).toBe(0)
  await expect
    .poll(() =>
      electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isMinimized())),
    )
    .toEqual([false])
})

test('the profile is for its owner only', async ({ desktop: _desktop, home }) => {
  test.skip(process.platform === 'win32', 'Windows keeps the profile private by its own lists')
  expect((await stat(home)).mode & 0o077).toBe(0)
})
