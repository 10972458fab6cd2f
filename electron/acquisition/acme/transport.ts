/**
 * Signed requests to an ACME server (RFC 8555 §6): nonces, one retry after badNonce, Retry-After, problem documents, sizes.
 * The HTTPS exchange itself is handed in, with its trust anchors.
 */

import { hostOf } from '../../../shared/hostOf.ts'
import { utf8Text } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { RequestSigner } from './accountKey.ts'
import { type AcmeError, problemName, readProblem, refusal } from './errors.ts'
import { allowedLocation, isPage } from './location.ts'
import { type Directory, directorySchema } from './resources.ts'

export interface HttpsQuestion {
  readonly url: string
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly signal?: AbortSignal
}

export interface HttpsAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array
}

/** One HTTPS exchange, which follows no redirect: a redirected POST would be signed for another URL. The code of a failure is only shown as the reason. */
export type HttpsExchange = (
  question: HttpsQuestion,
) => Promise<Result<HttpsAnswer, { readonly code: string; readonly reason?: string }>>

export interface AcmeAnswer {
  readonly status: number
  readonly body: Uint8Array
  /** The Location header, as the server wrote it where that is an address. */
  readonly location?: string
  readonly contentType: string
  readonly retryAfterSeconds?: number
  /** Targets of Link fields whose relation is "alternate" (RFC 8288, RFC 8555 §7.4.2). */
  readonly alternates: readonly string[]
  /** Where a list goes on (§7.1.2.1), one at most. */
  readonly nextPages: readonly string[]
}

/** CAs answer within a few seconds; finalize may take a minute where issuing happens in the request. */
const timeoutMs = 60_000
/** JSON objects of RFC 8555 have some 2 kB; a chain of four certificates with large keys stays under 20 kB. */
const maxBytes = 262_144
/** RFC 8555 §6.5 lets a client retry badNonce; a server that refuses five fresh nonces in a row is broken. */
const nonceAttempts = 5
/** A directory that moved, and one that moved again. */
const directoryMoves = 3
const movedStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** A day: nobody watches a wizard for longer, and a larger number would overflow a timer. */
const longestRetrySeconds = 86_400

export interface AcmeTransport {
  readonly directory: Directory
  post(
    url: string,
    payload: object | 'get',
    signer: { readonly key: RequestSigner; readonly accountUrl?: string },
    accept?: string,
  ): Promise<Result<AcmeAnswer, AcmeError>>
  /** An unsigned GET: only renewal information is read so (RFC 9773 §4.1). */
  get(url: string): Promise<Result<AcmeAnswer, AcmeError>>
  /** What time it is by the CA's last answer to a signed request (RFC 9110 §6.6.1); undefined where it doesn't say. */
  toldTime(): Date | undefined
}

export interface AcmeConnection {
  readonly directoryUrl: string
  /** Who asks, and in which language the CA's own words are wanted (RFC 8555 §6.1). */
  readonly program: { readonly version: string; readonly language: string }
  readonly exchange: HttpsExchange
  readonly clock: Clock
  readonly signal?: AbortSignal
}

/** Reads the directory (RFC 8555 §7.1.1) and checks every URL in it. */
export async function connectAcme(connection: AcmeConnection): Promise<Result<AcmeTransport, AcmeError>> {
  const { directoryUrl } = connection
  if (allowedLocation(directoryUrl, directoryUrl) === undefined) {
    return failure({ code: 'ca-answer-unusable', reason: 'directory-url' })
  }
  const moved = await askMoved(connection, directoryUrl)
  const answer = moved.ok ? acmeAnswer(moved.value, directoryUrl, connection.clock) : moved
  if (!answer.ok) return answer
  const directory = directorySchema.safeParse(readJson(answer.value.body))
  if (!directory.success) return failure({ code: 'ca-answer-unusable', reason: 'directory' })
  const { newNonce, newAccount, newOrder, revokeCert, keyChange, renewalInfo } = directory.data
  for (const url of [newNonce, newAccount, newOrder, revokeCert, keyChange, renewalInfo]) {
    if (url !== undefined && allowedLocation(url, directoryUrl) === undefined) {
      return failure({ code: 'ca-answer-unusable', reason: 'foreign-url' })
    }
  }
  return success(createTransport(connection, directory.data))
}

/** A directory may have moved, though to no place where it couldn't have sent Siegel by its entries. */
async function askMoved(connection: AcmeConnection, directoryUrl: string): Promise<Result<HttpsAnswer, AcmeError>> {
  let url = directoryUrl
  for (let left = directoryMoves; ; left--) {
    const answer = await ask(connection, { url, method: 'GET', headers: { accept: 'application/json' } })
    if (!answer.ok || !movedStatuses.has(answer.value.status)) return answer
    const location = absolute(headerOf(answer.value, 'location'), url)
    if (location === undefined || left === 0) {
      return failure({ code: 'ca-answer-unusable', reason: 'too-many-redirects' })
    }
    const target = allowedLocation(location, directoryUrl)
    if (target === undefined) {
      const reason = location.startsWith('https:') ? 'foreign-url' : 'not-https'
      return failure({ code: 'ca-answer-unusable', reason })
    }
    url = target
  }
}

function createTransport(connection: AcmeConnection, directory: Directory): AcmeTransport {
  let spareNonce: string | undefined
  let told: Date | undefined

  const takeNonce = async (): Promise<Result<string, AcmeError>> => {
    const spare = spareNonce
    spareNonce = undefined
    if (spare) return success(spare)
    const answer = await ask(connection, { url: directory.newNonce, method: 'HEAD', headers: {} })
    if (!answer.ok) return answer
    const nonce = nonceOf(answer.value)
    const refused = acmeAnswer(answer.value, directory.newNonce, connection.clock)
    if (!nonce && !refused.ok) return refused
    return nonce ? success(nonce) : failure({ code: 'ca-answer-unusable', reason: 'nonce' })
  }

  return {
    directory,
    toldTime: () => told,
    async get(url) {
      const target = allowedLocation(url, connection.directoryUrl)
      if (target === undefined) return failure({ code: 'ca-answer-unusable', reason: 'foreign-url' })
      const headers = { accept: 'application/json' }
      const answer = await ask(connection, { url: target, method: 'GET', headers })
      return answer.ok ? acmeAnswer(answer.value, target, connection.clock) : answer
    },

    async post(url, payload, { key, accountUrl }, accept = 'application/json') {
      const target = allowedLocation(url, connection.directoryUrl)
      if (target === undefined) return failure({ code: 'ca-answer-unusable', reason: 'foreign-url' })
      const bytes = payload === 'get' ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(payload))
      for (let attempt = 1; ; attempt++) {
        const nonce = await takeNonce()
        if (!nonce.ok) return nonce
        // As the CA spells it (RFC 8555 §6.4): it compares the strings, and a port that goes without saying is a difference.
        const body = await key.sign(bytes, {
          url,
          nonce: nonce.value,
          ...(accountUrl === undefined ? {} : { accountUrl }),
        })
        const headers = { 'content-type': 'application/jose+json', accept }
        const answer = await ask(connection, { url: target, method: 'POST', headers, body })
        if (!answer.ok) return answer
        spareNonce = nonceOf(answer.value)
        told = dateOf(answer.value)
        const result = acmeAnswer(answer.value, target, connection.clock)
        if (result.ok || attempt >= nonceAttempts) return result
        if (result.error.code !== 'ca-refused' || result.error.problem !== 'badNonce') return result
      }
    },
  }
}

/** Failures of an exchange in which the CA did answer. */
const answered = new Set(['too-large', 'protocol-violation'])
/** The second one is node:http's, where the connection ends between two lines or two chunks. */
const brokenOff = new Set(['connection-closed', 'HPE_INVALID_EOF_STATE'])

async function ask(
  { exchange, signal, program }: AcmeConnection,
  question: Pick<HttpsQuestion, 'url' | 'method' | 'headers' | 'body'>,
): Promise<Result<HttpsAnswer, AcmeError>> {
  if (signal?.aborted) return failure({ code: 'cancelled' })
  // Servers refuse whoever doesn't say what it is.
  const headers = {
    'user-agent': `Siegel/${program.version}`,
    'accept-language': program.language,
    ...question.headers,
  }
  const answer = await exchange({ ...question, headers, timeoutMs, maxBytes, ...(signal ? { signal } : {}) })
  if (answer.ok) return answer
  if (signal?.aborted) return failure({ code: 'cancelled' })
  const { code, reason = '' } = answer.error
  // Cut in the middle of an answer, by a gateway or a network that changed: it says nothing about what the CA answers.
  const isCut = code === 'protocol-violation' && brokenOff.has(reason)
  if (answered.has(code) && !isCut) return failure({ code: 'ca-answer-unusable', reason: code })
  return failure({ code: 'ca-unreachable', host: hostOf(question.url), reason: code })
}

function acmeAnswer(answer: HttpsAnswer, url: string, clock: Clock): Result<AcmeAnswer, AcmeError> {
  const links = headerOf(answer, 'link') ?? ''
  const retryAfterSeconds = retryAfter(headerOf(answer, 'retry-after'), clock())
  if (answer.status < 200 || answer.status > 299) {
    const problem = readProblem(answer.body)
    // Without a problem document the status is all there is to say.
    const named = problem && problemName(problem) !== 'unspecified' ? problem : { type: `http-${answer.status}` }
    const [help] = linkTargets(links, 'help', url).filter(isPage)
    const instance = agreementPage(problem?.instance, links, url)
    return failure(refusal(answer.status, { ...problem, ...named, instance }, retryAfterSeconds, help))
  }
  const location = absolute(headerOf(answer, 'location'), url)
  return success({
    status: answer.status,
    body: answer.body,
    contentType: (headerOf(answer, 'content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase(),
    alternates: linkTargets(links, 'alternate', url).slice(0, alternateLimit),
    nextPages: linkTargets(links, 'next', url).slice(0, 1),
    ...(location === undefined ? {} : { location }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}

/** Where a person has to agree to something: the page for that, or the terms (RFC 8555 §7.3.3). */
function agreementPage(instance: string | undefined, links: string, url: string): string | undefined {
  const page = instance ? absolute(instance, url) : undefined
  return [page, ...linkTargets(links, 'terms-of-service', url)].find((one) => one !== undefined && isPage(one))
}

/** Retry-After as seconds or as a date (RFC 9110 §10.2.3), between 1 second and a day; undefined when absent or absurd. */
export function retryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  if (!/^\d{1,9}$|^[A-Z][a-z]{2}, .{17,20} GMT$/.test(text)) return undefined
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1000
  if (!Number.isFinite(seconds)) return undefined
  return Math.min(Math.max(Math.ceil(seconds), 1), longestRetrySeconds)
}

/** More chains for one certificate would be a server that wants to be asked for ever. */
const alternateLimit = 5

/** The targets of Link fields with this relation (RFC 8288 §3), resolved against the address that answered. */
function linkTargets(links: string, relation: string, url: string): string[] {
  const found = [...links.slice(0, 16_384).matchAll(/<([^<>\s]{1,2048})>([^<]*)/g)]
  return found
    .filter(([, , parameters = '']) => relationsOf(parameters).includes(relation))
    .flatMap(([, target]) => absolute(target, url) ?? [])
}

function relationsOf(parameters: string): string[] {
  const [, quoted, plain] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters) ?? []
  return (quoted ?? plain ?? '').toLowerCase().split(/\s+/)
}

/** A reference as its address; one that is an address already stays as it was written, as a key identifier has to (§6.2). */
function absolute(reference: string | undefined, url: string): string | undefined {
  if (reference === undefined || URL.canParse(reference)) return reference
  return URL.canParse(reference, url) ? new URL(reference, url).href : undefined
}

function nonceOf(answer: HttpsAnswer): string | undefined {
  const nonce = headerOf(answer, 'replay-nonce')
  // RFC 8555 §6.5.1: base64url, anything else must be ignored.
  return nonce && /^[A-Za-z0-9_-]{1,512}$/.test(nonce) ? nonce : undefined
}

function dateOf(answer: HttpsAnswer): Date | undefined {
  const date = new Date(headerOf(answer, 'date') ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}

function headerOf(answer: HttpsAnswer, name: string): string | undefined {
  const value = answer.headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** The JSON value, or undefined when the bytes are none. */
export function readJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Text(body))
  } catch {
    return undefined
  }
}
