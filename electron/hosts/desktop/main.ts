/**
 * Electron's main process: one window on one profile. The window opens at once and the services load while the page draws;
 * calls of the page wait until they are there.
 */

import { join } from 'node:path'
import { app, Notification, shell } from 'electron'
import { makeFolder } from '../../base/makeFolder.ts'
import type { Runtime } from '../../services/context.ts'
import { launchOptions } from '../launchOptions.ts'
import { forgetOwnVariables } from '../ownVariables.ts'
import type { ProcedureServer } from '../procedureServer.ts'
import { setMenu } from './menu.ts'
import { confineEveryPage, confineSession } from './navigation.ts'
import { passPorts } from './port.ts'
import { registerPageScheme, servePage } from './protocol.ts'
import type { NotificationCentre } from './reminder.ts'
import { createOsSecretStore } from './secretStore.ts'
import { openWindow, pageSession, raise } from './window.ts'

/** Closing the profile takes milliseconds; after this long something hangs, and the database is safe anyway. */
const closingLimit = 5_000

const { home } = launchOptions(process.argv.slice(1))
forgetOwnVariables(process.env)

// The profile is its owner's alone, from the first moment on.
makeFolder(home, 0o700)
// Chromium's own files lie in the profile, so that the lock for a single instance is one per profile.
app.setPath('userData', join(home, 'window'))
// For every page, whatever its window says. Started as root (a container, a test machine), Chromium's own sandbox can't run.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
registerPageScheme()
// Siegel speaks to mail servers and CAs, and to nobody else on its own.
for (const name of [
  'disable-background-networking',
  'disable-component-update',
  'disable-domain-reliability',
  'no-pings',
]) {
  app.commandLine.appendSwitch(name)
}

if (app.requestSingleInstanceLock()) start()
else app.quit()

function start(): void {
  confineEveryPage(app)
  app.on('second-instance', raise)
  app.on('window-all-closed', () => app.quit())
  const server = new Promise<ProcedureServer>((resolve, reject) => {
    app
      .whenReady()
      .then(() => showWindow(resolve))
      .catch(reject)
  })
  server.catch(giveUp)
  closeBeforeQuitting(server)

  async function showWindow(serverStarted: (server: Promise<ProcedureServer>) => void): Promise<void> {
    setMenu()
    const session = pageSession()
    confineSession(session)
    const served = servePage(session)
    const window = openWindow(session)
    passPorts(window, server)
    // Evaluating the services keeps this process busy for some 100 ms. Before that the page gets its files, so that both
    // sides work at the same time.
    await served
    serverStarted(startServer())
  }
}

/** Electron's part of a reminder. */
const notificationCentre: NotificationCentre = {
  isSupported: () => Notification.isSupported(),
  locale: () => app.getLocale(),
  create: (options) => new Notification(options),
}

async function startServer(): Promise<ProcedureServer> {
  const { startProcedureServer } = await import('../procedureServer.ts')
  // Only https addresses that the services know come here (catalogue, terms of a CA): a page names them and gives none.
  // The system would start a program for other schemes.
  const openLink = async (url: string) => {
    if (URL.canParse(url) && new URL(url).protocol === 'https:') await shell.openExternal(url)
  }
  // Needed a few times a year: its words are loaded when they are. It imports nothing of this folder: the bundler would move what
  // both use, and window.ts finds the preload script beside itself.
  const remind: Runtime['remind'] = (reminder, language) =>
    void import('./reminder.ts').then(({ showReminder }) => showReminder(reminder, language, raise, notificationCentre))
  return startProcedureServer({ host: 'desktop', home, openLink, remind, osSecretStore: createOsSecretStore() })
}

/** Without its services a window is of no use: the terminal that started it learns the kind of error, and the code is 1. */
function giveUp(error: unknown): void {
  process.stderr.write(`Siegel can't start: ${error instanceof Error ? error.message : 'unexpected error'}\n`)
  app.exit(1)
}

function closeBeforeQuitting(server: Promise<ProcedureServer>): void {
  let closed = false
  app.on('will-quit', (event) => {
    if (closed) return
    event.preventDefault()
    const timer = setTimeout(finish, closingLimit)
    server.then((running) => running.close()).then(finish, finish)

    function finish(): void {
      clearTimeout(timer)
      closed = true
      app.quit()
    }
  })
}
