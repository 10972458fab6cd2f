/**
 * Where a certificate says that its revocation list (RFC 5280 §4.2.1.13, §4.2.1.15) and its issuer's certificate (§4.2.2.1)
 * lie. A stranger may have written it: the addresses are bounded in number and length, and only http: and https: are used.
 * OCSP's are in ocspRequest.ts.
 */

import { oids } from '../../asn1/oids.ts'
import type { Certificate } from '../certificate.ts'
import type { DistributionPoint } from '../extensions.ts'
import type { RevocationEvidence } from './evidence.ts'
import type { SourceFailureCode } from './sourcesFetch.ts'
import type { RevocationGap } from './status.ts'

export interface ListSources {
  /** One entry per distribution point: the addresses of one and the same list, in the certificate's order. */
  readonly lists: readonly (readonly string[])[]
  /** Addresses of another kind, such as ldap:, of distribution points that have no usable one. */
  readonly unsupported: readonly string[]
}

/** One point is usual; lists that are split by reasons have two or three. */
const pointLimit = 4
/** The same list over LDAP and HTTP is usual, a second server rare. */
const alternativeLimit = 3
/** Browsers and servers take 2,000 characters and more; real addresses have about 60. */
const urlLengthLimit = 1_000

function usable(urls: readonly string[]): string[] {
  const fitting = urls.filter((url) => /^https?:\/\//i.test(url) && url.length <= urlLengthLimit)
  return [...new Set(fitting)].slice(0, alternativeLimit)
}

/** The lists that distribution points name, complete or delta ones. */
export function listSourcesOf(points: readonly DistributionPoint[] = []): ListSources {
  const lists: string[][] = []
  const unsupported: string[] = []
  for (const { names } of points.slice(0, pointLimit)) {
    const uris = names.filter(({ kind }) => kind === 'uri').map(({ value }) => value)
    const urls = usable(uris)
    if (urls.length > 0) lists.push(urls)
    else unsupported.push(...uris.slice(0, alternativeLimit).map((uri) => uri.slice(0, urlLengthLimit)))
  }
  return { lists, unsupported }
}

/** Where the issuer's certificate is to be had (id-ad-caIssuers). */
export function issuerUrlsOf({ extensions }: Certificate): string[] {
  const locations = (extensions.authorityInfoAccess ?? []).filter(
    ({ method, location }) => method === oids.caIssuers && location.kind === 'uri',
  )
  return usable(locations.map(({ location }) => location.value))
}

/** Why nothing is known about a certificate's revocation. Words for the codes stand in shared/words under `revocationGaps`. */
export interface RevocationGapFacts {
  readonly why:
    | RevocationGap
    | SourceFailureCode
    | 'off'
    | 'ocsp-off'
    | 'offline'
    | 'unsupported-address'
    | 'not-yet'
    | 'too-many'
  /** Whom it was about to be learnt from; an address where its kind is the trouble. */
  readonly host?: string
  /** Since when the source hasn't answered. */
  readonly since?: Date
  /** The time of the newest list or answer that was seen, and that has run out. */
  readonly lastGood?: Date
}

/** All that could be learnt about the certificates of some paths. */
export interface CheckedRevocation {
  readonly evidence: RevocationEvidence
  /** By the SHA-256 of the certificate, for those about which the evidence doesn't say whether they were revoked. */
  readonly gaps: ReadonlyMap<string, RevocationGapFacts>
}
