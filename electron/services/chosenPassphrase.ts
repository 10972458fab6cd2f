/** Passphrases and passwords that are chosen now, held against what they must have. */

import { type PassphrasePurpose, shortestPassphrase, weaknessOf } from '../../shared/contract/passphrases.ts'
import type { ChosenWeakness } from '../../shared/passphraseJudgement.ts'
import type { ServiceContext } from './context.ts'
import { raise } from './raise.ts'

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

/** The meter is loaded only where it is needed. */
export async function weaknessOfChosen(
  purpose: PassphrasePurpose,
  passphrase: string,
  ofPerson: readonly string[] = [],
): Promise<ChosenWeakness | undefined> {
  const weakness = weaknessOf(purpose, passphrase)
  if (weakness) return weakness
  const { createPassphraseJudge } = await import('../../shared/passphraseJudgement.ts')
  return createPassphraseJudge(ofPerson)(purpose, passphrase).weakness
}

const separators = /[^\p{L}\p{M}\p{N}]+/gu

/** Enough for every account of a person; the meter looks each of them up. */
const wordLimit = 200

/** What is expected of this person: their addresses whole and in their parts, and the names beside them. */
export function wordsOfPerson({ application }: ServiceContext): string[] {
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
