/** How a conversation with a CA can fail, in the codes of the contract, and how a problem document becomes one of them. */

import type { Failure } from '../../../shared/contract/errors.ts'
import { utf8Text } from '../../base/bytes.ts'
import { type Problem, problemSchema } from './resources.ts'

export type AcmeError =
  /** No answer: no network, a refused connection, a timeout, TLS that failed. `reason` is a code, for the log. */
  | { readonly code: 'ca-unreachable'; readonly host: string; readonly reason: string }
  /** The CA answered with an error. `problem` is the last part of its type (RFC 8555 §6.7), such as "rateLimited". */
  | {
      readonly code: 'ca-refused'
      readonly problem: string
      readonly detail: string
      readonly status: number
      /** When the CA asked to come back, in seconds from now. */
      readonly retryAfterSeconds?: number
      /** Where the person has to agree to something first (§7.3.3). */
      readonly instance?: string
    }
  /** The answer breaks the protocol; `reason` names the part. */
  | { readonly code: 'ca-answer-unusable'; readonly reason: string }
  | { readonly code: 'cancelled' }

const problemPrefix = 'urn:ietf:params:acme:error:'
/** Long enough for a sentence, short enough for a window. */
const detailLimit = 500

/** What fits into a window beside the words. */
const helpLimit = 200

/** A person reads a few reasons; the rest repeats them. */
const namedSubproblems = 3

/** "compound" says nothing by itself (RFC 8555 §6.7.1): the subproblems' names, joined by commas, stand for it. */
export function problemName(problem: Problem | undefined): string {
  const name = nameOf(problem?.type)
  if (name !== 'compound') return name
  const inside = [...new Set((problem?.subproblems ?? []).map(({ type }) => nameOf(type)))]
  return inside.slice(0, namedSubproblems).join(', ') || name
}

function nameOf(type: string | undefined): string {
  const text = type ?? ''
  if (text.startsWith(problemPrefix)) return text.slice(problemPrefix.length, problemPrefix.length + 100)
  // A type of the vendor's is an address (RFC 9457 §3.1.1), which tells a person nothing.
  return text.includes(':') && text !== 'about:blank'
    ? 'own-reason'
    : nameless.has(text)
      ? 'unspecified'
      : text.slice(0, 100)
}

/** What a problem document without a type of its own says (RFC 9457 §4.2.1). */
const nameless = new Set(['', 'about:blank'])

/** The CA's own words, on one line and bounded: they are shown as a quotation, never as Siegel's sentence. */
export function problemDetail(problem: Problem | undefined): string {
  const details = [problem?.detail, ...(problem?.subproblems ?? []).map((sub) => sub.detail)]
  return details
    .filter((detail): detail is string => !!detail)
    .map((detail, at, { length }) => (at < length - 1 && !/[.!?:;]\s*$/.test(detail) ? `${detail};` : detail))
    .join(' ')
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .slice(0, detailLimit)
}

/** @param help a page that says more (RFC 8555 §6.6), as CAs give it with their limits: it belongs to their words. */
export function refusal(
  status: number,
  problem: Problem | undefined,
  retryAfterSeconds?: number,
  help?: string,
): AcmeError {
  const detail = problemDetail(problem)
  const isNews = help !== undefined && help.length <= helpLimit && !detail.includes(help)
  return {
    code: 'ca-refused',
    problem: problemName(problem),
    detail: isNews ? `${detail} ${help}`.trim() : detail,
    status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(problem?.instance === undefined ? {} : { instance: problem.instance }),
  }
}

/** Reads a problem document; anything else (an HTML page of a proxy, nothing) gives undefined. */
export function readProblem(body: Uint8Array): Problem | undefined {
  try {
    const parsed = problemSchema.safeParse(JSON.parse(utf8Text(body)))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** An answer that says that the CA doesn't know the order or the account any more. */
export function isLost(error: AcmeError): boolean {
  if (error.code === 'ca-refused') return error.status === 404 || error.problem === 'accountDoesNotExist'
  // The stored URLs are of a server that has moved to another port or name.
  return error.code === 'ca-answer-unusable' && error.reason === 'foreign-url'
}

/** Whether the same question may have another answer later: the server is busy or broken, and the request as such is fine. */
export function isPassing(error: AcmeError): boolean {
  if (error.code !== 'ca-refused') return error.code !== 'ca-answer-unusable'
  return error.status >= 500 || error.status === 429 || passingProblems.has(error.problem)
}

/** After agreeing to new terms, too, the same request is taken. */
const passingProblems = new Set(['badNonce', 'rateLimited', 'serverInternal', 'orderNotReady', 'userActionRequired'])

/** A CA that says "too often", or is down, and not when to come back. */
const busySeconds = 3_600

/** What a person hears of it: the contract's data and nothing more. `at` is now, which Retry-After counts from. */
export function shown(error: AcmeError, at: Date): Failure {
  const busy = busyFor(error)
  if (error.code === 'ca-refused' && busy !== undefined) {
    return { code: 'ca-busy', detail: error.detail, retryAt: new Date(at.getTime() + busy * 1000).toISOString() }
  }
  switch (error.code) {
    case 'ca-unreachable':
      return { code: error.code, host: error.host }
    case 'ca-refused':
      return { code: error.code, problem: shownProblem(error.problem), detail: error.detail }
    case 'ca-answer-unusable':
      return { code: error.code, reason: error.reason }
    case 'cancelled':
      return { code: 'cancelled' }
  }
}

/** A status stands for a refusal without a problem document: a server or a proxy in the CA's place said no, and not why. */
const statusOnly = /^http-\d{3}$/

/** Whoever answered in the CA's place decided nothing about the order. */
export function isUnexplained(error: AcmeError): boolean {
  return error.code === 'ca-refused' && statusOnly.test(error.problem)
}

function shownProblem(problem: string): string {
  return statusOnly.test(problem) ? 'no-reason' : problem
}

/** Seconds after which a busy CA may be asked again. */
function busyFor(error: AcmeError): number | undefined {
  if (error.code !== 'ca-refused' || !isPassing(error)) return undefined
  const isLimit = error.status === 429 || error.problem === 'rateLimited'
  // A gateway's page instead of a problem document: the CA itself is down for now.
  const isDown = error.status >= 500 && statusOnly.test(error.problem)
  return error.retryAfterSeconds ?? (isLimit || isDown ? busySeconds : undefined)
}
