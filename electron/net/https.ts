/**
 * An HTTPS client with bounds: verified TLS only, a limit for the whole exchange, a limit for the body, and redirects only
 * when asked for, to https, and never with a body. No cookies, no caching, no compression.
 */

import { request as httpsRequest } from 'node:https'
import { asBuffer, concatBytes } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type ConnectFailure, connectFailure } from './connectFailure.ts'
import { describeTls, shownCertificate, type TlsFacts, verifiedTls } from './tls.ts'

export interface HttpsRequest {
  /** An https: URL. Anything else is refused. */
  readonly url: string
  readonly method?: 'GET' | 'HEAD' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** PEM roots in place of the built-in ones. */
  readonly ca?: string
  /** Limit for the whole exchange, redirects included. */
  readonly timeoutMs?: number
  /** Limit for the response's body in bytes. */
  readonly maxBytes?: number
  /** How many redirects are followed; none unless asked for. */
  readonly redirects?: number
  readonly signal?: AbortSignal
}

export interface HttpsResponse {
  /** The address that answered, after redirects. */
  readonly url: string
  readonly status: number
  /** Names in lower case; of a repeated field the first value. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly tls: TlsFacts
}

export type HttpsError =
  | ConnectFailure
  | { readonly code: 'not-https'; readonly url: string }
  | { readonly code: 'too-large'; readonly limit: number }
  | { readonly code: 'too-many-redirects'; readonly host: string }

/** Room for certificates, chains and ACME objects; whoever expects more (a CRL) says so. */
const defaultMaxBytes = 1_048_576
const defaultTimeoutMs = 30_000
/** Header section: node's own limit is 16 KiB, repeated here because it is what stops endless header lines. */
const maxHeaderSize = 16_384

/** Sends one request and reads the whole answer. Any HTTP status is an answer, not a failure. */
export async function request(input: HttpsRequest): Promise<Result<HttpsResponse, HttpsError>> {
  const deadline = Date.now() + (input.timeoutMs ?? defaultTimeoutMs)
  let url = input.url
  for (let left = input.redirects ?? 0; ; left -= 1) {
    const target = httpsUrl(url)
    if (!target) return failure({ code: 'not-https', url: url.slice(0, 200) })
    const answer = await exchange(target, input, deadline)
    if (!answer.ok) return answer
    const location = answer.value.headers['location']
    const redirected = [301, 302, 303, 307, 308].includes(answer.value.status) && location !== undefined
    // A body is never sent a second time: the redirect could take a signed request to another server.
    if (!redirected || (input.redirects ?? 0) === 0 || input.body) return answer
    if (left <= 0) return failure({ code: 'too-many-redirects', host: target.hostname })
    url = URL.canParse(location, target) ? new URL(location, target).href : location
  }
}

function httpsUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  // Credentials in a URL would end up in logs and referrers.
  return url.protocol === 'https:' && url.username === '' && url.password === '' ? url : undefined
}

function exchange(url: URL, input: HttpsRequest, deadline: number): Promise<Result<HttpsResponse, HttpsError>> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || 443)
  const limitMs = Math.max(deadline - Date.now(), 0)
  const seconds = Math.ceil((input.timeoutMs ?? defaultTimeoutMs) / 1000)
  const maxBytes = input.maxBytes ?? defaultMaxBytes
  return new Promise((resolve) => {
    const end = (result: Result<HttpsResponse, HttpsError>) => {
      clearTimeout(timer)
      input.signal?.removeEventListener('abort', onAbort)
      outgoing.destroy()
      resolve(result)
    }
    const outgoing = httpsRequest({
      ...verifiedTls(host, input.ca),
      host,
      port,
      path: `${url.pathname}${url.search}`,
      method: input.method ?? (input.body ? 'POST' : 'GET'),
      headers: { 'accept-encoding': 'identity', ...input.headers },
      agent: false,
      maxHeaderSize,
    })
    // One timer for everything: a socket timeout alone lets a server that drips one byte a minute go on for ever.
    const timer = setTimeout(() => end(failure({ code: 'timeout', host, seconds })), limitMs)
    const onAbort = () => end(failure({ code: 'cancelled' }))
    if (input.signal?.aborted) {
      onAbort()
      return
    }
    input.signal?.addEventListener('abort', onAbort, { once: true })
    let shown: ReturnType<typeof shownCertificate>
    outgoing.on('socket', (socket) => {
      socket.prependListener('secure', () => {
        shown = shownCertificate((socket as unknown as import('node:tls').TLSSocket).getPeerCertificate())
      })
    })
    outgoing.on('error', (error) => {
      const known = connectFailure(error, { host, port, seconds }, shown)
      end(failure(known ?? { code: 'protocol-violation', host, reason: violation(error) }))
    })
    outgoing.on('response', (incoming) => {
      const tls = describeTls(incoming.socket, host)
      if (!tls) return end(failure({ code: 'tls-failed', host, reason: 'not-verified' }))
      const chunks: Uint8Array[] = []
      let received = 0
      incoming.on('data', (chunk: Uint8Array) => {
        received += chunk.length
        if (received > maxBytes) end(failure({ code: 'too-large', limit: maxBytes }))
        else chunks.push(chunk)
      })
      incoming.on('error', () => end(failure({ code: 'protocol-violation', host, reason: 'connection-closed' })))
      incoming.on('end', () => {
        if (!incoming.complete) return end(failure({ code: 'protocol-violation', host, reason: 'connection-closed' }))
        const headers = firstValues(incoming.rawHeaders)
        end(success({ url: url.href, status: incoming.statusCode ?? 0, headers, body: concatBytes(...chunks), tls }))
      })
    })
    outgoing.end(input.body ? asBuffer(input.body) : undefined)
  })
}

function firstValues(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase()
    if (!Object.hasOwn(headers, name)) headers[name] = raw[index + 1]!
  }
  return headers
}

/** Parse errors of node:http are HPE_*; the code says enough and holds nothing from the peer. */
function violation(error: Error): string {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' ? code.slice(0, 60) : 'not-http'
}
