/**
 * Which certificate is used for writing to an address: valid, able to encrypt, the newest. Own identities count as well,
 * so that a person can write to themselves.
 */

import type { RecipientState } from '../../shared/contract/compose.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { PathResult } from '../certificates/path.ts'
import { normalizedAddress } from '../mime/address.ts'
import type { ServiceContext } from './context.ts'
import { canEncrypt, type Judge, judgeAt, storedCertificate } from './judge.ts'

export type RecipientReason = NonNullable<RecipientState['reason']>

export type RecipientCertificate =
  | { readonly usable: true; readonly certificate: Certificate }
  | {
      readonly usable: false
      readonly reason: RecipientReason
      /** When it expired, or from when it can be used. */
      readonly since?: Date
      /** The certificate that comes closest. */
      readonly certificate?: Certificate
    }

/** The usable certificate for an address at a time, or why there is none. */
export function recipientCertificate(context: ServiceContext, address: string, at: Date): RecipientCertificate {
  return recipientAmong(certificatesFor(context, address), judgeAt(context, at))
}

/** Contacts' certificates and the own ones. */
export function certificatesFor(context: ServiceContext, address: string): Certificate[] {
  const { addressBook, identities } = context.application
  const normalized = normalizedAddress(address)
  const own = identities
    .list()
    .filter(({ retired, addresses }) => !retired && addresses.some((one) => normalizedAddress(one) === normalized))
    .map(({ certificateDer }) => storedCertificate(certificateDer))
  const known = [...own, ...addressBook.certificatesFor(address).map(({ der }) => storedCertificate(der))]
  return [...new Map(known.map((certificate) => [certificate.sha256, certificate])).values()]
}

interface Candidate {
  readonly certificate: Certificate
  readonly path: PathResult
}

/** The choice among certificates that are all of one address. */
export function recipientAmong(certificates: readonly Certificate[], judge: Judge): RecipientCertificate {
  if (certificates.length === 0) return { usable: false, reason: 'no-certificate' }
  const newestFirst = [...certificates].sort((left, right) => right.notBefore.getTime() - left.notBefore.getTime())
  const candidates: Candidate[] = newestFirst
    .filter(canEncrypt)
    .map((certificate) => ({ certificate, path: judge.chain(certificate, [], 'encrypt') }))
  const valid = candidates.find(({ path }) => path.state === 'valid')
  if (valid) return { usable: true, certificate: valid.certificate }
  const [closest] = [...candidates].sort((left, right) => gravityOf(left) - gravityOf(right))
  const [newest] = newestFirst
  if (closest) return unusable(closest)
  return { usable: false, reason: 'wrong-purpose', ...(newest ? { certificate: newest } : {}) }
}

const reasons: Readonly<Partial<Record<PathResult['state'], RecipientReason>>> = {
  'unknown-issuer': 'unknown-issuer',
  expired: 'expired',
  'not-yet-valid': 'not-yet-valid',
  'wrong-purpose': 'wrong-purpose',
  'weak-algorithm': 'weak',
}
const gravity: readonly RecipientReason[] = [
  'not-yet-valid',
  'expired',
  'unknown-issuer',
  'wrong-purpose',
  'weak',
  'other',
]

function gravityOf({ path }: Candidate): number {
  return gravity.indexOf(reasons[path.state] ?? 'other')
}

function unusable({ certificate, path }: Candidate): RecipientCertificate {
  const reason = reasons[path.state] ?? 'other'
  const since =
    reason === 'expired' ? certificate.notAfter : reason === 'not-yet-valid' ? certificate.notBefore : undefined
  return { usable: false, reason, certificate, ...(since ? { since } : {}) }
}
