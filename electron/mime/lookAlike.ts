/**
 * Letters that look like others: words of several alphabets, and words of one alphabet that read as Latin (UTS #39 §4 and
 * §5). Facts only; what an address with them is worth, its reader decides.
 */

import { domainToUnicode } from 'node:url'
import { latinTwins, readsAsLatin, wordMixesScripts } from '../../shared/alphabets.ts'

function wordsOf(address: string): string[] {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at + 1)}${unicodeHost(address.slice(at + 1))}`.split(/[@.\-_+]/)
}

/** A host name with its A-labels ("xn--bcher-kva") as a person would write them; unchanged where they mean nothing. */
export function unicodeHost(host: string): string {
  return domainToUnicode(host) || host
}

/**
 * Whether a word of the address mixes alphabets (UTS #39 §5.1), as "pаypal" with a Cyrillic "а" does. A whole word in one
 * alphabet is no mixture: that is how most of the world writes.
 */
export function mixesScripts(address: string): boolean {
  return wordsOf(address).some(wordMixesScripts)
}

/** What an address looks like where a whole word of it could be read as Latin and isn't: "сосо@b.example" gives "coco@b.example". */
export function latinLookAlike(address: string): string | undefined {
  const words = wordsOf(address.toLowerCase()).filter(readsAsLatin)
  if (words.length === 0) return undefined
  const at = address.lastIndexOf('@')
  const shown = `${address.slice(0, at + 1)}${unicodeHost(address.slice(at + 1))}`.toLowerCase()
  return shown.replace(/[^\x00-\x7f]/g, (letter) => latinTwins[letter] ?? letter)
}
