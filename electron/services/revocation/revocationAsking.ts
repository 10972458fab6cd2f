/**
 * One round of asking CAs about the certificates of one mail, within the person's leave and patience: what is fresh in the
 * cache isn't asked for, everything else at once, and what didn't come is remembered as the reason of a gap.
 */

import { hostOf } from '../../../shared/hostOf.ts'
import type { Result } from '../../base/result.ts'
import { checkSignature } from '../../certificates/pathSignature.ts'
import { type AnswerTimes, listOwnerOf, type Source } from '../../certificates/revocation/cache.ts'
import type { Crl } from '../../certificates/revocation/crl.ts'
import type { RevocationEvidence } from '../../certificates/revocation/evidence.ts'
import { ocspClockTolerance, ocspLifetimeWithoutNextUpdate } from '../../certificates/revocation/ocsp.ts'
import { ocspRespondersOf } from '../../certificates/revocation/ocspRequest.ts'
import { listSourcesOf, type RevocationGapFacts } from '../../certificates/revocation/sources.ts'
import type { SourceTrouble, Worth } from '../../certificates/revocation/sourcesFetch.ts'
import type { ServiceContext } from '../context.ts'
import { type Patience, usualWaitMs, withinPatience } from '../patience.ts'
import { type Link, statusOf } from './revocationLinks.ts'

/**
 * Addresses that are asked for one mail: a list, a delta and a responder for each certificate of a usual chain, for two
 * signers. More of them share these, so that no mail sends its reader around the net.
 */
const mostFetches = 12

type ListKind = 'complete' | 'delta'

export interface Asking {
  /** Fetches the lists that `listsOf` names; each is at any of several addresses. A delta is taken only where one is looked for. */
  forLists(
    kind: ListKind,
    links: readonly Link[],
    listsOf: (link: Link) => readonly (readonly string[])[],
  ): Promise<void>
  /** Asks OCSP responders, where the person agreed to it. */
  forAnswers(links: readonly Link[]): Promise<void>
  /** Why asking brought nothing; undefined where that isn't the reason. */
  gapOf(link: Link): RevocationGapFacts | undefined
}

export function createAsking(
  context: ServiceContext,
  { offline = false, waitMs = usualWaitMs, listsOnly = false, anew = false, signal }: Patience,
): Asking {
  const { settings, revocation } = context.application
  const { cache, fetcher } = revocation
  const leave = settings.get().revocation
  // The machine's own time: a mail's time of judgement may be any.
  const end = Date.now() + waitMs
  const reasons = new Map<string, RevocationGapFacts['why']>()
  let left = mostFetches

  /** Tries addresses of the same thing, one after the other, and all things at once. */
  async function askAll(things: ReadonlyMap<string, Thing>): Promise<void> {
    const asked = [...things.values()].map(async ({ urls, ask }) => {
      for (const url of urls) {
        if (left === 0) return reasons.set(url, 'too-many')
        left--
        reasons.set(url, 'not-yet')
        const outcome = await ask(url)
        if (outcome.ok) return reasons.delete(url)
        reasons.set(url, outcome.error.code)
      }
    })
    await withinPatience(Promise.all(asked), end, signal)
  }

  return {
    async forLists(kind, links, listsOf) {
      const things = new Map<string, Thing>()
      for (const link of links) {
        const owner = listOwnerOf(link.certificate)
        for (const urls of listsOf(link)) {
          if (!anew && urls.some((url) => isFresh(context, cache.crl(url, owner)))) continue
          const refusal = offline ? 'offline' : leave.lists ? undefined : 'off'
          if (refusal) for (const url of urls) reasons.set(url, refusal)
          else
            things.set([owner, ...urls].join(' '), {
              urls,
              ask: (url) => fetcher.fetchCrl(url, link.certificate, (crl) => worthOfList(context, link, crl, kind)),
            })
        }
      }
      await askAll(things)
    },

    async forAnswers(links) {
      const things = new Map<string, Thing>()
      for (const link of links) {
        const { certificate } = link
        const urls = ocspRespondersOf(certificate)
        const fresh = !anew && urls.some((url) => isFresh(context, cache.ocsp(url, certificate.sha256)))
        if (urls.length === 0 || fresh) continue
        const refusal = offline ? 'offline' : leave.ocsp && !listsOnly ? undefined : 'ocsp-off'
        if (refusal) for (const url of urls) reasons.set(url, refusal)
        else {
          const ask = (url: string) =>
            fetcher.fetchOcsp(url, link, (response) => worthOf(context, link, { crls: [], ocspResponses: [response] }))
          things.set(`${certificate.sha256} ${urls.join(' ')}`, { urls, ask })
        }
      }
      await askAll(things)
    },

    gapOf(link) {
      const { certificate } = link
      const { lists, unsupported } = listSourcesOf(certificate.extensions.crlDistributionPoints)
      const owner = listOwnerOf(certificate)
      const sources: Source[] = [
        ...lists.flat().map((url): Source => ({ kind: 'crl', url, owner })),
        ...ocspRespondersOf(certificate).map((url): Source => ({ kind: 'ocsp', url, certificate: certificate.sha256 })),
      ]
      // The list comes first: that OCSP wasn't asked is no news where a list should have answered.
      const silent = sources.find(({ url }) => reasons.has(url))
      const why = silent && reasons.get(silent.url)
      if (silent && why) return { why, ...whereOf(silent.url), ...pastOf(silent) }
      const [address] = unsupported
      return address === undefined ? undefined : { why: 'unsupported-address', host: address }
    },
  }

  /** Since when it has been silent, and what was seen last. */
  function pastOf(source: Source): Pick<RevocationGapFacts, 'since' | 'lastGood'> {
    const failed = cache.failure(source)
    const kept =
      source.kind === 'crl'
        ? cache.crl(source.url, source.owner)
        : source.kind === 'ocsp'
          ? cache.ocsp(source.url, source.certificate)
          : undefined
    return { ...(failed ? { since: failed.since } : {}), ...(kept ? { lastGood: kept.thisUpdate } : {}) }
  }
}

interface Thing {
  readonly urls: readonly string[]
  readonly ask: (url: string) => Promise<Result<undefined, SourceTrouble>>
}

/** A certificate may name an address that is none. */
function whereOf(url: string): { host?: string } {
  return URL.canParse(url) ? { host: hostOf(url) } : {}
}

function isFresh({ runtime }: ServiceContext, kept: AnswerTimes | undefined): boolean {
  if (!kept) return false
  const until = kept.nextUpdate?.getTime() ?? kept.thisUpdate.getTime() + ocspLifetimeWithoutNextUpdate
  return until >= runtime.clock().getTime()
}

function worthOfList(context: ServiceContext, link: Link, crl: Crl, kind: ListKind): Worth {
  if (crl.baseNumber === undefined) return worthOf(context, link, { crls: [crl], ocspResponses: [] })
  // In the place of the complete list it would push that one out, and with it what it says was revoked.
  if (kind === 'complete' || isOfFuture(context, crl)) return 'not-trusted'
  // A delta says nothing without its list. It is signed as that one is, nearly always by the issuer itself; the few others aren't kept.
  const budget = { left: 1, outcomes: new Map<string, boolean>() }
  return checkSignature(crl, link.issuer, budget, link.question.postQuantum) === 'verified' ? 'good' : 'not-trusted'
}

/** One from the future would outlive every true one. */
function isOfFuture({ runtime }: ServiceContext, { thisUpdate }: AnswerTimes): boolean {
  return thisUpdate.getTime() > runtime.clock().getTime() + ocspClockTolerance
}

/** What one fetched answer is worth by itself. */
function worthOf(context: ServiceContext, link: Link, evidence: RevocationEvidence): Worth {
  const [times] = [...evidence.crls, ...evidence.ocspResponses.flatMap(({ responses }) => responses)]
  if (times && isOfFuture(context, times)) return 'not-trusted'
  const status = statusOf(context, link, evidence)
  if (status.state !== 'unknown' || status.why === 'partial' || status.why === 'responder-unknown') return 'good'
  return status.why === 'outdated' ? 'outdated' : 'not-trusted'
}
