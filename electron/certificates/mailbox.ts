/**
 * Mailboxes as certificates name them, rfc822Name and SmtpUTF8Mailbox, in the forms that comparing needs (RFC 5280 §7.5,
 * RFC 9549 §6, RFC 9598 §5) and within the limits of a CA (RFC 5280 §4.2.1.10, RFC 9598 §6).
 *
 * Whether a sender is the one in the certificate is asked of mime/address.ts, which is as lenient as mail servers are.
 */

import { domainToASCII } from 'node:url'
import { normalizedAddress } from '../mime/address.ts'

export interface Mailbox {
  readonly written: string
  /** The spelling that a sender is compared in. */
  readonly normalized: string
  /** As written, compared octet by octet. Undefined for a constraint that is a host. */
  readonly localPart: string | undefined
  /** In lower case and A-labels, without a dot at the end; ".domain" for a constraint keeps its first dot. */
  readonly host: string
}

/** RFC 9598 wants A-labels, RFC 8398 had U-labels, and both are in use. What is no host name stays as it is written. */
function mailHost(host: string): string {
  if (host.startsWith('.')) return `.${mailHost(host.slice(1))}`
  const ascii = /[%\s/\\?#]/.test(host) ? '' : domainToASCII(host)
  return (ascii || host).toLowerCase().replace(/\.$/, '')
}

/** A name in a certificate, or the base of a constraint. White space around it is dropped, as it is when a sender is compared. */
export function mailboxOf(address: string): Mailbox {
  const written = address.trim()
  const at = written.lastIndexOf('@')
  return {
    written,
    normalized: normalizedAddress(written),
    localPart: at < 0 ? undefined : written.slice(0, at),
    host: mailHost(written.slice(at + 1)),
  }
}

/** RFC 9598 §5: the local part octet by octet, the domain as A-labels in lower case. */
export function mailboxesMatch(left: Mailbox, right: Mailbox): boolean {
  return !!left.localPart && left.localPart === right.localPart && left.host === right.host
}

export type Effect = 'permitted' | 'excluded'

/**
 * Whether a mailbox lies in a constraint's base: a mailbox, a host (exactly that host) or ".domain" (every host below it).
 * An empty base excludes every mailbox and permits none: RFC 5280 gives it no meaning.
 */
export function mailboxWithin(mailbox: Mailbox, base: Mailbox, effect: Effect): boolean {
  if (base.written === '') return effect === 'excluded'
  // "@host" is no form that RFC 5280 has: it excludes what it seems to, and permits nothing.
  if (base.localPart === undefined || (base.localPart === '' && effect === 'excluded')) {
    return base.host.startsWith('.') ? mailbox.host.endsWith(base.host) : mailbox.host === base.host
  }
  // What is excluded is excluded in every spelling that a sender may match it with.
  return effect === 'excluded'
    ? mailbox.normalized === base.normalized || mailboxesMatch(mailbox, base)
    : mailboxesMatch(mailbox, base)
}
