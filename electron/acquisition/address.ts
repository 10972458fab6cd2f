/**
 * The spelling of a mail address inside certificates and certificate requests.
 *
 * An ASCII local part goes into rfc822Name (RFC 5280 §4.2.1.6), anything else into SmtpUTF8Mailbox (RFC 9598). In both the
 * domain stands in its ASCII form; it never becomes a dNSName, which would claim the whole domain.
 */

import { domainToASCII } from 'node:url'

export interface CertificateAddress {
  readonly kind: 'rfc822Name' | 'smtpUtf8Mailbox'
  /** The address with its domain in ASCII, lower case. */
  readonly text: string
}

/** RFC 5321 §4.5.3.1: 64 octets for the local part, 255 for the domain. */
const localPartLimit = 64
const domainLimit = 255

/** Undefined when the text isn't an address that can receive mail. Quoted local parts are refused: no CA takes them. */
export function certificateAddress(address: string): CertificateAddress | undefined {
  const at = address.lastIndexOf('@')
  const localPart = address.slice(0, at)
  const domain = domainToASCII(address.slice(at + 1)).toLowerCase()
  if (at < 1 || Buffer.byteLength(localPart) > localPartLimit || domain.length > domainLimit) return undefined
  // dot-atom of RFC 5322 §3.2.3 with the UTF-8 of RFC 6532; no control characters, no spaces, no specials.
  if (!/^[^\s"(),:;<>@[\\\]\x00-\x1f\x7f.]+(\.[^\s"(),:;<>@[\\\]\x00-\x1f\x7f.]+)*$/u.test(localPart)) return undefined
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(domain)) return undefined
  const ascii = /^[\x21-\x7e]+$/.test(localPart)
  return { kind: ascii ? 'rfc822Name' : 'smtpUtf8Mailbox', text: `${localPart}@${domain}` }
}

/** Whether two spellings mean one mailbox: the domain by its ASCII form, the local part without regard to case. */
export function sameAddress(left: string, right: string): boolean {
  const spelled = (address: string) => certificateAddress(address.trim())?.text.toLowerCase()
  const one = spelled(left)
  return one !== undefined && one === spelled(right)
}
