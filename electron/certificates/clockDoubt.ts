/**
 * A computer whose clock is plainly wrong takes every certificate for expired or for not yet valid. Here is asked whether the
 * clock can be right at all, so that callers name the clock instead of declaring the world expired. Pure: the moments that
 * are known come from the caller.
 *
 * A clock that runs ahead can be told only by a moment that is present. An old mail with an expired chain is an old mail,
 * whatever the clock says, so chains prove nothing in that direction.
 */

/** Where a moment is known from; the words stand under `terms`. */
export type MomentSource =
  /** The day on which the list of roots that came with the program was made. */
  | 'root-list'
  /** thisUpdate of a CRL or an OCSP response (RFC 5280 §5.1.2.4, RFC 6960 §4.2.2.1) with a signature that holds. */
  | 'revocation-list'
  /** The beginning of an anchor: whoever trusts it has it, so it has begun. */
  | 'trust-anchor'
  /** The Date that came with a list or an OCSP response, and that lies within the time for which that was signed. */
  | 'server-answer'

export interface KnownMoment {
  readonly source: MomentSource
  readonly at: Date
}

export interface ClockEvidence {
  /** Moments that have passed for certain. One that a stranger can choose (a mail's date) is none. */
  readonly past: readonly KnownMoment[]
  /** Moments that were told just now. */
  readonly present?: readonly KnownMoment[]
}

/** The words stand under `findings`. `now` and `known` are ISO 8601 in UTC. */
export interface ClockDoubt {
  readonly code: 'clock-behind' | 'clock-ahead'
  readonly data: { readonly now: string; readonly known: string; readonly source: MomentSource }
}

/** A wrong time zone is off by 14 hours at most, and CAs date their lists back by hours. */
const toleranceMs = 86_400_000

function latest(moments: readonly KnownMoment[]): KnownMoment | undefined {
  return moments.reduce<KnownMoment | undefined>((one, other) => (one && one.at >= other.at ? one : other), undefined)
}

/**
 * What can't be about the clock, or undefined where it may be right. Moments that are no date count for nothing; of several
 * present moments the latest counts, because an answer may have waited in a cache.
 */
export function clockDoubt(now: Date, { past, present = [] }: ClockEvidence): ClockDoubt | undefined {
  const isDate = ({ at }: KnownMoment) => !Number.isNaN(at.getTime())
  const told = latest(present.filter(isDate))
  const passed = latest([...past, ...present].filter(isDate))
  const doubt = (code: ClockDoubt['code'], { at, source }: KnownMoment): ClockDoubt => ({
    code,
    data: { now: now.toISOString(), known: at.toISOString(), source },
  })
  if (passed && passed.at.getTime() - now.getTime() > toleranceMs) return doubt('clock-behind', passed)
  // What has passed for certain is a present that was told too late: then the server's clock is the wrong one.
  if (told && told === passed && now.getTime() - told.at.getTime() > toleranceMs) return doubt('clock-ahead', told)
  return undefined
}
