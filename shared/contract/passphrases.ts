/**
 * What a passphrase or password must have that is chosen from now on. What was chosen before goes on opening what it opened.
 *
 * NIST SP 800-63B-4 §3.1.1.2: 8 characters where something else is needed besides, 15 where there is nothing else. The vault's lies
 * behind a second thing, the computer it is on. A backup and an exported key are files made to be carried elsewhere: whoever finds one
 * guesses as fast and as long as they like. No rules about digits or signs.
 */
export const shortestPassphrase = { vault: 8, backup: 15, file: 15 } as const

/**
 * Up to which strength (passphraseStrength.ts) a passphrase counts as guessed however long it is: for the vault what a thousand
 * attempts open, for what leaves the computer what a million do. That is hours for one machine, through all of scrypt.
 */
export const guessedStrength = { vault: 0, backup: 1, file: 1 } as const

export type PassphrasePurpose = keyof typeof shortestPassphrase

/** A word over and over, or a row of the same key: among the first things that a guesser tries (§3.1.1.2 on blocklists). */
const fewestDifferent = 5

/** Characters are Unicode's code points after normalisation form C, as NIST counts them. */
export function weaknessOf(purpose: PassphrasePurpose, passphrase: string): 'too-short' | 'too-simple' | undefined {
  const characters = charactersOf(passphrase)
  if (characters.length < shortestPassphrase[purpose]) return 'too-short'
  return new Set(characters).size < fewestDifferent ? 'too-simple' : undefined
}

/** How many characters are still to come. */
export function missingCharacters(purpose: PassphrasePurpose, passphrase: string): number {
  return Math.max(0, shortestPassphrase[purpose] - charactersOf(passphrase).length)
}

function charactersOf(passphrase: string): string[] {
  return [...passphrase.normalize('NFC')]
}
