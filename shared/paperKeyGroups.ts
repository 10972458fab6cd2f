/**
 * The groups of a paper key, as a person reads and types them: which characters there are, how a text is divided, and
 * whether a group is as printed. The key itself is made and checked as a whole in electron/keystore/paperKey.ts; this much
 * needs no secret, and the window says it while somebody types.
 *
 * Eight groups of five characters of Crockford's base 32. The fifth is a check character over GF(32) (x^5 + x^2 + 1, α = x):
 * α·d1 + α²·d2 + α³·d3 + α⁴·d4 + c = α^(number of the group, from 0).
 */

/** No I, L, O, U. */
export const paperKeyAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
export const paperKeyGroups = 8
export const paperKeyGroupLength = 5

/** Nobody types more; the rest of a pasted text isn't looked at. */
const typedLimit = 1_000

/** `missing`: nothing of it is there. `begun`: the last one, and not all of it. `other`: not as printed. */
export type PaperKeyGroupState = 'missing' | 'begun' | 'fits' | 'other'

/** As the person divided it; where that makes no eight groups, in fives. */
export function paperKeyGroupsIn(text: string): readonly string[] {
  const divided = dividedIn(text)
  return divided.length === paperKeyGroups ? divided : inFives(divided)
}

/** The state of each of the eight groups, as far as they are typed. */
export function paperKeyGroupStates(text: string): readonly PaperKeyGroupState[] {
  const divided = dividedIn(text)
  // Whoever sets spaces means them: a character that is left out puts only its own group wrong.
  const typed = divided.every((group) => group.length <= paperKeyGroupLength) ? divided : inFives(divided)
  return Array.from({ length: paperKeyGroups }, (_, index) => {
    const group = typed[index]
    if (group === undefined) return 'missing'
    if (index === typed.length - 1 && group.length < paperKeyGroupLength) return 'begun'
    return paperKeyGroupFits(group, index) ? 'fits' : 'other'
  })
}

/** Whether a group is one that can stand at this place, from 0. */
export function paperKeyGroupFits(group: string, index: number): boolean {
  const values = [...group].map((character) => paperKeyAlphabet.indexOf(character))
  if (values.length !== paperKeyGroupLength || values.includes(-1)) return false
  return values.at(-1) === paperKeyGroupCheck(values.slice(0, -1), index)
}

/** The check character of four others, all as numbers from 0 to 31. */
export function paperKeyGroupCheck(data: readonly number[], index: number): number {
  return data.reduce((sum, value, place) => sum ^ times(power(place + 1), value), power(index))
}

/** Lower case is read, and so are O as 0, I and L as 1. */
function dividedIn(text: string): readonly string[] {
  const read = text.slice(0, typedLimit).toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1')
  return read.split(/[^0-9A-Z]+/).filter((group) => group !== '')
}

function inFives(divided: readonly string[]): readonly string[] {
  return divided.join('').match(new RegExp(`.{1,${paperKeyGroupLength}}`, 'g')) ?? []
}

/** α to the power of `exponent` in GF(32). */
function power(exponent: number): number {
  let value = 1
  for (let step = 0; step < exponent; step++) value = times(value, 2)
  return value
}

/** The product of two elements of GF(32). */
function times(left: number, right: number): number {
  let product = 0
  let shifted = left
  for (let bit = 0; bit < 5; bit++) {
    if ((right >> bit) & 1) product ^= shifted
    shifted <<= 1
    if (shifted & 32) shifted ^= 0b100101
  }
  return product
}
