/**
 * The paper key: 140 random bits as forty characters that a person can copy by hand, and that say where a copy went wrong.
 *
 * Coding. The alphabet is Crockford's base 32: no I, L, O, U; lower case is read, and so are O as 0, I and L as 1. Eight groups
 * of five characters: four hold 20 bits, the fifth is a check character over GF(32) (x^5 + x^2 + 1, α = x):
 * α·d1 + α²·d2 + α³·d3 + α⁴·d4 + c = α^(number of the group, from 0). Since the weights differ, one wrong character of a group and
 * two exchanged ones are always noticed, in that very group; since the sums differ, so is a group that stands in another's
 * place. Anything else passes one group in 32 times. The eighth group's 20 bits are the first of SHA-256 over the 28 random
 * characters, so that what passes every group is still noticed, but for once in a million; then nobody can say where it is.
 */

import { hexText, utf8Bytes } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'
import { digestOf } from '../crypto/digest.ts'

export type PaperKeyFailure =
  /** Numbers of the groups that aren't as printed, from 1. */
  | { readonly code: 'paper-key-group'; readonly groups: string }
  /** Another number of groups than eight. */
  | { readonly code: 'paper-key-length'; readonly found: number; readonly expected: number }
  /** Every group fits, and the whole doesn't: two mistakes in one group, or another key's groups among these. */
  | { readonly code: 'paper-key-whole' }

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
export const paperKeyGroups = 8
const groupLength = 5
const randomCharacters = (paperKeyGroups - 1) * (groupLength - 1)

/** Eight groups with hyphens: what is printed, and what `readPaperKey` answers. */
export function newPaperKey(random: Random): string {
  // 32 divides 256: every character is as likely as any other.
  const values = [...random(randomCharacters)].map((byte) => byte & 31)
  const all = [...values, ...wholeCheck(values)]
  const groups: string[] = []
  for (let group = 0; group < paperKeyGroups; group++) {
    const data = all.slice(group * (groupLength - 1), (group + 1) * (groupLength - 1))
    groups.push([...data, groupCheck(data, group)].map((value) => alphabet[value] ?? '').join(''))
  }
  return groups.join('-')
}

/** A typed key in the spelling of `newPaperKey`; any spaces, hyphens and line breaks may stand between and inside the groups. */
export function readPaperKey(text: string): Result<string, PaperKeyFailure> {
  const groups = groupsIn(text)
  if (groups.length !== paperKeyGroups) {
    return failure({ code: 'paper-key-length', found: groups.length, expected: paperKeyGroups })
  }
  const wrong: number[] = []
  const data: number[] = []
  groups.forEach((group, index) => {
    const values = [...group].map((character) => alphabet.indexOf(character))
    const [check, body] = [values[groupLength - 1], values.slice(0, groupLength - 1)]
    const fits = group.length === groupLength && !values.includes(-1) && check === groupCheck(body, index)
    if (!fits) wrong.push(index + 1)
    data.push(...body)
  })
  if (wrong.length > 0) return failure({ code: 'paper-key-group', groups: wrong.join(', ') })
  const [values, check] = [data.slice(0, randomCharacters), data.slice(randomCharacters)]
  if (wholeCheck(values).join() !== check.join()) return failure({ code: 'paper-key-whole' })
  return success(groups.join('-'))
}

/** The bytes that keys are derived from. `key` is spelled as `readPaperKey` answers it; the caller wipes them. */
export function paperKeySecret(key: string): Uint8Array {
  return utf8Bytes(key)
}

/** Tells paper keys apart without telling anything of them: 32 bits of a digest over 140 random ones. */
export function paperKeyIdOf(key: string): string {
  return hexText(digestOf('sha256', utf8Bytes(`siegel paper key id\n${key}`))).slice(0, 8)
}

/** As the person divided it; where that makes no eight groups, in fives. */
function groupsIn(text: string): string[] {
  const read = text.slice(0, 1_000).toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1')
  const divided = read.split(/[^0-9A-Z]+/).filter((group) => group !== '')
  if (divided.length === paperKeyGroups) return divided
  return divided.join('').match(new RegExp(`.{1,${groupLength}}`, 'g')) ?? []
}

function groupCheck(data: readonly number[], group: number): number {
  return data.reduce((sum, value, index) => sum ^ times(power(index + 1), value), power(group))
}

function wholeCheck(values: readonly number[]): number[] {
  const digest = digestOf('sha256', utf8Bytes(values.map((value) => alphabet[value]).join('')))
  const bits = ((digest[0] ?? 0) << 16) | ((digest[1] ?? 0) << 8) | (digest[2] ?? 0)
  return [19, 14, 9, 4].map((shift) => (bits >> shift) & 31)
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
