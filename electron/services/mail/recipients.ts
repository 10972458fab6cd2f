/**
 * Which certificate is used for writing to an address: valid, able to encrypt, the newest. Own identities count as well,
 * so that a person can write to themselves.
 *
 * A certificate that the person took from a file themselves also serves where no trusted root vouches for it: the person
 * does (direct trust, as for somebody's private CA). It never comes before one that a root vouches for.
 */

import type { RecipientState } from '../../../shared/contract/compose.ts'
import { hexText } from '../../base/bytes.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import type { PathReason, PathResult } from '../../certificates/path.ts'
import type { StoredContactCertificate } from '../../contacts/addressBook.ts'
import { normalizedAddress } from '../../mime/address.ts'
import { ownCapabilities } from '../../smime/capabilities.ts'
import type { ServiceContext } from '../context.ts'
import { experimentalAlgorithmOf } from '../experimental.ts'
import { canEncrypt, type Judge, judgeAt, storedCertificate } from '../judge.ts'
import { ownCertificatesNow, saysCompromised } from '../ownCertificates.ts'

export type RecipientReason = NonNullable<RecipientState['reason']>

export type RecipientCertificate =
  | { readonly usable: true; readonly certificate: Certificate; readonly capabilities?: Uint8Array }
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

export interface KnownForAddress {
  readonly certificate: Certificate
  /** The person handed it over themselves, instead of finding it in a mail. */
  readonly vouched: boolean
  /** Others have its key, as a CA said of an own certificate for it. */
  readonly keyLost?: boolean
  /** DER SMIMECapabilities: what its owner's program reads, as far as it was stated. */
  readonly capabilities?: Uint8Array
}

/** Contacts' certificates and the own ones. */
export function certificatesFor(context: ServiceContext, address: string): KnownForAddress[] {
  const { addressBook, identities } = context.application
  const normalized = normalizedAddress(address)
  const { isKeyCompromised } = ownCertificatesNow(context)
  const own = identities
    .list()
    .filter(({ retired, addresses }) => !retired && addresses.some((one) => normalizedAddress(one) === normalized))
    .map((stored) => ({
      certificate: storedCertificate(stored.certificateDer),
      vouched: true,
      capabilities: ownCapabilities(),
      keyLost: isKeyCompromised(stored),
    }))
  const known = [...addressBook.certificatesFor(address).map(knownCertificate), ...own]
  return [...new Map(known.map((entry) => [entry.certificate.sha256, entry])).values()]
}

export function knownCertificate({ der, evidence, capabilities }: StoredContactCertificate): KnownForAddress {
  return {
    certificate: storedCertificate(der),
    vouched: evidence.some(({ kind }) => kind === 'file'),
    ...(capabilities ? { capabilities } : {}),
  }
}

interface Candidate extends KnownForAddress {
  readonly path: PathResult
  /** The path's, and that of its key where others have it. */
  readonly state: PathResult['state']
}

/** The choice among certificates that are all of one address. */
export function recipientAmong(known: readonly KnownForAddress[], judge: Judge): RecipientCertificate {
  if (known.length === 0) return { usable: false, reason: 'no-certificate' }
  const newestFirst = [...known].sort(
    (left, right) => right.certificate.notBefore.getTime() - left.certificate.notBefore.getTime(),
  )
  const lostKeys = lostKeysAmong(known, judge)
  const candidates: Candidate[] = newestFirst
    .filter(({ certificate }) => canEncrypt(certificate) && !isExperimental(certificate, judge))
    .map((entry) => {
      const path = judge.chain(entry.certificate, [], 'encrypt')
      return { ...entry, path, state: lostKeys.has(keyOf(entry)) ? 'revoked' : path.state }
    })
  const usable =
    candidates.find(({ state }) => state === 'valid') ??
    candidates.find(({ state, path, vouched }) => vouched && state !== 'revoked' && lacksRootOnly(path))
  if (usable) {
    const { certificate, capabilities } = usable
    return { usable: true, certificate, ...(capabilities ? { capabilities } : {}) }
  }
  const [closest] = [...candidates].sort((left, right) => gravityOf(left) - gravityOf(right))
  const [newest] = newestFirst
  if (closest) return unusable(closest)
  const experimental = newestFirst.find(({ certificate }) => isExperimental(certificate, judge))
  if (experimental) return { usable: false, reason: 'experimental', certificate: experimental.certificate }
  return { usable: false, reason: 'wrong-purpose', ...(newest ? { certificate: newest.certificate } : {}) }
}

/** Whoever has a key reads with each certificate for it: what is said of one of them holds for all (RFC 5280 §5.3.1). */
function lostKeysAmong(known: readonly KnownForAddress[], judge: Judge): ReadonlySet<string> {
  const others = (entry: KnownForAddress) => known.some((one) => one !== entry && keyOf(one) === keyOf(entry))
  const lost = known.filter(
    (entry) => entry.keyLost === true || (others(entry) && saysCompromised(judge.chain(entry.certificate))),
  )
  return new Set(lost.map(keyOf))
}

function keyOf({ certificate }: KnownForAddress): string {
  return hexText(certificate.publicKeyInfo)
}

/** Could be encrypted to, if the person wanted experimental algorithms. */
function isExperimental(certificate: Certificate, judge: Judge): boolean {
  return !judge.experimental && canEncrypt(certificate) && experimentalAlgorithmOf(certificate) !== undefined
}

/** No root, none that is trusted, or one whose trust doesn't reach that far. */
const lacksRoot: readonly PathReason['code'][] = [
  'issuer-not-found',
  'root-not-trusted',
  'anchor-out-of-scope',
  'distrusted-since',
]

/** Nothing is wrong with the path but its end. What expired or was made for other purposes nobody can vouch for. */
function lacksRootOnly({ reasons }: PathResult): boolean {
  return reasons.every(({ code }) => lacksRoot.includes(code))
}

const reasons: Readonly<Partial<Record<PathResult['state'], RecipientReason>>> = {
  'unknown-issuer': 'unknown-issuer',
  expired: 'expired',
  'not-yet-valid': 'not-yet-valid',
  'wrong-purpose': 'wrong-purpose',
  'weak-algorithm': 'weak',
  revoked: 'revoked',
}
const gravity: readonly RecipientReason[] = [
  'not-yet-valid',
  'expired',
  'unknown-issuer',
  'wrong-purpose',
  'weak',
  'revoked',
  'other',
]

function gravityOf({ state }: Candidate): number {
  return gravity.indexOf(reasons[state] ?? 'other')
}

function unusable({ certificate, state }: Candidate): RecipientCertificate {
  const reason = reasons[state] ?? 'other'
  const since =
    reason === 'expired' ? certificate.notAfter : reason === 'not-yet-valid' ? certificate.notBefore : undefined
  return { usable: false, reason, certificate, ...(since ? { since } : {}) }
}
