/**
 * What the catalogue says of an authority: plain values, so that a fact can be checked and changed without reading code. What
 * is computed (whether its root is trusted here, whether a domain lets it issue) is no part of it.
 */

import type { GeneratedKeyType } from '../../crypto/privateKey.ts'

/** A fact that was not confirmed at the authority itself, by the name of its field. */
export type UnverifiedFact = 'cost' | 'verifies' | 'mostDays' | 'keyTypes'

export interface CatalogueAuthority {
  readonly id: string
  readonly name: string
  /** By ACME; for a request that the person makes and hands in; or with a key that the authority itself makes. */
  readonly issues: 'acme' | 'csr' | 'ca-makes-key'
  /** `depends`: paid, and free for some. */
  readonly cost: 'free' | 'paid' | 'depends'
  /** What it can vouch for, the least first. */
  readonly verifies: readonly ('mailbox' | 'organization' | 'person')[]
  /** A certificate lasts at most so many days. */
  readonly mostDays?: number
  /** Keys that it takes; empty where it makes the key. */
  readonly keyTypes: readonly GeneratedKeyType[]
  /** RFC 9598 addresses are refused. */
  readonly asciiAddressesOnly?: true
  /** ACME's directory. */
  readonly directoryUrl?: string
  /** Where the person orders, and what the authority itself explains; https only. */
  readonly links: readonly { readonly kind: 'order' | 'information'; readonly url: string }[]
  /** How it is called in CAA records (RFC 9495); empty where that isn't known. */
  readonly caaDomains: readonly string[]
  /** Organization names (O) in the subjects of its roots. Empty: its root is in nobody's list. */
  readonly rootOrganizations: readonly string[]
  /** The month in which these facts were last looked at, "2026-11". */
  readonly asOf: string
  readonly unverified: readonly UnverifiedFact[]
}
