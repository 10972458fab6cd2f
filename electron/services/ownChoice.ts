/**
 * Which of several own certificates for an address is used. What others can rely on comes first: one within its dates, then one that
 * a trusted root vouches for, then one that nobody vouches for. Among equals the preferred one comes first, then the newest: a
 * preference can't make up for a certificate that every reader would be warned of.
 */

import type { Certificate } from '../certificates/certificate.ts'
import type { StoredIdentity } from '../keystore/storedIdentity.ts'
import { normalizedAddress } from '../mime/address.ts'
import type { ServiceContext } from './context.ts'
import { canSign, judgeAt, storedCertificate } from './judge.ts'
import { ownCertificatesNow } from './ownCertificates.ts'

export interface OwnCertificate {
  readonly identity: StoredIdentity
  readonly certificate: Certificate
}

/** The best first, for letters of that time. All of them: an ended one is the last resort for reading an own copy. */
export function inOrderOfUse(
  context: ServiceContext,
  identities: readonly StoredIdentity[],
  at: Date,
): OwnCertificate[] {
  const worthOf = worthAt(context, at)
  return identities
    .map((identity) => ({ identity, certificate: storedCertificate(identity.certificateDer) }))
    .map((own) => ({ own, worth: worthOf(own) }))
    .sort(
      (left, right) =>
        right.worth - left.worth ||
        Number(right.own.identity.preferred) - Number(left.own.identity.preferred) ||
        newestFirst(left.own, right.own),
    )
    .map(({ own }) => own)
}

/** Identities in use that are preferred for one of these addresses and sign. */
export function signersFor({ application }: ServiceContext, emails: readonly string[]): StoredIdentity[] {
  const wanted = new Set(emails.map(normalizedAddress))
  return application.identities
    .list()
    .filter(
      ({ preferred, retired, addresses, certificateDer }) =>
        preferred &&
        !retired &&
        addresses.some((address) => wanted.has(normalizedAddress(address))) &&
        canSign(storedCertificate(certificateDer)),
    )
}

/**
 * Settles who is preferred once `identity` was installed, within the same transaction; `before` are those who were until then. The
 * newcomer takes their place where it signs, others vouch for it no less, and it is no older: whoever has a public key alone
 * can make a certificate for it, and what only opens letters must not stand in the way of what signs.
 */
export function settlePreference(
  context: ServiceContext,
  identity: StoredIdentity,
  before: readonly StoredIdentity[],
): void {
  const { identities } = context.application
  const others = before.filter(({ id }) => id !== identity.id)
  if (identity.retired || others.length === 0) {
    // An identity that only decrypts may have been preferred until now.
    if (!identity.retired && !identity.preferred && canSign(storedCertificate(identity.certificateDer))) {
      identities.prefer(identity.id)
    }
    return
  }
  const own = { identity, certificate: storedCertificate(identity.certificateDer) }
  // One that a CA dates tomorrow signs from tomorrow on: until then its dates stand in its way, not the preference.
  const begins = Math.max(own.certificate.notBefore.getTime(), context.runtime.clock().getTime())
  const worthOf = worthAt(context, new Date(begins))
  const isBetter = others.every((other) => {
    const old = { identity: other, certificate: storedCertificate(other.certificateDer) }
    const difference = worthOf(own) - worthOf(old)
    return difference > 0 || (difference === 0 && newestFirst(own, old) <= 0)
  })
  if (canSign(own.certificate) && isBetter) identities.prefer(identity.id)
  else for (const { id } of others) identities.prefer(id)
}

function worthAt(context: ServiceContext, at: Date): (own: OwnCertificate) => number {
  const now = ownCertificatesNow(context)
  const judge = judgeAt(context, at)
  return (own) => {
    if (!isWithinDates(own, at)) return 0
    const { identity, certificate } = own
    if (now.stateOf(identity) === 'revoked') return 0
    const { state } = judge.chain(certificate, identity.chain.map(storedCertificate))
    return state === 'valid' || state === 'revocation-unknown' ? 3 : state === 'unknown-issuer' ? 2 : 1
  }
}

function isWithinDates({ certificate: { notBefore, notAfter } }: OwnCertificate, at: Date): boolean {
  return notBefore <= at && at <= notAfter
}

function newestFirst({ certificate: left }: OwnCertificate, { certificate: right }: OwnCertificate): number {
  return right.notBefore.getTime() - left.notBefore.getTime() || right.notAfter.getTime() - left.notAfter.getTime()
}
