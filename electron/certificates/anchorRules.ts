/**
 * Limits of the trust in an anchor: a date after which nothing new counts, and the domains that it may speak for. RFC 5280
 * §6.1.1 leaves such inputs to whoever trusts; the path itself is validated as without them.
 */

import { domainToASCII } from 'node:url'
import type { Certificate } from './certificate.ts'
import { addressOutside, type ComparisonBudget } from './nameConstraints.ts'
import { type PathReason, reason } from './pathReason.ts'

export interface AnchorRule {
  /**
   * Mozilla's "distrust after": certificates that begin later (notBefore) don't count, older ones go on until they end. The
   * date is the certificate's own claim, so it helps against a CA that errs, not against one that lies.
   */
  readonly distrustAfter?: Date
  /**
   * The mail domains that the anchor may vouch for, read as RFC 5280 §4.2.1.10 reads an rfc822Name constraint:
   * "example.org" is that host and none below it, ".example.org" every host below it and not itself.
   */
  readonly domains?: readonly string[]
}

/** A domain as a person types it ("Example.org", ".bücher.example"), trimmed and in lower case; undefined when it is none. */
export function mailDomainOf(text: string): string | undefined {
  const domain = text.trim().toLowerCase()
  const host = domain.replace(/^\./, '')
  return /^[^\s@.]+(?:\.[^\s@.]+)*$/.test(host) && domainToASCII(host) !== '' ? domain : undefined
}

/**
 * Checks a path that ends in an anchor against that anchor's limits; the reason names the anchor's link. A certificate
 * without addresses speaks for nobody, so that no domain keeps it out: a CA's, for instance.
 */
export function checkAnchorRule(
  path: readonly Certificate[],
  { distrustAfter, domains }: AnchorRule,
  budget: ComparisonBudget,
): PathReason | undefined {
  const [leaf] = path
  const anchor = path.at(-1)
  if (!leaf || !anchor) return undefined
  const link = path.length - 1
  const subject = anchor.subject.text
  if (distrustAfter && leaf.notBefore > distrustAfter) {
    const [date, notBefore] = [distrustAfter.toISOString(), leaf.notBefore.toISOString()]
    return reason('distrusted-since', link, { subject, date, notBefore })
  }
  if (!domains) return undefined
  budget.comparisons -= leaf.emails.length * (domains.length + 1)
  if (budget.comparisons < 0) return reason('search-limit', link, { limit: 'anchor-domains' })
  const address = addressOutside(leaf.emails, domains)
  return address === undefined
    ? undefined
    : reason('anchor-out-of-scope', link, { subject, address, domains: [...domains] })
}
