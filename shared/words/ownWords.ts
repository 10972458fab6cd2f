/** What is said about a certificate to the person whose own it is: where another's says to ask its owner, what to do oneself. */

import { hasPhrase } from './words.ts'

/** The key of the sentence of something odd about one's own certificate. */
export function ownOddityKey(code: string): string {
  return hasPhrase('en', `oddOwn.${code}`) ? `oddOwn.${code}` : `odd.${code}`
}

/** The key of what to do when what an authority sent brings nothing, for this reason. */
export function answerNextKey(code: string): string {
  return hasPhrase('en', `answer.nextStep.${code}`) ? `answer.nextStep.${code}` : `errors.${code}.next`
}
