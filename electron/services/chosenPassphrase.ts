/** Passphrases and passwords that are chosen now, held against what they must have. */

import {
  guessedStrength,
  type PassphrasePurpose,
  shortestPassphrase,
  weaknessOf,
} from '../../shared/contract/passphrases.ts'
import type { ServiceContext } from './context.ts'
import { raise } from './raise.ts'

export type ChosenWeakness = NonNullable<ReturnType<typeof weaknessOf>> | 'guessed'

/** Ends the procedure for one that is guessed too fast, before anything was done; not where the host has told it (`allowWeak`). */
export async function requireStrength(
  context: ServiceContext,
  purpose: PassphrasePurpose,
  passphrase: string,
  allowWeak = false,
): Promise<void> {
  if (allowWeak) return
  const weakness = await weaknessOfChosen(purpose, passphrase, wordsOfPerson(context))
  if (weakness === 'too-short') raise({ code: 'passphrase-too-short', minimum: shortestPassphrase[purpose] })
  if (weakness === 'too-simple') raise({ code: 'passphrase-too-simple' })
  if (weakness === 'guessed') raise({ code: 'passphrase-guessed' })
}

/** Also of what every guesser's list has (NIST SP 800-63B-4 §3.1.1.2): common passwords, and what is expected of this program and person. */
export async function weaknessOfChosen(
  purpose: PassphrasePurpose,
  passphrase: string,
  person: readonly string[] = [],
): Promise<ChosenWeakness | undefined> {
  const weakness = weaknessOf(purpose, passphrase)
  if (weakness) return weakness
  const { createStrengthMeter } = await import('../../shared/passphraseStrength.ts')
  const expected = [...ofProgram, ...person]
  const strengthOf = createStrengthMeter(expected)
  // Spaces and hyphens between expected words cost a guesser nothing.
  const joined = passphrase.normalize('NFC').replace(separators, '')
  const strength = Math.min(strengthOf(passphrase), joined === '' ? 4 : strengthOf(joined))
  return strength <= guessedStrength[purpose] || isMadeOf(expected, joined) ? 'guessed' : undefined
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

/** Enough for every account of a person; the meter looks each of them up. */
const wordLimit = 200

/** The addresses of the person whole and in their parts, and the names beside them. */
function wordsOfPerson({ application }: ServiceContext): string[] {
  const addresses = [
    ...application.accounts.list().map(({ address }) => address),
    ...application.identities.list().flatMap((identity) => identity.addresses),
  ]
  const names = application.accounts.list().map(({ name }) => name)
  const texts = [...addresses, ...names].map((text) => text.toLowerCase())
  // A part of two letters would make every word with them in it look expected.
  const parts = texts.flatMap((text) => [text, ...text.split(separators)]).filter((part) => part.length > 2)
  return [...new Set(parts)].slice(0, wordLimit)
}
