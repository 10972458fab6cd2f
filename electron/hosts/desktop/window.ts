/** The one window: sandboxed, isolated, without Node, its storage in memory only. */

import { fileURLToPath } from 'node:url'
import { BrowserWindow, nativeTheme, type Session, session } from 'electron'
import { pageOrigin } from './pageRequest.ts'

/** The paper and the ink of the page, so that nothing flashes before it is drawn. */
const paper = { light: '#faf8f4', dark: '#1b1a18' }

/** A session of its own without `persist:` leaves no cache, no cookie and no storage on the disk. */
export function pageSession(): Session {
  return session.fromPartition('siegel')
}

export function openWindow(session: Session): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 900,
    minHeight: 600,
    title: 'Siegel',
    show: false,
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? paper.dark : paper.light,
    webPreferences: {
      session,
      preload: fileURLToPath(new URL('./preload.cjs', import.meta.url)),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      devTools: false,
      // Chromium would fetch its dictionaries from elsewhere.
      spellcheck: false,
    },
  })
  window.once('ready-to-show', () => window.show())
  window.loadURL(`${pageOrigin}/`).catch((error: unknown) => {
    // Closed before it was loaded.
    if (!window.isDestroyed()) throw error
  })
  return window
}

/** Brings the window of this profile to the front, when the program is started a second time. */
export function raise(): void {
  const [window] = BrowserWindow.getAllWindows()
  if (!window) return
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}
