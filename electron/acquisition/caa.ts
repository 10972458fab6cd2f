/**
 * Which authorities a mail domain lets issue for its addresses: the CAA property `issuemail` (RFC 9495), found by climbing
 * the domain's tree (RFC 8659 §3). DNS answers are not authenticated here, and the authority asks for itself before it
 * issues: this only spares a person an order that can't succeed. Silence of the DNS is neither leave nor prohibition.
 */

import type { CaaRecord, Dns, DnsError } from '../net/dns.ts'

/** One `issuemail` property. `issuer` is undefined where nobody is named: the value ";", or one that can't be read. */
export interface IssueMail {
  readonly issuer?: string
  /** As written: they are the authority's own language (RFC 8659 §4.2). */
  readonly parameters: string
}

export type CaaAnswer =
  /** No record anywhere up the tree, or none that speaks of mail: any authority may issue. */
  | { readonly state: 'open'; readonly at?: string }
  | {
      readonly state: 'restricted'
      /** The domain whose records count. */
      readonly at: string
      readonly issueMail: readonly IssueMail[]
      /** Tags that must be understood and that this program doesn't know: no authority may issue without knowing them. */
      readonly unknownCritical: readonly string[]
    }
  | { readonly state: 'unanswered'; readonly at: string; readonly why: DnsError['code'] }

/** Each label is a question of up to two tries; nobody's mail domain is as deep as this. */
const mostLabels = 16

/** Tags that IANA lists: a critical flag on one of them asks for nothing that would be unknown. */
const knownTags = new Set([
  'issue',
  'issuewild',
  'iodef',
  'contactemail',
  'contactphone',
  'issuevmc',
  'issuemail',
  'auth',
  'path',
  'policy',
])

const criticalFlag = 128

/** @param domain in ASCII form, without a dot at its end. */
export async function lookUpIssueMail(domain: string, dns: Pick<Dns, 'caa'>): Promise<CaaAnswer> {
  const labels = domain.toLowerCase().split('.')
  if (labels.length > mostLabels) return { state: 'unanswered', at: domain, why: 'too-large' }
  let exists = false
  for (let first = 0; first < labels.length; first++) {
    const at = labels.slice(first).join('.')
    const records = await dns.caa(at)
    if (!records.ok && records.error.code !== 'no-such-name')
      return { state: 'unanswered', at, why: records.error.code }
    exists ||= records.ok
    // RFC 8659 §3: the first set that isn't empty counts, whatever its properties are about.
    if (records.ok && records.value.length > 0) return meaningOf(at, records.value)
  }
  // A resolver that denies every name up to the top level is cut off from the world, or the address has a typing mistake.
  return exists ? { state: 'open' } : { state: 'unanswered', at: domain, why: 'no-such-name' }
}

function meaningOf(at: string, records: readonly CaaRecord[]): CaaAnswer {
  const issueMail = records.filter(({ tag }) => tag === 'issuemail').map(({ value }) => issueMailOf(value))
  const unknownCritical = records
    .filter(({ flags, tag }) => (flags & criticalFlag) !== 0 && !knownTags.has(tag))
    .map(({ tag }) => tag)
  // RFC 9495 §4: `issue` is about web servers; without `issuemail` nothing is said about mail.
  if (issueMail.length === 0 && unknownCritical.length === 0) return { state: 'open', at }
  return { state: 'restricted', at, issueMail, unknownCritical: [...new Set(unknownCritical)] }
}

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const issueValue = new RegExp(`^[ \\t]*(${label}(?:\\.${label})*)?[ \\t]*(?:;(.*))?$`, 'i')
const parameter = /^[ \t]*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?[ \t]*=[ \t]*[\x21-\x3a\x3c-\x7e]*[ \t]*$/i
/** A record has 64 kB at most; one honest value has a few dozen characters. */
const mostValueCharacters = 1_024

/** RFC 8659 §4.2: a value that doesn't keep to the grammar counts like ";", so that it lets nobody in by mistake. */
function issueMailOf(value: string): IssueMail {
  if (value.length > mostValueCharacters) return { parameters: '' }
  const [matched, issuer, parameters = ''] = issueValue.exec(value) ?? []
  const isWellFormed = parameters.trim() === '' || parameters.split(';').every((one) => parameter.test(one))
  if (matched === undefined || issuer === undefined || !isWellFormed) return { parameters: '' }
  return { issuer: issuer.toLowerCase(), parameters: parameters.trim() }
}

export type CaaVerdict =
  | 'allowed'
  /** Named, with conditions that only the authority understands. */
  | 'allowed-with-conditions'
  | 'forbidden'
  /** Nobody at all may issue. */
  | 'nobody'
  /** The domain demands something that this program doesn't know. */
  | 'unknown-condition'
  | 'unanswered'
  /** The domain names authorities, and by which name this one is called isn't known. */
  | 'name-not-known'

/** @param caaDomains by which the authority is called in CAA records; empty where that isn't known. */
export function caaVerdict(answer: CaaAnswer, caaDomains: readonly string[]): CaaVerdict {
  if (answer.state === 'unanswered') return 'unanswered'
  if (answer.state === 'open') return 'allowed'
  if (answer.unknownCritical.length > 0) return 'unknown-condition'
  const named = answer.issueMail.filter(({ issuer }) => issuer !== undefined)
  if (named.length === 0) return 'nobody'
  if (caaDomains.length === 0) return 'name-not-known'
  const own = named.filter(({ issuer }) => issuer !== undefined && caaDomains.includes(issuer))
  if (own.length === 0) return 'forbidden'
  return own.every(({ parameters }) => parameters !== '') ? 'allowed-with-conditions' : 'allowed'
}
