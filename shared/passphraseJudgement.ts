/**
 * What is found of a passphrase that somebody chooses: the window's meter and button, and the privileged side that refuses, hold it
 * against the same. Loaded when one is chosen, the meter is large.
 */

import { guessedStrength, type PassphrasePurpose, weaknessOf } from './contract/passphrases.ts'
import { createStrengthMeter, type Strength } from './passphraseStrength.ts'

export type ChosenWeakness = NonNullable<ReturnType<typeof weaknessOf>> | 'guessed'

export interface Judgement {
  /** Why it can't be taken. */
  readonly weakness?: ChosenWeakness
  readonly strength: Strength
}

/**
 * Knows what every guesser's list has (NIST SP 800-63B-4 §3.1.1.2): common passwords, and what is expected of this program and of the
 * person, `ofPerson`.
 */
export function createPassphraseJudge(
  ofPerson: readonly string[],
): (purpose: PassphrasePurpose, passphrase: string) => Judgement {
  const expected = [...ofProgram, ...ofPerson]
  const strengthOf = createStrengthMeter(expected)
  return (purpose, passphrase) => {
    // Spaces and hyphens between expected words cost a guesser nothing.
    const joined = passphrase.normalize('NFC').replace(separators, '')
    const strength = Math.min(strengthOf(passphrase), joined === '' ? 4 : strengthOf(joined)) as Strength
    const isGuessed = strength <= guessedStrength[purpose] || isMadeOf(expected, joined)
    const weakness = weaknessOf(purpose, passphrase) ?? (isGuessed ? 'guessed' : undefined)
    return { ...(weakness ? { weakness } : {}), strength }
  }
}

const separators = /[^\p{L}\p{M}\p{N}]+/gu

/** A year, a digit or two and a sign around expected words are expected, too. */
const leastUnexpected = 5

function isMadeOf(expected: readonly string[], joined: string): boolean {
  const words = expected
    .map((word) => word.replace(separators, ''))
    .filter((word) => word !== '')
    .sort((one, other) => other.length - one.length)
  const rest = words.reduce((text, word) => text.replaceAll(word, ' '), joined.toLowerCase())
  return rest !== joined.toLowerCase() && rest.replaceAll(' ', '').length < leastUnexpected
}

const ofProgram = [
  'siegel',
  'smime',
  's/mime',
  'backup',
  'sicherung',
  'passphrase',
  'passwort',
  'zertifikat',
  'certificate',
]
