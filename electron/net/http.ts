/**
 * Fetching what certificates point to: revocation lists, OCSP answers, issuers' certificates. They are signed, so that http:
 * does as well as https:, and whoever wrote the certificate, a stranger, chose the address. Therefore: limits for time,
 * silence, size and redirects; nothing but http: and https:; no other host than the one that was named and nothing on this
 * machine, unless the caller permits it. No cookies, no credentials, no proxy. The media type is not looked at: the bytes
 * must prove what they are.
 */

import { failure, type Result, success } from '../base/result.ts'
import type { ConnectFailure } from './connectFailure.ts'
import { exchange, type HttpExchangeError, redirectTarget, socketHost, webUrl } from './httpExchange.ts'
import { isInsideAddress, isLocalAddress } from './localAddress.ts'

export interface FetchRequest {
  /** An http: or https: address without credentials. */
  readonly url: string
  /** Makes it a POST; without it, it is a GET. */
  readonly body?: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  /** Limit for the whole, redirects included, in milliseconds. */
  readonly timeoutMs?: number
  /** Limit for silence, in milliseconds. */
  readonly idleMs?: number
  /** Limit for the body in bytes; the caller knows what it expects. */
  readonly maxBytes: number
  /** Lets redirects lead to another host. */
  readonly otherHosts?: boolean
  /** Permits addresses of this machine; for the sandbox and for tests. */
  readonly localAddresses?: boolean
  /**
   * For addresses that nobody vouches for: refuses private networks as well, and every port but 80 and 443, so that a stranger
   * can't make this machine knock at the doors of its own network.
   */
  readonly publicOnly?: boolean
  /** PEM roots in place of the built-in ones, for https:. */
  readonly ca?: string
  readonly signal?: AbortSignal
}

export interface FetchedBody {
  /** The address that answered, after redirects. */
  readonly url: string
  readonly body: Uint8Array
  /**
   * The present, as the server says: Date (RFC 9110 §6.6.1) and, of an answer that waited in a cache, Age (RFC 9111 §5.1). Over
   * http: anybody on the way may have written it.
   */
  readonly date?: Date
}

export type FetchError =
  /** Not an http: or https: address, or one with credentials in it. At most 200 characters of it are kept. */
  | { readonly code: 'not-a-url'; readonly url: string }
  /** This machine or its link, by address or by what the name stands for. */
  | { readonly code: 'local-address'; readonly host: string }
  | { readonly code: 'unreachable'; readonly host: string; readonly reason: UnreachableReason }
  /** The time for the whole or for silence ran out; `seconds` is the limit for the whole. */
  | { readonly code: 'timed-out'; readonly host: string; readonly seconds: number }
  | { readonly code: 'too-large'; readonly limit: number }
  | { readonly code: 'redirected-elsewhere'; readonly host: string; readonly to: string }
  | { readonly code: 'too-many-redirects'; readonly host: string; readonly limit: number }
  /** An answer, but not 200 OK. */
  | { readonly code: 'refused-status'; readonly host: string; readonly status: number }
  | { readonly code: 'cancelled' }

/** `protocol-violation` is also a connection that ends before the answer does. */
type UnreachableReason = Exclude<ConnectFailure['code'], 'timeout' | 'cancelled'> | 'name-not-found'

/** A person waits for the judgement of a mail; a responder that is up answers within a second. */
const defaultTimeoutMs = 15_000
/** A server in the middle of its answer that says nothing for so long has gone. */
const defaultIdleMs = 5_000
/** From a CA's domain to its distribution network is one, from http: to https: another; three more are a circle. */
const redirectLimit = 3
/** A URL leaves its scheme's own port out; the other scheme's may stand there. */
const webPorts: ReadonlySet<string> = new Set(['80', '443'])

/** Fetches an address with GET, or posts a body to it; answers with the body of a 200 OK. */
export async function fetchBytes(input: FetchRequest): Promise<Result<FetchedBody, FetchError>> {
  const timeoutMs = input.timeoutMs ?? defaultTimeoutMs
  const deadline = Date.now() + timeoutMs
  let url = webUrl(input.url, 'http:', 'https:')
  for (let redirects = 0; ; redirects++) {
    if (!url || (input.publicOnly && !input.localAddresses && url.port !== '' && !webPorts.has(url.port))) {
      return failure({ code: 'not-a-url', url: input.url.slice(0, 200) })
    }
    const answer = await exchange(url, {
      ...input,
      method: input.body ? 'POST' : 'GET',
      limitMs: Math.max(deadline - Date.now(), 0),
      seconds: Math.ceil(timeoutMs / 1000),
      idleMs: input.idleMs ?? defaultIdleMs,
      refuses: input.localAddresses ? undefined : input.publicOnly ? isInsideAddress : isLocalAddress,
    })
    if (!answer.ok) return failure(fetchErrorOf(answer.error))
    const { status, body, headers } = answer.value
    if (status === 200) return success({ url: url.href, body, ...dateOf(headers) })
    const location = redirectTarget(answer.value, url)
    const host = socketHost(url)
    // What was posted is not sent a second time: no responder redirects, and 301 and 302 would turn it into a GET.
    if (location === undefined || input.body) return failure({ code: 'refused-status', host, status })
    const target = webUrl(location, 'http:', 'https:')
    if (!target || !(input.otherHosts || staysWith(url, target))) {
      return failure({ code: 'redirected-elsewhere', host, to: target ? socketHost(target) : location.slice(0, 200) })
    }
    if (redirects === redirectLimit) return failure({ code: 'too-many-redirects', host, limit: redirectLimit })
    url = target
  }
}

/** The form that servers must send (IMF-fixdate); the two obsolete ones are left alone. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

function dateOf(headers: Readonly<Record<string, string>>): Pick<FetchedBody, 'date'> {
  const [sent = '', age = '0'] = [headers['date'], headers['age']]
  if (!httpDate.test(sent) || !/^\d{1,8}$/.test(age)) return {}
  const at = Date.parse(sent) + Number(age) * 1_000
  return Number.isNaN(at) ? {} : { date: new Date(at) }
}

/** The same host, whatever port, and no step down from https: to http:. */
function staysWith(from: URL, to: URL): boolean {
  return from.hostname === to.hostname && (from.protocol === 'http:' || to.protocol === 'https:')
}

function fetchErrorOf(error: HttpExchangeError): FetchError {
  switch (error.code) {
    case 'cancelled':
    case 'too-large':
    case 'local-address':
      return error
    case 'timeout':
      return { code: 'timed-out', host: error.host, seconds: error.seconds }
    default:
      return { code: 'unreachable', host: error.host, reason: error.code }
  }
}
