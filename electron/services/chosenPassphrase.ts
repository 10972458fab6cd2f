/** Passphrases and passwords that are chosen now, held against what they must have. */

import { type PassphrasePurpose, shortestPassphrase, weaknessOf } from '../../shared/contract/passphrases.ts'
import { raise } from './raise.ts'

/** Ends the procedure for one that is guessed too fast, before anything was done; not where the host has told it (`allowWeak`). */
export function requireStrength(purpose: PassphrasePurpose, passphrase: string, allowWeak = false): void {
  if (allowWeak) return
  const weakness = weaknessOf(purpose, passphrase)
  if (weakness === 'too-short') raise({ code: 'passphrase-too-short', minimum: shortestPassphrase[purpose] })
  if (weakness === 'too-simple') raise({ code: 'passphrase-too-simple' })
}
