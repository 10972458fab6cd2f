/**
 * Words of several alphabets, and words of one alphabet that read as Latin (UTS #39 §4 and §5): pure, for the window, too. Where
 * they stand in an address, and what that means, others decide.
 */

/** The alphabets in use for addresses; a letter of any other one is `other`. */
const alphabets: readonly (readonly [string, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Georgian', /\p{Script=Georgian}/u],
  ['Hebrew', /\p{Script=Hebrew}/u],
  ['Arabic', /\p{Script=Arabic}/u],
  ['Devanagari', /\p{Script=Devanagari}/u],
  ['Bengali', /\p{Script=Bengali}/u],
  ['Tamil', /\p{Script=Tamil}/u],
  ['Thai', /\p{Script=Thai}/u],
  ['Han', /\p{Script=Han}/u],
  ['Hiragana', /\p{Script=Hiragana}/u],
  ['Katakana', /\p{Script=Katakana}/u],
  ['Bopomofo', /\p{Script=Bopomofo}/u],
  ['Hangul', /\p{Script=Hangul}/u],
]

/** UTS #39 §5.2, "highly restrictive": what is written together every day. */
const writtenTogether: readonly (readonly string[])[] = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]

/** Small letters of Cyrillic, Greek and Armenian that most typefaces draw like the Latin one. */
export const latinTwins: Readonly<Record<string, string>> = {
  ...{ а: 'a', е: 'e', о: 'o', р: 'p', с: 'c', у: 'y', х: 'x', ѕ: 's', і: 'i', ј: 'j', ԁ: 'd', ԛ: 'q', ԝ: 'w' },
  ...{ һ: 'h', ӏ: 'l', ү: 'y', ѵ: 'v', ԍ: 'g', α: 'a', ν: 'v', ο: 'o', ρ: 'p', υ: 'u', ι: 'i', κ: 'k', χ: 'x' },
  ...{ օ: 'o', ս: 'u', հ: 'h', ո: 'n', ց: 'g', զ: 'q', յ: 'j' },
}

/** Two letters alone are an abbreviation in any alphabet. */
const leastTwins = 3

export function alphabetsOf(word: string): string[] {
  const found = alphabets.filter(([, letters]) => letters.test(word)).map(([name]) => name)
  let rest = word.replace(/[\p{Script=Common}\p{Script=Inherited}]/gu, '')
  for (const name of found) rest = rest.replace(new RegExp(`\\p{Script=${name}}`, 'gu'), '')
  return rest === '' ? found : [...found, 'other']
}

/** Whether one word mixes alphabets (UTS #39 §5.1), as "pаypal" with a Cyrillic "а" does. */
export function wordMixesScripts(word: string): boolean {
  if (/^[\x00-\x7f]*$/.test(word)) return false
  const found = alphabetsOf(word)
  return found.length > 1 && !writtenTogether.some((together) => found.every((name) => together.includes(name)))
}

/** Whether every letter of it has a twin in the Latin alphabet. */
export function readsAsLatin(word: string): boolean {
  const letters = [...word].filter((letter) => !/[0-9]/.test(letter))
  return letters.length >= leastTwins && letters.every((letter) => letter in latinTwins)
}
