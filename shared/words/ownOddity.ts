/** What is odd about a certificate, said to the person whose own it is. */

import { hasPhrase } from './words.ts'

/** The key of an oddity's sentence: where another's says to ask its owner, one's own says what to do oneself. */
export function ownOddityKey(code: string): string {
  return hasPhrase('en', `oddOwn.${code}`) ? `oddOwn.${code}` : `odd.${code}`
}
