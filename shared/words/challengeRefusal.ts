/** Why a mail that claimed to be the challenge was put aside, as a key of the words and its data. */

import { hasPhrase, type PhraseData } from './words.ts'

/** A code of its own, or one that ends in the name of a header field: `missing-subject`. */
export function refusalWords(reason: string): { readonly key: string; readonly data: PhraseData } {
  if (hasPhrase('en', `enrol.refusal.${reason}`)) return { key: `enrol.refusal.${reason}`, data: {} }
  const [, kind, field] = /^(missing|unsigned|repeated)-(.+)$/.exec(reason) ?? []
  if (kind !== undefined) return { key: `enrol.refusal.${kind}`, data: { field } }
  return { key: 'enrol.refusal.other', data: { reason } }
}
