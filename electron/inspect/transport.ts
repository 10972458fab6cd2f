/**
 * The way of a mail as its header claims it: Received fields (RFC 5321 §4.4) and Authentication-Results (RFC 8601).
 *
 * Nothing of this is checked, and anyone on the way can write such fields; it is shown as a claim, with the name of the
 * server that claims it.
 */

import type { Report } from '../../shared/contract/report.ts'

type Transport = Report['transport']
type Hop = Transport['hops'][number]

interface Field {
  readonly name: string
  readonly value: string
}

/** RFC 5321 §6.3 stops loops at 100 hops; a real way has about eight. */
const hopLimit = 100
/** RFC 5322 lines have 998 characters and a Received field has a few of them. */
const fieldLimit = 8_000

export function transportOf(fields: readonly Field[]): Transport {
  const named = (name: string) => fields.filter((field) => field.name.toLowerCase() === name)
  return {
    hops: named('received')
      .slice(0, hopLimit)
      .map(({ value }) => hopOf(value.slice(0, fieldLimit))),
    ...authenticationOf(named('authentication-results').map(({ value }) => value.slice(0, fieldLimit))),
  }
}

/** The text without its comments, which may nest. */
function withoutComments(text: string): string {
  let depth = 0
  let kept = ''
  for (const character of text) {
    if (character === '(') depth++
    else if (character === ')' && depth > 0) {
      depth--
      kept += ' '
    } else if (depth === 0) kept += character
  }
  return kept
}

const clauses = new Set(['from', 'by', 'via', 'with', 'id', 'for'])

function hopOf(value: string): Hop {
  const end = value.lastIndexOf(';')
  const time = end < 0 ? '' : value.slice(end + 1).trim()
  const words = withoutComments(end < 0 ? value : value.slice(0, end))
    .split(/\s+/)
    .filter((word) => word !== '')
  const found = new Map<string, string>()
  for (const [index, word] of words.entries()) {
    const clause = word.toLowerCase()
    const next = words[index + 1]
    if (clauses.has(clause) && next !== undefined && !found.has(clause)) found.set(clause, next)
  }
  const from = found.get('from')
  const by = found.get('by')
  const protocol = found.get('with')
  const tls = tlsOf(value)
  return {
    ...(from === undefined ? {} : { from }),
    ...(by === undefined ? {} : { by }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(tls === undefined ? {} : { tls }),
    ...(time === '' ? {} : { time }),
  }
}

/** "using TLSv1.3 with cipher X" (Postfix), "version=TLS1_3 cipher=X" (Exim, Exchange, Gmail), "(TLS1.2) X". */
function tlsOf(value: string): string | undefined {
  const version = /\bTLS[v ]?(1(?:[._][0-3])?)\b/i.exec(value)?.[1]
  if (version === undefined) return undefined
  const cipher = /\bcipher[ =:]+([A-Z0-9_-]{4,64})/i.exec(value)?.[1]
  const name = `TLS ${version.replace('_', '.')}`
  return cipher === undefined ? name : `${name}, ${cipher}`
}

const methods = ['spf', 'dkim', 'dmarc', 'arc'] as const
type Method = (typeof methods)[number]

interface Claim {
  readonly server: string
  readonly results: ReadonlyMap<Method, string>
}

/** RFC 8601 §2.2: the server's name, then one result after each semicolon. */
function claimOf(value: string): Claim | undefined {
  const [first = '', ...statements] = withoutComments(value).split(';')
  const server = first.trim().split(/\s+/)[0]?.replace(/^"|"$/g, '')
  if (!server) return undefined
  const results = new Map<Method, string>()
  for (const statement of statements) {
    const match = /^\s*([a-z0-9-]+)(?:\s*\/\s*\d+)?\s*=\s*([a-z]+)/i.exec(statement)
    const method = methods.find((name) => name === match?.[1]?.toLowerCase())
    const result = match?.[2]?.toLowerCase()
    // Of several DKIM signatures one that passed is what counts.
    if (method && result && (!results.has(method) || result === 'pass')) results.set(method, result)
  }
  return { server, results }
}

/** The topmost field is the last server's; what the same server says in further fields belongs to it. */
function authenticationOf(values: readonly string[]): Omit<Transport, 'hops'> {
  const claims = values.map(claimOf).filter((claim) => claim !== undefined)
  const [first] = claims
  if (!first) return {}
  const results: Partial<Record<Method, string>> = {}
  for (const claim of claims) {
    if (claim.server.toLowerCase() !== first.server.toLowerCase()) continue
    for (const [method, result] of claim.results) results[method] ??= result
  }
  return { ...results, claimedBy: first.server }
}
