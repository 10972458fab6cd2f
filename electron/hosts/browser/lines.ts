/** WebSockets at /rpc: each upgrade is checked like a request, and must come from our page with a session. */

import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { messageByteLimit } from '../messageGate.ts'
import type { PageLine } from '../procedureServer.ts'
import type { Admission } from './admission.ts'

/** A few tabs; more are not a person. */
const lineLimit = 16

export interface Lines {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  close(): void
}

export function createLines(admission: Admission, accept: (line: PageLine) => void): Lines {
  const server = new WebSocketServer({ noServer: true, maxPayload: messageByteLimit, perMessageDeflate: false })
  return {
    upgrade(request, socket, head) {
      // The other side may be gone before it is answered.
      socket.on('error', () => socket.destroy())
      const status = objectionTo(request)
      if (status !== undefined)
        return void socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`)
      server.handleUpgrade(request, socket, head, (webSocket) => {
        // A message over the limit or a broken frame closes the socket; the close event follows.
        webSocket.on('error', () => webSocket.terminate())
        accept(lineOf(webSocket))
      })
    },
    close() {
      for (const client of server.clients) client.terminate()
      server.close()
    },
  }

  function objectionTo(request: IncomingMessage): number | undefined {
    if (!admission.isOurHost(request)) return 421
    if (!admission.isOurOrigin(request, { required: true })) return 403
    if (request.url !== '/rpc') return 404
    if (!admission.hasSession(request)) return 401
    return server.clients.size >= lineLimit ? 503 : undefined
  }
}

function lineOf(socket: WebSocket): PageLine {
  return {
    // Text only: `data` is a Buffer either way.
    onMessage: (listener) => void socket.on('message', (data, isBinary) => listener(isBinary ? data : data.toString())),
    onClose: (listener) => void socket.on('close', listener),
    send: (data) => socket.send(data),
    close: () => socket.close(1008),
  }
}
