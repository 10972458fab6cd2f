/** Time is a parameter: whoever needs "now" takes a Clock, so that a test can choose it. */

export type Clock = () => Date

export const systemClock: Clock = () => new Date()

/** A clock that always shows the same moment. */
export function fixedClock(at: Date | string): Clock {
  const time = new Date(at).getTime()
  return () => new Date(time)
}
