/** Words for codes out of certificates: with words of their own where there are some, else as they stand there. */

import { hasPhrase } from '../../../shared/words/words.ts'
import type { Say } from '../../client/words.ts'

type Vocabulary = 'part' | 'usage' | 'extension' | 'fact'

export function certificateWord(say: Say, vocabulary: Vocabulary, code: string): string {
  const key = `certs.${vocabulary}.${code}`
  return hasPhrase('en', key) ? say(key) : code
}

/** The hosts of addresses, each once; what isn't an address stays as it is. */
export function hostsOf(addresses: readonly string[]): string {
  return [...new Set(addresses.map((address) => URL.parse(address)?.hostname || address))].join(', ')
}
