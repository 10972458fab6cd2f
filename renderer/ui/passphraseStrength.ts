/** How long guessing a passphrase would take, by zxcvbn: loaded when a passphrase is first typed, it is large. */

import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

export type Strength = 0 | 1 | 2 | 3 | 4

export function createStrengthMeter(): (passphrase: string) => Strength {
  const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
  // Guessing cost grows with length alone beyond this; the meter's own cost would, too.
  return (passphrase) => zxcvbn.check(passphrase.slice(0, 100)).score
}
