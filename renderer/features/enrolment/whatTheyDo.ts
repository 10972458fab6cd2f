/** What can be done from now on with certificates that were taken in: an old key only reads. */

import type { Identity } from '../../../shared/contract/identities.ts'

type TakenUse = 'both' | 'sign' | 'open' | 'old'

export function whatTheyDo(taken: readonly Pick<Identity, 'state' | 'retired' | 'canSign' | 'canEncrypt'>[]): TakenUse {
  const inUse = taken.filter(({ state, retired }) => !retired && state !== 'expired' && state !== 'revoked')
  const signs = inUse.some(({ canSign }) => canSign)
  const opens = inUse.some(({ canEncrypt }) => canEncrypt)
  if (signs) return opens ? 'both' : 'sign'
  return opens ? 'open' : 'old'
}
