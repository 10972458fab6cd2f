/**
 * Whether a signer's certificate speaks for the addresses that a mail comes from: RFC 8550 §3, with rfc822Name,
 * SmtpUTF8Mailbox (RFC 9598) and emailAddress in the subject. The Sender field doesn't count here, although the RFC
 * admits it: readers see From, so From is what must be true.
 */

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
