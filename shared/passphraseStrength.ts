/**
 * How long guessing a passphrase would take, by zxcvbn: the window's meter says it, and the privileged side refuses by the same
 * measure. Loaded when a passphrase is chosen, it is large.
 */

import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

export type Strength = 0 | 1 | 2 | 3 | 4

/** `expected`: words that somebody who guesses for this person tries first. */
export function createStrengthMeter(expected: readonly string[] = []): (passphrase: string) => Strength {
  const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
  // Guessing cost grows with length alone beyond this; the meter's own cost would, too.
  return (passphrase) => zxcvbn.check(passphrase.slice(0, 100), [...expected]).score
}
