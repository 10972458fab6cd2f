/** Who can write: the addresses of the accounts, each with the identity that signs for it and the certificate it reads with. */

import type { SenderState } from '../../../shared/contract/compose.ts'
import type { Failure } from '../../../shared/contract/errors.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { normalizedAddress } from '../../mime/address.ts'
import type { ServiceContext } from '../context.ts'
import { experimentalAlgorithmOf } from '../experimental.ts'
import { canEncrypt, canSign } from '../judge.ts'
import { ownCertificatesNow } from '../ownCertificates.ts'
import { inOrderOfUse, type OwnCertificate } from '../ownChoice.ts'

/** The user's own certificates for an address, the best first. Retired ones don't write any more. */
function ownCertificates(context: ServiceContext, address: string, at: Date): OwnCertificate[] {
  const key = normalizedAddress(address)
  const inUse = context.application.identities
    .list()
    .filter(({ retired, addresses }) => !retired && addresses.some((one) => normalizedAddress(one) === key))
  return inOrderOfUse(context, inUse, at)
}

/** The identity that signs for an address: its certificate must be valid now, or every reader would be warned. */
export function signerFor(context: ServiceContext, address: string, at: Date): OwnCertificate | undefined {
  const { stateOf } = ownCertificatesNow(context)
  return ownCertificates(context, address, at).find(
    ({ identity, certificate }) =>
      signsAt(certificate, at) && !lacksLeave(context, certificate) && stateOf(identity) !== 'revoked',
  )
}

function signsAt(certificate: Certificate, at: Date): boolean {
  return canSign(certificate) && certificate.notBefore <= at && at <= certificate.notAfter
}

/**
 * The certificate with which the writer reads the own copy. An expired one still has its key, so it will do where there is no
 * other; of a revoked one somebody else may have it, too.
 */
export function readerFor(context: ServiceContext, address: string): OwnCertificate | undefined {
  const { stateOf } = ownCertificatesNow(context)
  return ownCertificates(context, address, context.runtime.clock()).find(
    ({ identity, certificate }) =>
      canEncrypt(certificate) && !lacksLeave(context, certificate) && stateOf(identity) !== 'revoked',
  )
}

function lacksLeave(context: ServiceContext, certificate: Certificate): boolean {
  return !context.application.experimental.postQuantum() && experimentalAlgorithmOf(certificate) !== undefined
}

type NoIdentity = Extract<
  Failure,
  { code: 'no-identity' | 'own-certificate-revoked' | 'own-key-compromised' | 'experimental-algorithm' }
>

/** Why there is none: no identity at all, one whose algorithm isn't wanted, one that was revoked, or one with a lost key. */
export function withoutIdentity(
  context: ServiceContext,
  address: string,
  use: { readonly signAt: Date } | 'read',
): NoIdentity {
  const able = ownCertificates(context, address, context.runtime.clock()).filter(({ certificate }) =>
    use === 'read' ? canEncrypt(certificate) : signsAt(certificate, use.signAt),
  )
  const dormant = able.find(({ certificate }) => lacksLeave(context, certificate))
  const algorithm = dormant && experimentalAlgorithmOf(dormant.certificate)
  if (algorithm !== undefined) return { code: 'experimental-algorithm', algorithm }
  if (able.length === 0) return { code: 'no-identity', address }
  // Able, and not refused for its algorithm: it can only be the revocation.
  const { isKeyCompromised } = ownCertificatesNow(context)
  const isLost = able.some(({ identity }) => isKeyCompromised(identity))
  return { code: isLost ? 'own-key-compromised' : 'own-certificate-revoked', address }
}

export function sendersOf(context: ServiceContext): SenderState[] {
  const now = context.runtime.clock()
  return context.application.accounts.list().map(({ id, address, name }) => {
    const signer = signerFor(context, address, now)
    return {
      address,
      name,
      accountId: id,
      ...(signer ? { identityId: signer.identity.id } : {}),
      canSign: signer !== undefined,
    }
  })
}
