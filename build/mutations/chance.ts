/** Chance that repeats itself: the same seed and index make the same choices, so that a failure can be made again. */

export interface Chance {
  /** A whole number from 0 to before `limit`. */
  below(limit: number): number
  /** True one time in `times`. */
  oneIn(times: number): boolean
  pick<Value>(values: readonly Value[]): Value
}

/** Mulberry32 over a mix of both numbers: quick, and good enough for choosing places in a mail. */
export function chanceOf(seed: number, index: number): Chance {
  let state = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca6b)) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b_79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick<Value>(values: readonly Value[]): Value {
      if (values.length === 0) throw new RangeError('nothing to pick from')
      return values[below(values.length)] as Value
    },
  }
}
