/** Whom the profile trusts to vouch for mail, and every decision about it: the person's anchors, lists of roots, single roots. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { certificateSummary, domainLimit } from './certificates.ts'
import { failures } from './errors.ts'
import { fingerprint, instant } from './values.ts'

/** Mozilla's roots for e-mail, which come with Siegel; and those of the operating system's store. */
export const rootList = z.enum(['mozilla', 'system'])

export const trustedRoot = z.object({
  certificate: certificateSummary,
  /** Where the trust comes from: `own` is the person's anchor; a list only while it is trusted. Never empty. */
  sources: z.array(z.enum(['sandbox', 'own', 'mozilla', 'system'])),
  /** The person's words about their own anchor; else empty. */
  note: z.string(),
  /** Of the person's own anchor. */
  addedAt: instant.optional(),
  /** The mail domains that it counts for: "example.org" itself, ".example.org" every host below. Empty: all. */
  domains: z.array(z.string()),
  /** Certificates that begin later don't count: Mozilla's decision about this root. */
  distrustAfter: instant.optional(),
  /** The person distrusts this root since then: it counts for nothing, whatever its sources. */
  distrustedAt: instant.optional(),
})
export type TrustedRoot = z.infer<typeof trustedRoot>

export const trustDecision = z.object({
  kind: z.enum(['anchor-added', 'scope-set', 'root-distrusted', 'list-trusted', 'list-left']),
  at: instant,
  /** The root that it is about; with `list-…` there is `list` instead. */
  root: certificateSummary.pick({ sha256: true, name: true }).optional(),
  list: rootList.optional(),
})
export type TrustDecision = z.infer<typeof trustDecision>

export const rootListState = z.object({
  list: rootList,
  trusted: z.boolean(),
  /** Roots in it: of the system's store as read last, 0 while it isn't trusted. */
  roots: z.number(),
  /** Of those, the ones that the person distrusts. */
  distrusted: z.number(),
  /** `mozilla`: NSS's version that the list was taken from. */
  version: z.string().optional(),
  /** `mozilla`: the day on which the list was taken; `system`: when the store was read last. */
  asOf: instant.optional(),
})
export type RootListState = z.infer<typeof rootListState>

export const trustOverview = z.object({
  lists: z.array(rootListState),
  /** Every root of every source: the sandbox's, the person's own, then the lists' by name. */
  roots: z.array(trustedRoot),
  /** What was decided in this profile and holds now, the newest first. Each can be taken back. */
  decisions: z.array(trustDecision),
})
export type TrustOverview = z.infer<typeof trustOverview>

export const trustContract = {
  overview: oc.output(trustOverview),
  /** Limits the person's own anchor to mail domains; an empty list lifts the limit. */
  setScope: oc
    .input(z.object({ sha256: fingerprint, domains: z.array(z.string().max(255)).max(domainLimit) }))
    .output(trustedRoot)
    .errors(failures('not-found', 'sandbox-only', 'malformed-domain')),
  /** Distrusts one root of a list. It stays so when the list changes. */
  distrust: oc
    .input(z.object({ sha256: fingerprint }))
    .output(z.object({}))
    .errors(failures('not-found')),
  trustAgain: oc
    .input(z.object({ sha256: fingerprint }))
    .output(z.object({}))
    .errors(failures('not-found')),
  /** Trusts a list or leaves it. Trusting the system's reads its store, and changes nothing where that can't be read. */
  decideList: oc
    .input(z.object({ list: rootList, trusted: z.boolean() }))
    .output(z.array(rootListState))
    .errors(failures('system-roots-unreadable')),
  /** Reads the operating system's store again; it is read once a day anyway. Does nothing while that list isn't trusted. */
  readSystem: oc.output(z.array(rootListState)).errors(failures('system-roots-unreadable')),
}
