/**
 * Whether a signer's certificate speaks for the addresses that a mail comes from: RFC 8550 §3, with rfc822Name,
 * SmtpUTF8Mailbox (RFC 9598) and emailAddress in the subject. The Sender field doesn't count here, although the RFC
 * admits it: readers see From, so From is what must be true.
 */

import { domainToUnicode } from 'node:url'
import { addressMatcher } from '../mime/address.ts'

export interface AddressMatch {
  /** Every From address stands in the certificate, and there is one. */
  readonly covered: boolean
  readonly missing: readonly string[]
}

/** Of several authors each must be named by the certificate: one of them can't sign for the others. */
export function matchAddresses(from: readonly string[], certificate: readonly string[]): AddressMatch {
  const named = addressMatcher(certificate)
  const missing = from.filter((address) => !named(address))
  return { covered: from.length > 0 && missing.length === 0, missing }
}

const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u]

/**
 * Whether a word of the address mixes alphabets whose letters look alike (UTS #39 §5.1), as "pаypal" with a Cyrillic "а"
 * does. A whole word in one alphabet is no mixture: that is how most of the world writes.
 */
export function mixesScripts(address: string): boolean {
  return unicodeForm(address)
    .split(/[@.\-_+]/)
    .some((word) => scripts.filter((script) => script.test(word)).length > 1)
}

function unicodeForm(address: string): string {
  const at = address.lastIndexOf('@')
  const host = address.slice(at + 1)
  return `${address.slice(0, at + 1)}${domainToUnicode(host) || host}`
}
