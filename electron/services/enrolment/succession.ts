/**
 * Which certificates of one's own are followed by later ones. Nothing is renewed, and nobody reminded, for the sake of one
 * that has done its work; and none is taken out of use before others do all of it.
 */

import type { Certificate } from '../../certificates/certificate.ts'
import type { PathState } from '../../certificates/path.ts'
import type { StoredIdentity } from '../../keystore/identityStore.ts'
import { normalizedAddress } from '../../mime/address.ts'
import type { ServiceContext } from '../context.ts'
import { canEncrypt, canSign, storedCertificate } from '../judge.ts'
import { ownCertificatesNow } from '../ownCertificates.ts'

interface Judged {
  readonly stored: StoredIdentity
  readonly certificate: Certificate
  readonly state: PathState
}

/** In use, not revoked by their owner, and not followed by later ones that do the same for the same addresses. */
export function currentIdentities(context: ServiceContext): StoredIdentity[] {
  const own = ownCertificatesNow(context)
  const active = activeIdentities(context).map(
    (stored): Judged => ({
      stored,
      certificate: storedCertificate(stored.certificateDer),
      state: own.stateOf(stored),
    }),
  )
  return active
    .filter(
      (one) =>
        !doTheWorkOf(
          one.stored,
          active.filter((other) => follows(other, one)).map(({ stored }) => stored),
        ),
    )
    .map(({ stored }) => stored)
}

/** One that counts less than it does, as a self-made one or one that its CA has revoked, follows nothing. */
function follows(later: Judged, earlier: Judged): boolean {
  if (later.stored.id === earlier.stored.id || later.certificate.notAfter <= earlier.certificate.notAfter) return false
  const beginsInTime = later.state === 'not-yet-valid' && later.certificate.notBefore <= earlier.certificate.notAfter
  return later.state === 'valid' || beginsInTime || (later.state === earlier.state && later.state !== 'revoked')
}

/**
 * Whether those that were got in its place are in use, valid by their dates, do all that it does, and count with others where it
 * does: a CA that nobody knows may have certified the key.
 */
export function isReplaced(context: ServiceContext, stored: StoredIdentity, successors: readonly string[]): boolean {
  const { at: now, stateOf } = ownCertificatesNow(context)
  const needsValid = stateOf(stored) === 'valid'
  const counting = activeIdentities(context).filter((one) => {
    if (one.id === stored.id || !successors.includes(one.id)) return false
    const { notBefore, notAfter } = storedCertificate(one.certificateDer)
    return notBefore <= now && now <= notAfter && (!needsValid || stateOf(one) === 'valid')
  })
  return doTheWorkOf(stored, counting)
}

/** Whether a certificate for the same key was revoked, by the person or as its CA says: nothing new is wanted for such a key. */
export function isKeyRevoked(context: ServiceContext, { keyId }: Pick<StoredIdentity, 'keyId'>): boolean {
  const own = ownCertificatesNow(context)
  const ofKey = context.application.identities.list().filter((one) => one.keyId === keyId)
  return ofKey.some((one) => own.stateOf(one) === 'revoked')
}

function activeIdentities({ application: { identities, renewals } }: ServiceContext): StoredIdentity[] {
  return identities.list().filter(({ id, retired }) => !retired && !renewals.revocation(id))
}

/** Several may share it: one signs, another opens letters; or each has one of the addresses. */
function doTheWorkOf({ certificateDer, addresses }: StoredIdentity, others: readonly StoredIdentity[]): boolean {
  const certificate = storedCertificate(certificateDer)
  const uses = [canSign, canEncrypt].filter((use) => use(certificate))
  if (others.length === 0) return false
  return addresses.map(normalizedAddress).every((address) => {
    const ofAddress = others.filter((other) => other.addresses.some((one) => normalizedAddress(one) === address))
    return uses.every((use) => ofAddress.some((other) => use(storedCertificate(other.certificateDer))))
  })
}
