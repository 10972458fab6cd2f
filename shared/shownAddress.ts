/**
 * Addresses as a person writes them: "nora@bücher.example" for "nora@xn--bcher-kva.example". For showing alone; what is compared,
 * kept or sent keeps the letters that the mail has.
 *
 * A domain stays as it is, whole, where any of its labels could be taken for another one: of several alphabets, of one that reads
 * as Latin, or with letters that are no alphabet's everyday ones (UTS #39 §5.2, as browsers do it). What hides in an address, or turns
 * it around, is spelled.
 */

import { alphabetsOf, readsAsLatin, wordMixesScripts } from './alphabets.ts'
import { readPunycode } from './punycode.ts'
import { shownText } from './shownText.ts'

export function shownAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return shownText(at < 0 ? address : `${address.slice(0, at + 1)}${shownHost(address.slice(at + 1))}`)
}

export function shownAddresses(addresses: readonly string[]): string {
  return addresses.map(shownAddress).join(', ')
}

/** Every address inside of a text. */
export function withShownAddresses(text: string): string {
  return text.replace(/(?<=@)[a-z0-9.-]*xn--[a-z0-9.-]*/gi, shownHost)
}

export function shownHost(host: string): string {
  if (!/xn--/i.test(host)) return host
  const labels: string[] = []
  for (const label of host.split('.')) {
    const shown = /^xn--/i.test(label) ? shownLabel(label) : label
    if (shown === undefined) return host
    labels.push(shown)
  }
  return labels.join('.')
}

function shownLabel(label: string): string | undefined {
  const text = readPunycode(label.slice(4))
  if (text === undefined || /^[\x00-\x7f]*$/.test(text) || /^[\p{M}-]|^..--|-$/u.test(text)) return undefined
  // What IDNA would have written otherwise was made by hand (RFC 5891 §5.4).
  if (text !== text.normalize('NFKC') || !isFolded(text)) return undefined
  if (!/^[\p{Ll}\p{Lo}\p{Lm}\p{M}0-9-]+$/u.test(text) || strangeLatin.test(text)) return undefined
  // Hangul's fillers are letters that nobody sees.
  if (/\p{Default_Ignorable_Code_Point}/u.test(text)) return undefined
  if (rightToLeft.test(text) && /[0-9]/.test(text)) return undefined
  if (text.split('-').some((word) => wordMixesScripts(word) || readsAsLatin(word))) return undefined
  return wordMixesScripts(text) || alphabetsOf(text).includes('other') ? undefined : text
}

/** Digits among them change places on the screen (RFC 5893 §2). */
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}]/u

/** These two keep to themselves since IDNA 2008 (RFC 5894 §7.2); any other letter that is two in capitals becomes those two. */
function isFolded(text: string): boolean {
  const rest = text.replace(/[ßς]/g, '')
  return rest === [...rest].map((letter) => letter.toUpperCase().toLowerCase()).join('')
}

/** Latin letters beyond those of the languages in use, such as phonetic ones, and those that lack no more than a dot or a line. */
const strangeLatin =
  /[ıĸŀŉſ]|(?=\p{Script=Latin})[^a-z\u00df-\u017f\u01a1\u01b0\u01ce-\u01dc\u0218-\u021b\u1e00-\u1eff]/u
