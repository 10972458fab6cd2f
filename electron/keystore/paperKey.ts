/**
 * The paper key: 140 random bits as forty characters that a person can copy by hand, and that say where a copy went wrong.
 *
 * Coding: shared/paperKeyGroups.ts. Four characters of a group hold 20 bits, the fifth checks them: since the weights differ,
 * one wrong character of a group and two exchanged ones are always noticed, in that very group; since the sums differ, so is
 * a group that stands in another's place. Anything else passes one group in 32 times. The eighth group's 20 bits are the first
 * of SHA-256 over the 28 random characters, so that what passes every group is still noticed, but for once in a million; then
 * nobody can say where it is.
 */

import {
  paperKeyAlphabet as alphabet,
  paperKeyGroupLength as groupLength,
  paperKeyGroupCheck,
  paperKeyGroupFits,
  paperKeyGroups,
  paperKeyGroupsIn,
} from '../../shared/paperKeyGroups.ts'
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

const randomCharacters = (paperKeyGroups - 1) * (groupLength - 1)

/** Eight groups with hyphens: what is printed, and what `readPaperKey` answers. */
export function newPaperKey(random: Random): string {
  // 32 divides 256: every character is as likely as any other.
  const values = [...random(randomCharacters)].map((byte) => byte & 31)
  const all = [...values, ...wholeCheck(values)]
  const groups: string[] = []
  for (let group = 0; group < paperKeyGroups; group++) {
    const data = all.slice(group * (groupLength - 1), (group + 1) * (groupLength - 1))
    groups.push([...data, paperKeyGroupCheck(data, group)].map((value) => alphabet[value] ?? '').join(''))
  }
  return groups.join('-')
}

/** A typed key in the spelling of `newPaperKey`; any spaces, hyphens and line breaks may stand between and inside the groups. */
export function readPaperKey(text: string): Result<string, PaperKeyFailure> {
  const groups = paperKeyGroupsIn(text)
  if (groups.length !== paperKeyGroups) {
    return failure({ code: 'paper-key-length', found: groups.length, expected: paperKeyGroups })
  }
  const wrong: number[] = []
  const data: number[] = []
  groups.forEach((group, index) => {
    if (!paperKeyGroupFits(group, index)) wrong.push(index + 1)
    data.push(...[...group.slice(0, groupLength - 1)].map((character) => alphabet.indexOf(character)))
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

function wholeCheck(values: readonly number[]): number[] {
  const digest = digestOf('sha256', utf8Bytes(values.map((value) => alphabet[value]).join('')))
  const bits = ((digest[0] ?? 0) << 16) | ((digest[1] ?? 0) << 8) | (digest[2] ?? 0)
  return [19, 14, 9, 4].map((shift) => (bits >> shift) & 31)
}
