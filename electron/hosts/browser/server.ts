/** The page over HTTP on 127.0.0.1, at a port that the system chooses: its files, the session, the way to the WebSocket. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Random } from '../../base/random.ts'
import { randomId } from '../../crypto/identifier.ts'
import { createPageFiles, type PageFiles } from '../pageFiles.ts'
import type { PageLine } from '../procedureServer.ts'
import { type Admission, createAdmission } from './admission.ts'
import { isOwnConnection } from './connectionOwner.ts'
import { createLines } from './lines.ts'

/** A session's request holds a token of 22 characters. */
const bodyByteLimit = 1_024

export interface PageServer {
  /** To be opened in a browser; works once. */
  readonly address: string
  close(): Promise<void>
}

export interface PageServerOptions {
  /** The bundled renderer's folder. */
  readonly folder: string
  readonly random: Random
  readonly accept: (line: PageLine) => void
  /** Whether the other end of a connection is this user's; only tests say it otherwise. */
  readonly isOwn?: typeof isOwnConnection
}

export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const { folder, random, accept, isOwn = isOwnConnection } = options
  const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 10_000, headersTimeout: 10_000 })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const admission = createAdmission(port, random)
  const files = createPageFiles({
    folder,
    // Not every browser lets 'self' stand for a WebSocket.
    connect: `'self' ws://127.0.0.1:${port}`,
    nonce: () => randomId(random),
  })
  const lines = createLines(admission, accept)
  server.on('request', (request, response) => {
    answer(request, response, admission, files, isOwn).catch(() => refuse(response, 500))
  })
  server.on('upgrade', lines.upgrade)
  return {
    address: `http://127.0.0.1:${port}/#${admission.token}`,
    async close() {
      lines.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  admission: Admission,
  files: PageFiles,
  isOwn: typeof isOwnConnection,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  if (!admission.isOurHost(request)) return refuse(response, 421)
  if (!admission.isOurOrigin(request, { required: request.method !== 'GET' })) return refuse(response, 403)
  if (path === '/session') return openSession(request, response, admission, isOwn)
  // Browsers ask for it unbidden; the page names its own.
  if (path === '/favicon.ico') return finish(response, 204, {})
  if (request.method !== 'GET') return refuse(response, 405)
  const file = await files.read(path)
  if (!file) return refuse(response, 404)
  response.writeHead(200, { ...file.headers, 'content-length': file.body.length })
  response.end(file.body)
}

async function openSession(
  request: IncomingMessage,
  response: ServerResponse,
  admission: Admission,
  isOwn: typeof isOwnConnection,
): Promise<void> {
  if (request.method !== 'POST') return refuse(response, 405)
  // A form of another page can't send this type without asking first.
  if (request.headers['content-type'] !== 'application/json') return refuse(response, 415)
  const body = await readBody(request)
  if (body === undefined) return refuse(response, 413)
  // Opening the printed address again in the browser that has the session does no harm.
  if (admission.hasSession(request)) return finish(response, 204, {})
  const { localPort: port = 0, remotePort: peerPort = 0 } = request.socket
  // Whoever else on this computer saw the address doesn't use it up either.
  if (!(await isOwn({ port, peerPort }))) return refuse(response, 403)
  const cookie = admission.exchange(tokenOf(body))
  return cookie === undefined ? refuse(response, 401) : finish(response, 204, { 'set-cookie': cookie })
}

function tokenOf(body: string): string {
  try {
    const { token } = JSON.parse(body) as { token?: unknown }
    return typeof token === 'string' ? token : ''
  } catch {
    // Not JSON, or not an object: no token.
    return ''
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > bodyByteLimit) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function refuse(response: ServerResponse, status: number): void {
  // The rest of a request that was refused is not read.
  finish(response, status, { connection: 'close' })
}

function finish(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers })
  response.end()
}
