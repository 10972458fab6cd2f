/** An identity as the contract says it: what is stored, judged at the present. */

import type { Identity } from '../../../shared/contract/identities.ts'
import { keyAlgorithmText } from '../../certificates/keyAlgorithmText.ts'
import { summaryOf } from '../../certificates/view.ts'
import type { StoredIdentity } from '../../keystore/storedIdentity.ts'
import type { ServiceContext } from '../context.ts'
import { canEncrypt, canSign, storedCertificate } from '../judge.ts'
import { type OwnCertificates, ownCertificatesNow } from '../ownCertificates.ts'

const named = ['valid', 'expired', 'not-yet-valid', 'unknown-issuer', 'revoked'] as const

/** For one; whoever shows several judges them together. */
export function identityOf(context: ServiceContext, stored: StoredIdentity): Identity {
  return viewOfIdentity(stored, ownCertificatesNow(context))
}

export function viewOfIdentity(stored: StoredIdentity, own: OwnCertificates): Identity {
  const certificate = storedCertificate(stored.certificateDer)
  const state = own.stateOf(stored)
  const hasEnded = certificate.notAfter < own.at && state !== 'revoked'
  return {
    id: stored.id,
    certificate: summaryOf(certificate),
    addresses: [...stored.addresses],
    keyAlgorithm: keyAlgorithmText(certificate),
    canSign: canSign(certificate),
    canEncrypt: canEncrypt(certificate),
    // That it has run out is so whoever vouches for it.
    state: hasEnded ? 'expired' : (named.find((one) => one === state) ?? 'other'),
    ...(own.isKeyCompromised(stored) ? { keyCompromised: true } : {}),
    retired: stored.retired,
    preferred: stored.preferred,
    source: stored.source,
    createdAt: stored.createdAt.toISOString(),
    ...(stored.backedUpAt ? { backedUpAt: stored.backedUpAt.toISOString() } : {}),
  }
}
