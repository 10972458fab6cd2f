/** DNS questions with a time limit and bounded answers. Answers are unauthenticated: nothing here trusts them. */

import { Resolver } from 'node:dns/promises'
import { failure, type Result, success } from '../base/result.ts'

export type DnsError = {
  readonly code: 'no-such-name' | 'no-network' | 'timeout' | 'too-large'
  readonly name: string
}

/** One CAA record (RFC 8659 §4.1): the flags' byte, the tag in lower case, the value as it stands there. */
export interface CaaRecord {
  readonly flags: number
  readonly tag: string
  readonly value: string
}

export interface Dns {
  /** TXT records, the strings of each record joined (RFC 7208 §3.3). */
  txt(name: string): Promise<Result<readonly string[], DnsError>>
  /** Mail exchangers, the most preferred first. */
  mx(name: string): Promise<Result<readonly { readonly exchange: string; readonly priority: number }[], DnsError>>
  /** CAA records at exactly this name, or at what it is an alias of; none where the name exists without any. Nothing is climbed. */
  caa(name: string): Promise<Result<readonly CaaRecord[], DnsError>>
}

/** A zone full of records must not fill memory: DKIM keys and policies need a handful of records of a few hundred bytes. */
const maxRecords = 50
const maxRecordLength = 8192

/**
 * The operating system's resolvers, or `servers` ("127.0.0.1:5353"); each question limited to `timeoutMs` and two tries.
 */
export function systemDns(timeoutMs = 5000, servers?: readonly string[]): Dns {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 })
  if (servers) resolver.setServers(servers)
  return {
    async txt(name) {
      const answer = await ask(name, () => resolver.resolveTxt(name))
      if (!answer.ok) return answer
      const records = answer.value.map((strings) => strings.join(''))
      if (records.length > maxRecords || records.some((record) => record.length > maxRecordLength)) {
        return failure({ code: 'too-large', name })
      }
      return success(records)
    },
    async mx(name) {
      const answer = await ask(name, () => resolver.resolveMx(name))
      if (!answer.ok) return answer
      if (answer.value.length > maxRecords) return failure({ code: 'too-large', name })
      return success([...answer.value].sort((left, right) => left.priority - right.priority))
    },
    async caa(name) {
      const answer = await ask(name, () => resolver.resolveCaa(name).catch(noneOfThatKind))
      if (!answer.ok) return answer
      if (answer.value.length > maxRecords) return failure({ code: 'too-large', name })
      return success(answer.value.map(caaRecordOf))
    },
  }
}

/** The name exists, and has no such record. */
function noneOfThatKind(error: unknown): [] {
  if ((error as { code?: unknown }).code === 'ENODATA') return []
  throw error
}

/** Node names the value's field after the tag. A tag "critical" therefore takes the flags' place; it is nobody's, so it counts as critical. */
function caaRecordOf(record: object): CaaRecord {
  const { critical, ...values } = record as Record<string, unknown>
  const [tag = 'critical', value = critical] = Object.entries(values).find(([name]) => name !== 'type') ?? []
  return { flags: typeof critical === 'number' ? critical : 128, tag: tag.toLowerCase(), value: String(value) }
}

async function ask<Answer>(name: string, question: () => Promise<Answer>): Promise<Result<Answer, DnsError>> {
  try {
    return success(await question())
  } catch (error) {
    return failure({ code: dnsCode((error as { code?: unknown }).code), name })
  }
}

function dnsCode(code: unknown): DnsError['code'] {
  if (code === 'ENOTFOUND' || code === 'ENODATA' || code === 'EBADNAME') return 'no-such-name'
  return code === 'ETIMEOUT' ? 'timeout' : 'no-network'
}
