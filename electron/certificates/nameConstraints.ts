/**
 * Name constraints (RFC 5280 §4.2.1.10, RFC 9598 §6 and §7 for internationalized addresses): a CA limits for whom
 * the certificates below it may speak.
 */

import { domainToASCII } from 'node:url'
import type { Certificate } from './certificate.ts'
import type { GeneralSubtree } from './extensions.ts'
import type { GeneralName } from './generalName.ts'
import { attributeValues, type Name, nameStartsWith } from './name.ts'
import { type PathReason, reason } from './pathReason.ts'

// Comparisons of one name with one subtree. A CA with thousands of subtrees over a certificate with thousands of names
// is how webpki was once slowed to minutes (250,000 is the limit chosen there, too).
const comparisonLimit = 250_000

function hostWithin(host: string, constraint: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  const limit = constraint.toLowerCase()
  return limit === '' || name === limit || name.endsWith(limit.startsWith('.') ? limit : `.${limit}`)
}

/** The comparable form of a mailbox's host: RFC 9598 wants A-labels, RFC 8398 had U-labels, and both are in use. */
function mailHost(host: string): string {
  return (domainToASCII(host) || host).toLowerCase()
}

/** RFC 5280: a mailbox, a host (exactly that host) or ".domain" (every host below it). */
function mailboxWithin(address: string, constraint: string): boolean {
  const at = address.lastIndexOf('@')
  const host = mailHost(address.slice(at + 1))
  const limitAt = constraint.lastIndexOf('@')
  if (limitAt >= 0) {
    // The local part is compared exactly (RFC 5280 §7.5), the host without regard to case.
    return address.slice(0, at) === constraint.slice(0, limitAt) && host === mailHost(constraint.slice(limitAt + 1))
  }
  const below = constraint.startsWith('.')
  const limit = mailHost(below ? constraint.slice(1) : constraint)
  return below ? host.endsWith(`.${limit}`) : host === limit
}

function uriHost(uri: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([^:/?#[\]]+)/i.exec(uri)?.[1]
}

/** RFC 5280: a host exactly, or ".domain" for every host below it. A URI without a host name is within nothing. */
function uriWithin(uri: string, constraint: string): boolean {
  const host = uriHost(uri)?.toLowerCase()
  const limit = constraint.toLowerCase()
  if (host === undefined) return false
  return limit.startsWith('.') ? host.endsWith(limit) : host === limit
}

function ipWithin(address: Uint8Array, constraint: Uint8Array): boolean {
  if (constraint.length !== address.length * 2) return false
  return address.every((byte, index) => {
    const mask = constraint[address.length + index] ?? 0xff
    return (byte & mask) === ((constraint[index] ?? 0) & mask)
  })
}

/** Whether a subtree speaks about this kind of name; rfc822Name constrains both spellings of a mailbox. */
function concerns(base: GeneralName, name: GeneralName): boolean {
  if (base.kind === 'rfc822Name') return name.kind === 'rfc822Name' || name.kind === 'smtpUtf8Mailbox'
  return base.kind === name.kind
}

function within(name: GeneralName, base: GeneralName): boolean {
  if (name.kind === 'directoryName' && base.kind === 'directoryName') return nameStartsWith(name.name, base.name)
  if (name.kind === 'ipAddress' && base.kind === 'ipAddress') return ipWithin(name.bytes, base.bytes)
  switch (name.kind) {
    case 'rfc822Name':
    case 'smtpUtf8Mailbox':
      return mailboxWithin(name.value, base.value)
    case 'dnsName':
      return hostWithin(name.value, base.value)
    case 'uri':
      return uriWithin(name.value, base.value)
    default:
      return name.value === base.value
  }
}

/** A critical constraint on a form that can't be compared here must lead to rejection (RFC 5280 §4.2.1.10). */
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

function permits(
  name: GeneralName,
  permitted: readonly GeneralSubtree[],
  excluded: readonly GeneralSubtree[],
): boolean {
  if (excluded.some(({ base }) => concerns(base, name) && (!comparable.has(base.kind) || within(name, base))))
    return false
  const relevant = permitted.filter(({ base }) => concerns(base, name))
  return relevant.length === 0 || relevant.some(({ base }) => comparable.has(base.kind) && within(name, base))
}

/**
 * RFC 5280 §6.1.3(b) and (c), seen from the CA at `link`: each certificate below it has only permitted names.
 * Self-issued certificates are exempt, except the last one (§6.1.3).
 */
export function checkNameConstraints(path: readonly Certificate[], link: number): PathReason[] {
  const constraints = path[link]?.extensions.nameConstraints
  if (!constraints) return []
  const subtrees = constraints.permitted.length + constraints.excluded.length
  let comparisons = 0
  for (let below = 0; below < link; below++) {
    const certificate = path[below]
    if (!certificate || (below > 0 && certificate.selfIssued)) continue
    const names = namesOf(certificate)
    comparisons += names.length * subtrees
    if (comparisons > comparisonLimit) return [reason('search-limit', link, { limit: 'name-constraints' })]
    const refused = names.find((name) => !permits(name, constraints.permitted, constraints.excluded))
    if (refused) return [reason('name-not-permitted', below, { name: refused.value, kind: refused.kind, by: link })]
  }
  return []
}
