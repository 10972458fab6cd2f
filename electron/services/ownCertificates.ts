/**
 * The person's own certificates as of now, each also by what is known of its key: a key that others have is lost for all of its
 * certificates, whichever CA's list names one of them for it (RFC 5280 §5.3.1, keyCompromise).
 */

import type { PathResult, PathState } from '../certificates/path.ts'
import type { StoredIdentity } from '../keystore/storedIdentity.ts'
import { normalizedAddress } from '../mime/address.ts'
import { unlessDiskFull } from '../storage/database.ts'
import type { ServiceContext } from './context.ts'
import { type Judge, judgeAt, storedCertificate } from './judge.ts'

export interface OwnCertificates extends Judge {
  /** `revoked` also where it is so for its key alone, and where its owner had it revoked before its CA's list says so. */
  stateOf(stored: StoredIdentity): PathState
  /** Others have the key, as its owner or a CA said of any certificate for it. */
  isKeyCompromised(stored: Pick<StoredIdentity, 'keyId'>): boolean
}

/** For one answer: each certificate is judged once, and the list is read once. */
export function ownCertificatesNow(context: ServiceContext): OwnCertificates {
  const { identities, renewals } = context.application
  const judge = judgeAt(context, context.runtime.clock())
  const compromised = new Set(identities.compromisedKeys())
  const asked = new Set<string>()
  const paths = new Map<string, PathResult>()
  let all: readonly StoredIdentity[] | undefined

  const pathOf = ({ id, certificateDer, chain }: StoredIdentity): PathResult => {
    const path = paths.get(id) ?? judge.chain(storedCertificate(certificateDer), chain.map(storedCertificate))
    paths.set(id, path)
    return path
  }

  const isKeyCompromised = ({ keyId }: Pick<StoredIdentity, 'keyId'>): boolean => {
    if (compromised.has(keyId) || asked.has(keyId)) return compromised.has(keyId)
    asked.add(keyId)
    all ??= identities.list()
    const isSaid = all.some(
      (one) =>
        one.keyId === keyId &&
        (renewals.revocation(one.id)?.reason === 'keyCompromise' || saysCompromised(pathOf(one))),
    )
    if (!isSaid) return false
    compromised.add(keyId)
    // Lists leave out what has ended (RFC 5280 §3.3), and a certificate beside it may last longer. On a full disk it is learnt anew.
    unlessDiskFull(() => identities.markCompromised(keyId))
    return true
  }

  return {
    ...judge,
    isKeyCompromised,
    stateOf(stored) {
      const isLost = renewals.revocation(stored.id) !== undefined || isKeyCompromised(stored)
      return isLost ? 'revoked' : pathOf(stored).state
    },
  }
}

/** All for the keys of the own certificates of an address, retired ones among them: what a CA says of one of them counts. */
export function ownForKeysOf({ application: { identities } }: ServiceContext, address: string): StoredIdentity[] {
  const normalized = normalizedAddress(address)
  const all = identities.list()
  const ofAddress = all.filter(
    ({ retired, addresses }) => !retired && addresses.some((one) => normalizedAddress(one) === normalized),
  )
  const keys = new Set(ofAddress.map(({ keyId }) => keyId))
  return all.filter(({ keyId }) => keys.has(keyId))
}

/** Of the certificate itself: a CA above it may have lost its own key, which says nothing about this one. */
export function saysCompromised({ revocation: [status] }: PathResult): boolean {
  return status?.state === 'revoked' && status.reason === 'keyCompromise'
}
