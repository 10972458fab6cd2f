/**
 * Whether certificates were revoked, asked for by the person's rules (shared/contract/app.ts, `revocation`): lists first,
 * since they say nothing about who is looked at; OCSP only where the person agreed to it and no list answers. Addresses are
 * used only from certificates whose path reaches a trusted root with nothing else wrong: anybody can write a certificate
 * that points somewhere and send it by mail.
 *
 * What can't be learnt is told as a gap. It makes no certificate bad, and none is called good for it.
 */

import { type PathQuestion, type PathResult, validatePath } from '../../certificates/path.ts'
import { listOwnerOf } from '../../certificates/revocation/cache.ts'
import type { RevocationEvidence } from '../../certificates/revocation/evidence.ts'
import { type CheckedRevocation, listSourcesOf } from '../../certificates/revocation/sources.ts'
import type { RevocationStatus } from '../../certificates/revocation/status.ts'
import type { ServiceContext } from '../context.ts'
import type { Patience } from '../patience.ts'
import { createAsking } from './revocationAsking.ts'
import {
  cachedEvidence,
  deltasOf,
  distinctLinks,
  type Link,
  linksOf,
  statusOf,
  validateWith,
} from './revocationLinks.ts'

/** What the profile's cache says about the path of a certificate; nobody is asked. For lists of certificates. */
export function validateFromCache(context: ServiceContext, question: PathQuestion): PathResult {
  const found = validatePath(question)
  const evidence = cachedEvidence(context, linksOf(question, found))
  if (evidence.crls.length === 0 && evidence.ocspResponses.length === 0) return found
  return validateWith(context, question, evidence)
}

/**
 * The paths of some certificates, in their order, with all that can be learnt about revocations; and why, where that is
 * nothing.
 */
export async function validateAndAsk(
  context: ServiceContext,
  questions: readonly PathQuestion[],
  patience: Patience = {},
): Promise<{ readonly paths: readonly PathResult[]; readonly gaps: CheckedRevocation['gaps'] }> {
  const { evidence, gaps } = await checkRevocation(context, questions, patience)
  return { paths: questions.map((question) => validateWith(context, question, evidence)), gaps }
}

/**
 * Learns what can be learnt about the paths of these certificates, and what can't. Without the person's leave, without the
 * net or without patience it is what the cache holds.
 */
export async function checkRevocation(
  context: ServiceContext,
  questions: readonly PathQuestion[],
  patience: Patience = {},
): Promise<CheckedRevocation> {
  const links = distinctLinks(questions.flatMap((question) => linksOf(question, validatePath(question))))
  const asking = createAsking(context, patience)
  const listsOf = ({ certificate }: Link) => listSourcesOf(certificate.extensions.crlDistributionPoints).lists
  await bringToHand(context, links, listsOf)
  await asking.forLists('complete', links, listsOf)
  // Where news between two lists come apart from them (RFC 5280 §4.2.1.15, §5.2.6), those are fetched, too.
  await asking.forLists('delta', links, (link) => deltasOf(context, link))
  const silent = unknownAmong(context, links, cachedEvidence(context, links)).map(({ link }) => link)
  // Where something has just changed, an answer and a list that are kept say what was before.
  await asking.forAnswers(patience.anew ? links : silent)
  const evidence = cachedEvidence(context, links)
  const gaps = unknownAmong(context, links, evidence).map(
    ({ link, why }) => [link.certificate.sha256, asking.gapOf(link) ?? { why }] as const,
  )
  return { evidence, gaps: new Map(gaps) }
}

/** A large list that the cache holds takes a while to read, and what follows looks at it without a turn for others. */
async function bringToHand(
  { application }: ServiceContext,
  links: readonly Link[],
  listsOf: (link: Link) => readonly (readonly string[])[],
): Promise<void> {
  const { cache } = application.revocation
  for (const link of links) {
    const owner = listOwnerOf(link.certificate)
    for (const url of listsOf(link).flat()) await cache.bringToHand(url, owner)
  }
}

type Unknown = Extract<RevocationStatus, { state: 'unknown' }>

/** The links about which the evidence says neither good nor revoked. */
function unknownAmong(context: ServiceContext, links: readonly Link[], evidence: RevocationEvidence) {
  return links.flatMap((link): { link: Link; why: Unknown['why'] }[] => {
    // Judged by itself: a path that was revoked further up is abandoned for another one.
    const status = statusOf(context, link, evidence)
    return status.state === 'unknown' ? [{ link, why: status.why }] : []
  })
}
