/**
 * An HTTPS client with bounds: verified TLS only, a limit for the whole exchange, a limit for the body, and redirects only
 * when asked for, to https, and never with a body. No cookies, no caching, no compression.
 */

import { failure, type Result, success } from '../base/result.ts'
import type { ConnectFailure } from './connectFailure.ts'
import {
  exchange,
  type HttpAnswer,
  type HttpExchangeError,
  redirectTarget,
  socketHost,
  webUrl,
} from './httpExchange.ts'
import type { TlsFacts } from './tls.ts'

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
  /** Names in lower case; of a repeated field the first value, of Link all of them. */
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

/** Sends one request and reads the whole answer. Any HTTP status is an answer, not a failure. */
export async function request(input: HttpsRequest): Promise<Result<HttpsResponse, HttpsError>> {
  const timeoutMs = input.timeoutMs ?? defaultTimeoutMs
  const deadline = Date.now() + timeoutMs
  let url = input.url
  for (let left = input.redirects ?? 0; ; left -= 1) {
    const target = webUrl(url, 'https:')
    if (!target) return failure({ code: 'not-https', url: url.slice(0, 200) })
    const answer = await exchange(target, {
      ...input,
      method: input.method ?? (input.body ? 'POST' : 'GET'),
      limitMs: Math.max(deadline - Date.now(), 0),
      seconds: Math.ceil(timeoutMs / 1000),
      maxBytes: input.maxBytes ?? defaultMaxBytes,
    })
    if (!answer.ok) return failure(errorOf(answer.error))
    const location = redirectTarget(answer.value, target)
    // A body is never sent a second time: the redirect could take a signed request to another server.
    if (location === undefined || (input.redirects ?? 0) === 0 || input.body) return response(answer.value, target)
    if (left <= 0) return failure({ code: 'too-many-redirects', host: target.hostname })
    url = location
  }
}

function response({ tls, ...answer }: HttpAnswer, url: URL): Result<HttpsResponse, HttpsError> {
  if (!tls) return failure({ code: 'tls-failed', host: socketHost(url), reason: 'not-verified' })
  return success({ ...answer, url: url.href, tls })
}

/**
 * Whoever set up an account can't do more about a name that isn't there than about a network that isn't. Local addresses are
 * not refused here.
 */
function errorOf(error: HttpExchangeError): HttpsError {
  return error.code === 'name-not-found' || error.code === 'local-address'
    ? { code: 'no-network', host: error.host }
    : error
}
