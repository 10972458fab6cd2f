/**
 * Whether two names of authorities could be taken for each other. A name is quickly given, and somebody who reads "CASTLE" in a
 * list looks at no code points: what differs by width, case, marks, spaces, or letters of another alphabet (UTS #39 §4) is alike.
 */

import { latinTwins } from '../../../shared/alphabets.ts'

/** Capital letters that are drawn like a Latin one although their small ones, which `latinTwins` has, are not. */
const capitalTwins: Readonly<Record<string, string>> = {
  ...{ В: 'b', К: 'k', М: 'm', Н: 'h', Т: 't', У: 'y', З: '3' },
  ...{ Β: 'b', Ε: 'e', Ζ: 'z', Η: 'h', Κ: 'k', Μ: 'm', Ν: 'n', Τ: 't', Υ: 'y' },
}

/** Latin ones among themselves: "ActaIis" with a capital I, "HAR1CA". */
const sameShapes: Readonly<Record<string, string>> = { i: 'l', ı: 'l', '1': 'l', '0': 'o' }

/** Equal for names that are alike. */
export function shapeOf(name: string): string {
  const letters = name.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '')
  const shape = [...letters]
    .map((letter) => (capitalTwins[letter] ?? letter).toLowerCase())
    .map((letter) => latinTwins[letter] ?? letter)
    .map((letter) => sameShapes[letter] ?? letter)
    .join('')
  // Of signs alone: what is left of it to compare is itself.
  return shape === '' ? name.trim() : shape
}

export function isAlike(one: string, other: string): boolean {
  return shapeOf(one) === shapeOf(other)
}
