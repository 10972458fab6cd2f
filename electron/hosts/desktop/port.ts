/** Takes the page's end of its channel and connects it to the services; from the window's own page only. */

import { type BrowserWindow, type IpcMainEvent, ipcMain, type MessagePortMain } from 'electron'
import type { PageLine, ProcedureServer } from '../procedureServer.ts'
import { pageOrigin } from './pageRequest.ts'

export function passPorts(window: BrowserWindow, server: Promise<ProcedureServer>): void {
  ipcMain.on('siegel:port', (event) => {
    const [port] = event.ports
    if (!port) return
    if (event.ports.length > 1 || !isOurPage(event, window)) return port.close()
    // The port keeps what arrives until it is started.
    server.then((running) => running.accept(lineOf(port))).catch(() => port.close())
  })
}

/** The page of the window, in its main frame, from its own protocol: not a frame, not another page. */
function isOurPage(event: IpcMainEvent, window: BrowserWindow): boolean {
  const { sender, senderFrame } = event
  return (
    !window.isDestroyed() &&
    sender === window.webContents &&
    senderFrame !== null &&
    senderFrame === sender.mainFrame &&
    senderFrame.url.startsWith(`${pageOrigin}/`)
  )
}

function lineOf(port: MessagePortMain): PageLine {
  return {
    onMessage(listener) {
      port.on('message', (event) => listener(event.data))
      port.start()
    },
    onClose: (listener) => void port.on('close', listener),
    send: (data) => port.postMessage(data),
    close: () => port.close(),
  }
}
