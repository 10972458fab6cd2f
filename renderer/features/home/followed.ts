/** Whether other certificates of one's own do all the work of one: what has done its work needs nobody. */

import type { Identity } from '../../../shared/contract/identities.ts'

/** By later ones: valid, beginning in time, or counting for as much as it does. */
export function isFollowed(identity: Identity, all: readonly Identity[]): boolean {
  const { notAfter } = identity.certificate
  return doTheWorkOf(
    identity,
    all.filter(({ id, state, certificate }) => {
      if (id === identity.id || certificate.notAfter <= notAfter) return false
      const beginsInTime = state === 'not-yet-valid' && certificate.notBefore <= notAfter
      // That one has ended hides what it counted for: the same issuer's counts alike.
      const countsAlike = state === identity.state || certificate.issuer === identity.certificate.issuer
      return state === 'valid' || beginsInTime || (countsAlike && !['revoked', 'not-yet-valid'].includes(state))
    }),
  )
}

/** For one that its issuer has ended: by any that hold today, however long. */
export function isReplaced(identity: Identity, all: readonly Identity[]): boolean {
  return doTheWorkOf(
    identity,
    all.filter(({ id, state }) => id !== identity.id && state === 'valid'),
  )
}

/** Several may share it: one signs, another opens letters; or each has one of the addresses. */
function doTheWorkOf({ addresses, canSign, canEncrypt }: Identity, others: readonly Identity[]): boolean {
  if (others.length === 0) return false
  return addresses.every((address) => {
    const ofAddress = others.filter((other) => other.addresses.includes(address))
    const signed = !canSign || ofAddress.some((other) => other.canSign)
    return signed && (!canEncrypt || ofAddress.some((other) => other.canEncrypt))
  })
}
