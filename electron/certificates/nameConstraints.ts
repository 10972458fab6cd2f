/**
 * Name constraints (RFC 5280 §4.2.1.10, RFC 9598 §6 for internationalized addresses): a CA limits for whom the
 * certificates below it may speak.
 */

import type { Certificate } from './certificate.ts'
import { extensionOids, type GeneralSubtree } from './extensions.ts'
import type { GeneralName } from './generalName.ts'
import { type Effect, type Mailbox, mailboxOf, mailboxWithin } from './mailbox.ts'
import { attributeValues, type Name, nameStartsWith } from './name.ts'
import { type PathReason, reason } from './pathReason.ts'

/** RFC 5280: the host or anything below it; an empty constraint holds every host. */
function hostWithin(host: string, constraint: string, effect: Effect): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  const limit = constraint.toLowerCase().replace(/\.$/, '')
  if (limit === '' || name === limit || name.endsWith(limit.startsWith('.') ? limit : `.${limit}`)) return true
  // "*.example" speaks for the excluded host "www.example", too.
  return effect === 'excluded' && name.startsWith('*.') && limit.endsWith(name.slice(1))
}

/** The first address that lies in none of the hosts or ".domains", each read as an rfc822Name that permits; or undefined. */
export function addressOutside(addresses: readonly string[], permitted: readonly string[]): string | undefined {
  const limits = permitted.map(mailboxOf)
  return addresses.find((address) => {
    const mailbox = mailboxOf(address)
    return !limits.some((limit) => mailboxWithin(mailbox, limit, 'permitted'))
  })
}

/** The host name of a URI's authority, or undefined where there is none or an IP address stands in its place. */
function uriHost(uri: string): string | undefined {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([^:/?#[\]]+)/i.exec(uri)?.[1]?.toLowerCase().replace(/\.$/, '')
  return host === undefined || /(^|\.)\d+$/.test(host) ? undefined : host
}

/**
 * RFC 5280: a host exactly, or ".domain" for every host below it. A URI without a host name must not pass under any
 * constraint: it is within what is excluded and outside of what is permitted.
 */
function uriWithin(uri: string, constraint: string, effect: Effect): boolean {
  const host = uriHost(uri)
  const limit = constraint.toLowerCase()
  if (host === undefined || limit === '') return effect === 'excluded'
  return limit.startsWith('.') ? host.endsWith(limit) : host === limit
}

/** RFC 5280: an address and a mask of 4 or 16 bytes each. What has another length excludes everything and permits nothing. */
function ipWithin(address: Uint8Array, constraint: Uint8Array, effect: Effect): boolean {
  const isAddress = ({ length }: Uint8Array) => length === 4 || length === 16
  if (!isAddress(address) || !isAddress(constraint.subarray(constraint.length / 2)) || constraint.length % 2 !== 0) {
    return effect === 'excluded'
  }
  if (constraint.length !== address.length * 2) return false
  return address.every((byte, index) => {
    const mask = constraint[address.length + index] ?? 0xff
    return (byte & mask) === ((constraint[index] ?? 0) & mask)
  })
}

/** Whether a subtree speaks about this kind of name; rfc822Name constrains both spellings of a mailbox. */
function concerns(base: GeneralName, name: GeneralName): boolean {
  if (base.kind === 'rfc822Name') return name.kind === 'rfc822Name' || name.kind === 'smtpUtf8Mailbox'
  if (base.kind === 'otherName' && name.kind === 'otherName') return base.type === name.type
  return base.kind === name.kind
}

/** A name with what comparing needs, made once for all comparisons. */
interface Comparable {
  readonly name: GeneralName
  readonly mailbox: Mailbox | undefined
}

function comparableOf(name: GeneralName): Comparable {
  const isMailbox = name.kind === 'rfc822Name' || name.kind === 'smtpUtf8Mailbox'
  return { name, mailbox: isMailbox ? mailboxOf(name.value) : undefined }
}

function within({ name, mailbox }: Comparable, { name: base, mailbox: limit }: Comparable, effect: Effect): boolean {
  if (mailbox && limit) return mailboxWithin(mailbox, limit, effect)
  if (name.kind === 'directoryName' && base.kind === 'directoryName') return nameStartsWith(name.name, base.name)
  if (name.kind === 'ipAddress' && base.kind === 'ipAddress') return ipWithin(name.bytes, base.bytes, effect)
  switch (name.kind) {
    case 'dnsName':
      return hostWithin(name.value, base.value, effect)
    case 'uri':
      return uriWithin(name.value, base.value, effect)
    default:
      return name.value === base.value
  }
}

/**
 * A critical constraint on a form that can't be compared here must lead to rejection (RFC 5280 §4.2.1.10); so does one that
 * isn't critical, which the RFC forbids.
 */
const comparable = new Set<GeneralName['kind']>([
  'rfc822Name',
  'smtpUtf8Mailbox',
  'dnsName',
  'uri',
  'ipAddress',
  'directoryName',
])

function directoryName(name: Name): GeneralName {
  return { kind: 'directoryName', value: name.text, name }
}

/**
 * Every name that a certificate speaks for. §4.2.1.10 asks for emailAddress in the subject only where there is no
 * subjectAltName; here it always counts, because a mail's sender is compared with it in any case.
 */
function namesOf(certificate: Certificate): GeneralName[] {
  const names: GeneralName[] = [...(certificate.extensions.subjectAltName?.names ?? [])]
  if (certificate.subject.rdns.length > 0) names.push(directoryName(certificate.subject))
  for (const value of attributeValues(certificate.subject, 'emailAddress')) names.push({ kind: 'rfc822Name', value })
  return names
}

function permits(entry: Comparable, permitted: readonly Comparable[], excluded: readonly Comparable[]): boolean {
  const isConcerned = ({ name: base }: Comparable) => concerns(base, entry.name)
  const isExcluded = (base: Comparable) => !comparable.has(base.name.kind) || within(entry, base, 'excluded')
  if (excluded.some((base) => isConcerned(base) && isExcluded(base))) return false
  const relevant = permitted.filter(isConcerned)
  const isWithin = (base: Comparable) => comparable.has(base.name.kind) && within(entry, base, 'permitted')
  return relevant.length === 0 || relevant.some(isWithin)
}

/** Comparisons that are left to the search for a path; all of its attempts share them. */
export interface ComparisonBudget {
  comparisons: number
}

const comparablesOf = (subtrees: readonly GeneralSubtree[]) => subtrees.map(({ base }) => comparableOf(base))

/**
 * RFC 5280 §6.1.3(b) and (c), seen from the CA at `link`: each certificate below it has only permitted names.
 * Self-issued certificates are exempt, except the last one (§6.1.3).
 */
export function checkNameConstraints(
  path: readonly Certificate[],
  link: number,
  budget: ComparisonBudget,
): PathReason[] {
  const extensions = path[link]?.extensions
  // A root, too, whose limits can't be read must not count as one without limits.
  if (extensions?.malformed.includes(extensionOids.nameConstraints)) {
    return [reason('malformed-extension', link, { oid: extensionOids.nameConstraints })]
  }
  const constraints = extensions?.nameConstraints
  if (!constraints) return []
  const permitted = comparablesOf(constraints.permitted)
  const excluded = comparablesOf(constraints.excluded)
  for (let below = 0; below < link; below++) {
    const certificate = path[below]
    if (!certificate || (below > 0 && certificate.selfIssued)) continue
    const names = namesOf(certificate)
    // One more for each name, which has to be made comparable first.
    budget.comparisons -= names.length * (permitted.length + excluded.length + 1)
    if (budget.comparisons < 0) return [reason('search-limit', link, { limit: 'name-constraints' })]
    const refused = names.find((name) => !permits(comparableOf(name), permitted, excluded))
    if (refused) return [reason('name-not-permitted', below, { name: refused.value, kind: refused.kind, by: link })]
  }
  return []
}
