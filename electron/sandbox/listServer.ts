/**
 * Where the sandbox's certificates say that their revocation lists are (RFC 5280 §4.2.1.13): plain HTTP on loopback, as at
 * every CA, since a list is signed.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listenOn } from './listen.ts'

type ListName = 'issuing' | 'root'
export type ListUrls = Readonly<Record<ListName, string>>

interface ListServer {
  readonly port: number
  readonly urls: ListUrls
  /** From now on it answers; before, whoever asks is told to come again. */
  serve(list: (of: ListName) => Promise<Uint8Array>): void
  close(): Promise<void>
}

const names: Readonly<Record<string, ListName>> = { '/mail.crl': 'issuing', '/root.crl': 'root' }

/** Its address has to be known before the first certificate is issued. */
export async function startListServer(preferredPort: number | undefined): Promise<ListServer> {
  let served: ((of: ListName) => Promise<Uint8Array>) | undefined
  const server = createServer((request, response) => {
    const name = Object.hasOwn(names, request.url ?? '') ? names[request.url ?? ''] : undefined
    if (name === undefined) response.writeHead(404).end()
    else if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405).end()
    else if (!served) response.writeHead(503).end()
    else {
      served(name).then(
        (list) => {
          response.writeHead(200, { 'content-type': 'application/pkix-crl', 'cache-control': 'no-store' })
          response.end(request.method === 'HEAD' ? undefined : list)
        },
        () => response.writeHead(500).end(),
      )
    }
  })
  server.requestTimeout = 30_000
  server.maxConnections = 100
  await listenOn(server, preferredPort)
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  return {
    port,
    urls: { issuing: `${origin}/mail.crl`, root: `${origin}/root.crl` },
    serve(list) {
      served = list
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
