/** DNS questions with a time limit and bounded answers. Answers are unauthenticated: nothing here trusts them. */

import { Resolver } from 'node:dns/promises'
import { failure, type Result, success } from '../base/result.ts'

export type DnsError = {
  readonly code: 'no-such-name' | 'no-network' | 'timeout' | 'too-large'
  readonly name: string
}

export interface Dns {
  /** TXT records, the strings of each record joined (RFC 7208 §3.3). */
  txt(name: string): Promise<Result<readonly string[], DnsError>>
  /** Mail exchangers, the most preferred first. */
  mx(name: string): Promise<Result<readonly { readonly exchange: string; readonly priority: number }[], DnsError>>
}

/** A zone full of records must not fill memory: DKIM keys and policies need a handful of records of a few hundred bytes. */
const maxRecords = 50
const maxRecordLength = 8192

/** The operating system's resolvers, each question limited to `timeoutMs` and two tries. */
export function systemDns(timeoutMs = 5000): Dns {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 })
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
  }
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
