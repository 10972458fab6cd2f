/** An identity as the contract says it: what is stored, judged at the present. */

import type { Identity } from '../../../shared/contract/identities.ts'
import { keyAlgorithmText } from '../../certificates/keyAlgorithmText.ts'
import { summaryOf } from '../../certificates/view.ts'
import type { StoredIdentity } from '../../keystore/storedIdentity.ts'
import type { ServiceContext } from '../context.ts'
import { canEncrypt, canSign, type Judge, judgeAt, storedCertificate } from '../judge.ts'

const named = ['valid', 'expired', 'not-yet-valid', 'unknown-issuer', 'revoked'] as const

export function judgeNow(context: ServiceContext): Judge {
  return judgeAt(context, context.runtime.clock())
}

/** For one; whoever shows several makes the judge once. */
export function identityOf(context: ServiceContext, stored: StoredIdentity): Identity {
  return viewOfIdentity(context, stored, judgeNow(context))
}

/** The person said of another certificate for the same key that others have that key: it speaks for all of them (RFC 5280 §5.3.1). */
function isKeyCompromised(
  { application: { identities, renewals } }: ServiceContext,
  { keyId }: StoredIdentity,
): boolean {
  const ofKey = identities.list().filter((one) => one.keyId === keyId)
  return ofKey.some(({ id }) => renewals.revocation(id)?.reason === 'keyCompromise')
}

export function viewOfIdentity(context: ServiceContext, stored: StoredIdentity, judge: Judge): Identity {
  const certificate = storedCertificate(stored.certificateDer)
  // What the person has had revoked is so before the CA's own list says it.
  const ownDeed = context.application.renewals.revocation(stored.id) !== undefined || isKeyCompromised(context, stored)
  const state = ownDeed ? 'revoked' : judge.chain(certificate, stored.chain.map(storedCertificate)).state
  const hasEnded = certificate.notAfter < judge.at && state !== 'revoked'
  return {
    id: stored.id,
    certificate: summaryOf(certificate),
    addresses: [...stored.addresses],
    keyAlgorithm: keyAlgorithmText(certificate),
    canSign: canSign(certificate),
    canEncrypt: canEncrypt(certificate),
    // That it has run out is so whoever vouches for it.
    state: hasEnded ? 'expired' : (named.find((one) => one === state) ?? 'other'),
    retired: stored.retired,
    preferred: stored.preferred,
    source: stored.source,
    createdAt: stored.createdAt.toISOString(),
    ...(stored.backedUpAt ? { backedUpAt: stored.backedUpAt.toISOString() } : {}),
  }
}
