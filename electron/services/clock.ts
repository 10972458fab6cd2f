/**
 * Whether this computer's clock can be right, asked where certificates have ended or not begun by it. What is known of the
 * true time is gathered here; clockDoubt.ts judges it.
 */

import { type ChainState, clockReasons } from '../../shared/contract/certificates.ts'
import { type ClockDoubt, clockDoubt, type KnownMoment, type MomentSource } from '../certificates/clockDoubt.ts'
import type { RevocationSources } from '../certificates/revocation/sourcesFetch.ts'
import { mozillaRoots } from '../certificates/roots/mozillaRoots.ts'

/** `judged` are chains as of `now`. Without a profile there are no `sources`. */
export function doubtOfClock(
  now: Date,
  judged: readonly Pick<ChainState, 'chain' | 'reasons'>[],
  sources?: RevocationSources,
): ClockDoubt | undefined {
  const timed = judged.filter(({ reasons }) => reasons.some(({ code }) => clockReasons.has(code)))
  if (timed.length === 0) return undefined
  const anchors = timed.flatMap(({ chain }) => chain.filter(({ anchor }) => anchor))
  const past = [
    ...moment('root-list', new Date(mozillaRoots().source.generated)),
    ...anchors.flatMap(({ notBefore }) => moment('trust-anchor', new Date(notBefore))),
    ...moment('revocation-list', sources?.cache.newestThisUpdate()),
  ]
  return clockDoubt(now, { past, present: moment('server-answer', sources?.fetcher.toldPresent()) })
}

/**
 * Whether a server has just told an earlier time, for what is done by the clock alone and with nobody looking: ordering anew,
 * reminding of an end. A clock that is behind only puts such things off.
 */
export function isClockAhead(now: Date, { cache, fetcher }: RevocationSources): boolean {
  const past = [
    ...moment('root-list', new Date(mozillaRoots().source.generated)),
    ...moment('revocation-list', cache.newestThisUpdate()),
  ]
  const doubt = clockDoubt(now, { past, present: moment('server-answer', fetcher.toldPresent()) })
  return doubt?.code === 'clock-ahead'
}

/** A chain that was judged at the present, with the doubt about the clock where there is one. */
export function withClockDoubt(chain: ChainState, now: Date, sources?: RevocationSources): ChainState {
  const doubt = doubtOfClock(now, [chain], sources)
  return doubt ? { ...chain, clock: { code: doubt.code, data: { ...doubt.data } } } : chain
}

function moment(source: MomentSource, at: Date | undefined): KnownMoment[] {
  return at ? [{ source, at }] : []
}
