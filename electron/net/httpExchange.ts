/**
 * One HTTP request and its answer, over TLS or in the clear, within bounds: a limit for the whole, one for silence, one for
 * the body. No redirects, cookies, authentication, caching, compression or proxies: what each of those would mean is for
 * the callers to say (https.ts, http.ts), and none of them wants more than redirects.
 */

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { asBuffer } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type ConnectFailure, connectFailure, systemCode } from './connectFailure.ts'
import { describeTls, shownCertificate, type TlsFacts, verifiedTls } from './tls.ts'

export interface HttpExchange {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: Uint8Array | undefined
  /** PEM roots in place of the built-in ones. */
  readonly ca?: string | undefined
  /** What is left of the limit for the whole, in milliseconds. */
  readonly limitMs: number
  /** The limit that an error names, in seconds. */
  readonly seconds: number
  /** Limit for the silence between two pieces, in milliseconds; none unless given. */
  readonly idleMs?: number | undefined
  /** Limit for the answer's body in bytes. */
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
  /** The IP addresses that are refused before anything is sent to them. */
  readonly refuses?: ((address: string) => boolean) | undefined
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case; of a repeated field the first value. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Of an https: address always there. */
  readonly tls: TlsFacts | undefined
}

export type HttpExchangeError =
  | ConnectFailure
  /** The name service answered that there is no such name; `no-network` is that it didn't answer. */
  | { readonly code: 'name-not-found'; readonly host: string }
  | { readonly code: 'local-address'; readonly host: string }
  | { readonly code: 'too-large'; readonly limit: number }

/** Header section: node's own limit is 16 KiB, repeated here because it is what stops endless header lines. */
const maxHeaderSize = 16_384

/** The host of an http: or https: address as a socket wants it: IPv6 without its brackets. */
export function socketHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** An address of one of these schemes, or undefined. One with credentials would take them into logs and referrers. */
export function webUrl(text: string, ...schemes: readonly ('http:' | 'https:')[]): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const known = schemes.some((scheme) => scheme === url.protocol)
  return known && url.username === '' && url.password === '' ? url : undefined
}

/** Where a redirect leads, resolved against the address that answered; undefined for an answer that is none (RFC 9110 §15.4). */
export function redirectTarget({ status, headers }: HttpAnswer, from: URL): string | undefined {
  const location = headers['location']
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined
  return URL.canParse(location, from) ? new URL(location, from).href : location
}

/** Sends one request and reads the whole answer. Any HTTP status is an answer, not a failure. */
export function exchange(url: URL, input: HttpExchange): Promise<Result<HttpAnswer, HttpExchangeError>> {
  return new Promise((resolve) => {
    if (input.signal?.aborted) return resolve(failure({ code: 'cancelled' }))
    const host = socketHost(url)
    if (input.refuses?.(host)) return resolve(failure({ code: 'local-address', host }))
    const { seconds } = input
    const end = (result: Result<HttpAnswer, HttpExchangeError>) => {
      clearTimeout(timer)
      input.signal?.removeEventListener('abort', onAbort)
      outgoing.destroy()
      resolve(result)
    }
    const outgoing = requestTo(url, input)
    const onTimeout = () => end(failure({ code: 'timeout', host, seconds }))
    const onAbort = () => end(failure({ code: 'cancelled' }))
    // One timer for everything: a limit for silence alone lets a server that drips one byte a minute go on for ever.
    const timer = setTimeout(onTimeout, input.limitMs)
    input.signal?.addEventListener('abort', onAbort, { once: true })
    let shown: ReturnType<typeof shownCertificate>
    outgoing.on('socket', (socket) => {
      // The address that is connected to counts, not the name: a stranger's name may point anywhere.
      socket.on('lookup', (_error, address: unknown) => {
        if (typeof address === 'string' && input.refuses?.(address)) {
          end(failure({ code: 'local-address', host }))
        }
      })
      socket.prependListener('secure', () => {
        shown = shownCertificate((socket as unknown as import('node:tls').TLSSocket).getPeerCertificate())
      })
    })
    outgoing.on('timeout', onTimeout)
    outgoing.on('error', (error) => {
      if (systemCode(error) === 'ENOTFOUND') return end(failure({ code: 'name-not-found', host }))
      const known = connectFailure(error, { host, port: portOf(url), seconds }, shown)
      end(failure(known ?? { code: 'protocol-violation', host, reason: violation(error) }))
    })
    // Nobody asked for another protocol; without an answer to 101 the request would just wait for its limit.
    outgoing.on('upgrade', () => end(failure({ code: 'protocol-violation', host, reason: 'not-http' })))
    outgoing.on('response', (incoming) => {
      const tls = describeTls(incoming.socket, host)
      if (url.protocol === 'https:' && !tls) return end(failure({ code: 'tls-failed', host, reason: 'not-verified' }))
      readAnswer(incoming, { host, maxBytes: input.maxBytes, tls, end })
    })
    outgoing.end(input.body ? asBuffer(input.body) : undefined)
  })
}

function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80))
}

function requestTo(url: URL, input: HttpExchange): ClientRequest {
  const host = socketHost(url)
  const secure = url.protocol === 'https:'
  return (secure ? httpsRequest : httpRequest)({
    ...(secure ? verifiedTls(host, input.ca) : {}),
    host,
    port: portOf(url),
    path: `${url.pathname}${url.search}`,
    method: input.method,
    headers: { 'accept-encoding': 'identity', ...input.headers },
    agent: false,
    maxHeaderSize,
    ...(input.idleMs === undefined ? {} : { timeout: input.idleMs }),
  })
}

interface AnswerReading {
  readonly host: string
  readonly maxBytes: number
  readonly tls: TlsFacts | undefined
  readonly end: (result: Result<HttpAnswer, HttpExchangeError>) => void
}

function readAnswer(incoming: IncomingMessage, { host, maxBytes, tls, end }: AnswerReading): void {
  const closed = () => end(failure({ code: 'protocol-violation', host, reason: 'connection-closed' }))
  // One buffer that grows: a body in chunks of one byte each would otherwise be a million objects.
  let body = Buffer.allocUnsafe(Math.min(maxBytes, 16_384))
  let received = 0
  incoming.on('data', (chunk: Uint8Array) => {
    const start = received
    received += chunk.length
    if (received > maxBytes) return end(failure({ code: 'too-large', limit: maxBytes }))
    if (received > body.length) {
      const larger = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(received, body.length * 2)))
      larger.set(body.subarray(0, start))
      body = larger
    }
    body.set(chunk, start)
  })
  incoming.on('error', closed)
  incoming.on('end', () => {
    if (!incoming.complete) return closed()
    const headers = headerValues(incoming.rawHeaders)
    end(success({ status: incoming.statusCode ?? 0, headers, body: body.subarray(0, received), tls }))
  })
}

/** Of a repeated field the first value; Link is a list, whose values are joined as RFC 9110 §5.3 has it. */
function headerValues(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase()
    const value = raw[index + 1]!
    if (!Object.hasOwn(headers, name)) headers[name] = value
    else if (name === 'link') headers[name] += `, ${value}`
  }
  return headers
}

/** Parse errors of node:http are HPE_*; the code says enough and holds nothing from the peer. */
function violation(error: Error): string {
  const code = systemCode(error)
  return code === '' ? 'not-http' : code.slice(0, 60)
}
