/**
 * Where the sandbox's certificates say that their revocation lists and their OCSP responders are (RFC 5280 §4.2.1.13 and
 * §4.2.2.1): plain HTTP on loopback, as at every CA, since lists and answers are signed.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { base64Bytes, concatBytes } from '../base/bytes.ts'
import { ocspRequestLimit } from '../certificates/revocation/ocspQuestion.ts'
import { listenOn } from './listen.ts'

export type IssuerName = 'issuing' | 'root'
export type RevocationUrls = Readonly<Record<IssuerName, { readonly list: string; readonly ocsp: string }>>

export interface RevocationSource {
  /** DER of the list of what that issuer revoked. */
  list(of: IssuerName): Promise<Uint8Array>
  /** DER of the answer to an OCSP request, whatever it is. */
  answer(of: IssuerName, request: Uint8Array): Promise<Uint8Array>
}

interface RevocationServer {
  readonly port: number
  readonly urls: RevocationUrls
  /** From now on it answers; before, whoever asks is told to come again. */
  serve(source: RevocationSource): void
  close(): Promise<void>
}

const paths = {
  issuing: { list: '/mail.crl', ocsp: '/mail.ocsp' },
  root: { list: '/root.crl', ocsp: '/root.ocsp' },
} as const
const issuers = ['issuing', 'root'] as const

interface Reply {
  readonly status: number
  readonly type?: string
  readonly body?: Uint8Array
}

/** Its address has to be known before the first certificate is issued. */
export async function startRevocationServer(preferredPort: number | undefined): Promise<RevocationServer> {
  let served: RevocationSource | undefined
  const server = createServer((request, response) => {
    reply(request, served).then(
      (answer) => write(request, response, answer),
      () => response.writeHead(500).end(),
    )
  })
  server.requestTimeout = 30_000
  server.maxConnections = 100
  await listenOn(server, preferredPort)
  const { port } = server.address() as AddressInfo
  const urlsOf = (name: IssuerName) => ({
    list: `http://127.0.0.1:${port}${paths[name].list}`,
    ocsp: `http://127.0.0.1:${port}${paths[name].ocsp}`,
  })
  return {
    port,
    urls: { issuing: urlsOf('issuing'), root: urlsOf('root') },
    serve(source) {
      served = source
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function reply(request: IncomingMessage, source: RevocationSource | undefined): Promise<Reply> {
  const path = request.url ?? ''
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const list = issuers.find((name) => paths[name].list === path)
  const responder = issuers.find((name) => path === paths[name].ocsp || path.startsWith(`${paths[name].ocsp}/`))
  if (list === undefined && responder === undefined) return { status: 404 }
  if (source === undefined) return { status: 503 }
  if (list !== undefined) {
    return isRead ? { status: 200, type: 'application/pkix-crl', body: await source.list(list) } : { status: 405 }
  }
  if (responder === undefined) return { status: 404 }
  const asked = isRead ? askedInPath(path.slice(paths[responder].ocsp.length + 1)) : await postedRequest(request)
  if (!(asked instanceof Uint8Array)) return asked
  return { status: 200, type: 'application/ocsp-response', body: await source.answer(responder, asked) }
}

/** RFC 6960 appendix A.1: the request in base64, whose slashes some write as they are. */
function askedInPath(text: string): Uint8Array {
  try {
    return base64Bytes(decodeURIComponent(text))
  } catch {
    return new Uint8Array()
  }
}

async function postedRequest(request: IncomingMessage): Promise<Uint8Array | Reply> {
  if (request.method !== 'POST') return { status: 405 }
  if (request.headers['content-type'] !== 'application/ocsp-request') return { status: 415 }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > ocspRequestLimit) return { status: 413 }
    chunks.push(chunk)
  }
  return concatBytes(...chunks)
}

function write(request: IncomingMessage, response: ServerResponse, { status, type, body }: Reply): void {
  if (type === undefined || body === undefined) {
    response.writeHead(status).end()
    return
  }
  // What was revoked a moment ago is revoked in the next answer.
  response.writeHead(status, { 'content-type': type, 'content-length': body.length, 'cache-control': 'no-store' })
  response.end(request.method === 'HEAD' ? undefined : body)
}
