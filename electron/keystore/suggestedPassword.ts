/** A password for a file that goes to another program: strong, and made to be read from one screen and typed into another. */

import type { Random } from '../base/random.ts'

/** Crockford's base 32 in lower case: no letter looks like a digit, none needs the shift key, and every keyboard has them. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
/** 100 random bits: the old form for phones makes a guess cheap, and this still can't be guessed. */
const groups = 5
const groupLength = 4

/** "7k2m-9wqx-…": five groups of four. */
export function suggestedPassword(random: Random): string {
  // 32 divides 256: every character is as likely as any other.
  const characters = [...random(groups * groupLength)].map((byte) => alphabet[byte & 31] ?? '')
  return Array.from({ length: groups }, (_, group) =>
    characters.slice(group * groupLength, (group + 1) * groupLength).join(''),
  ).join('-')
}
