/**
 * How long guessing a passphrase would take, by zxcvbn: the window's meter says it, and the privileged side refuses by the same
 * measure. Loaded when a passphrase is chosen, it is large.
 */

import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

export type Strength = 0 | 1 | 2 | 3 | 4

const meteredLength = 100

/** `expected`: words that somebody who guesses for this person tries first. */
export function createStrengthMeter(expected: readonly string[] = []): (passphrase: string) => Strength {
  const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
  const strengthOf = (text: string) => zxcvbn.check(text, [...expected]).score
  return (passphrase) => {
    // The meter's own cost grows faster than the text. Whoever guesses all of it has guessed its beginning and its end.
    const beginning = strengthOf(passphrase.slice(0, meteredLength))
    if (passphrase.length <= meteredLength) return beginning
    const end = strengthOf(passphrase.slice(-meteredLength))
    return Math.max(beginning, end) as Strength
  }
}
