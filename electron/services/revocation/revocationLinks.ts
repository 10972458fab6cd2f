/** The certificates of a path that may be asked about, and what the profile's cache holds about them. */

import type { Certificate } from '../../certificates/certificate.ts'
import { type PathQuestion, type PathResult, validatePath } from '../../certificates/path.ts'
import { listOwnerOf } from '../../certificates/revocation/cache.ts'
import type { Crl } from '../../certificates/revocation/crl.ts'
import type { RevocationEvidence } from '../../certificates/revocation/evidence.ts'
import type { OcspResponse } from '../../certificates/revocation/ocsp.ts'
import { ocspRespondersOf } from '../../certificates/revocation/ocspRequest.ts'
import { listSourcesOf } from '../../certificates/revocation/sources.ts'
import type { RevocationStatus } from '../../certificates/revocation/status.ts'
import type { ServiceContext } from '../context.ts'

/** A certificate in a path that holds, and the one above it. */
export interface Link {
  readonly question: PathQuestion
  readonly certificate: Certificate
  readonly issuer: Certificate
}

/** The links of a path that may be asked about: only of one that holds. */
export function linksOf(question: PathQuestion, { state, path }: PathResult): Link[] {
  if (state !== 'valid') return []
  return path.slice(0, -1).flatMap((certificate, position) => {
    const issuer = path[position + 1]
    return issuer ? [{ question, certificate, issuer }] : []
  })
}

export function distinctLinks(links: readonly Link[]): Link[] {
  return [...new Map(links.map((link) => [link.certificate.sha256, link])).values()]
}

export function deltasOf({ application }: ServiceContext, { certificate }: Link): readonly (readonly string[])[] {
  const { cache } = application.revocation
  const complete = listSourcesOf(certificate.extensions.crlDistributionPoints).lists
  const owner = listOwnerOf(certificate)
  const named = complete.flatMap((urls) => urls.flatMap((url) => cache.crl(url, owner)?.value.freshestCrl ?? []))
  return listSourcesOf([...(certificate.extensions.freshestCrl ?? []), ...named]).lists
}

export function cachedEvidence(context: ServiceContext, links: readonly Link[]): RevocationEvidence {
  const { cache } = context.application.revocation
  const crls = new Set<Crl>()
  const ocspResponses = new Set<OcspResponse>()
  for (const link of links) {
    const { lists } = listSourcesOf(link.certificate.extensions.crlDistributionPoints)
    const owner = listOwnerOf(link.certificate)
    for (const url of [...lists, ...deltasOf(context, link)].flat()) {
      const kept = cache.crl(url, owner)
      if (kept) crls.add(kept.value)
    }
    for (const url of ocspRespondersOf(link.certificate)) {
      const kept = cache.ocsp(url, link.certificate.sha256)
      if (kept) ocspResponses.add(kept.value)
    }
  }
  return { crls: [...crls], ocspResponses: [...ocspResponses] }
}

export function validateWith(
  { runtime }: ServiceContext,
  question: PathQuestion,
  evidence: RevocationEvidence,
): PathResult {
  return validatePath({ ...question, revocation: { evidence, mode: 'informative', now: runtime.clock() } })
}

/** What evidence says about one certificate whose path holds without it. */
export function statusOf(context: ServiceContext, link: Link, evidence: RevocationEvidence): RevocationStatus {
  const { path, revocation } = validateWith(context, link.question, evidence)
  const position = path.findIndex(({ sha256 }) => sha256 === link.certificate.sha256)
  return revocation[position] ?? { state: 'unknown', why: 'not-at-hand' }
}
