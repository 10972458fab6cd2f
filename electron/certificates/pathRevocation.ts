/**
 * Revocation along a path (RFC 5280 §6.1.3(a)(3) and §6.3): what lists and OCSP answers say about each certificate below the
 * anchor, and who may sign the lists. Fetching them is done elsewhere.
 */

import type { PostQuantum } from '../crypto/postQuantum.ts'
import { type Certificate, subjectKeyIdentifierOf } from './certificate.ts'
import { nameKey } from './name.ts'
import type { ComparisonBudget } from './nameConstraints.ts'
import { type PathReason, reason } from './pathReason.ts'
import { checkSignature, type SignatureBudget, workingPublicKey } from './pathSignature.ts'
import type { Crl } from './revocation/crl.ts'
import { type CrlIndex, crlStatus } from './revocation/crlStatus.ts'
import type { RevocationDemand } from './revocation/evidence.ts'
import { ocspStatus } from './revocation/ocsp.ts'
import { combinedStatus, type RevocationStatus, revokedAt } from './revocation/status.ts'

/** Shared by a search and all that it starts. */
export interface SearchLimits {
  /** Certificates that may still be looked at as the next issuer. */
  steps: number
  /** Something was not looked at. */
  exhausted: boolean
}

export interface RevocationSearch {
  readonly demand: RevocationDemand
  readonly crls: CrlIndex
  readonly at: Date
  readonly signatures: SignatureBudget
  readonly names: ComparisonBudget
  readonly limits: SearchLimits
  readonly postQuantum: PostQuantum | undefined
  /** The certificates of that name (`nameKey`) that are at hand. */
  readonly certificatesOf: (name: string) => readonly Certificate[]
  /** Whether a path leads from `signer` to that very anchor and is valid at `at`, revocation included. */
  readonly isValid: (signer: Certificate, anchor: Certificate, at: Date, pending: ReadonlySet<string>) => boolean
  /**
   * SHA-256 of the certificates whose status is being asked. A list may be signed by the very certificate that it is about
   * (NIST's case 4.14.30), so that such a one counts as good while its own status is looked for.
   */
  readonly pending: ReadonlySet<string>
}

/** A signer of lists has a list of its own, whose signer is the CA: two steps. More is a chain made to be long. */
const mostPending = 4
/** Certificates outside the path that are tried as a list's signer: each may hash a list of megabytes. */
const mostSigners = 4

/** One status for each certificate but the anchor, which ends the path. */
export function statusesOf(search: RevocationSearch, path: readonly Certificate[]): RevocationStatus[] {
  return path.slice(0, -1).map((_, link) => statusOf(search, path.slice(link)))
}

/** What `statuses` mean for the path at `at`. */
export function revocationReasons(
  statuses: readonly RevocationStatus[],
  mode: RevocationDemand['mode'],
  at: Date,
): PathReason[] {
  return statuses.flatMap((status, link): PathReason[] => {
    if (status.state === 'unknown' && mode === 'required')
      return [reason('revocation-unknown', link, { why: status.why })]
    if (status.state !== 'revoked' || !revokedAt(status, at)) return []
    const { source, reason: why, invalidityDate } = status
    return [
      reason('revoked', link, {
        revokedAt: status.revokedAt.toISOString(),
        reason: why,
        source,
        ...(invalidityDate ? { invalidityDate: invalidityDate.toISOString() } : {}),
      }),
    ]
  })
}

/** The status of the first certificate of a path. */
function statusOf(search: RevocationSearch, path: readonly Certificate[]): RevocationStatus {
  const [certificate, issuer] = path
  const { demand, at, signatures, postQuantum } = search
  const now = demand.now ?? at
  if (!certificate || !issuer) return { state: 'unknown', why: 'no-source' }
  if (search.pending.has(certificate.sha256)) return { state: 'good', source: 'crl', thisUpdate: at }
  const lists = listStatus(search, path)
  const answers = ocspStatus({
    certificate,
    issuer,
    at,
    now,
    responses: demand.evidence.ocspResponses,
    signatures,
    responderStatus: (responder) => listStatus(search, [responder, ...path.slice(1)]),
    ...(postQuantum ? { postQuantum } : {}),
  })
  return combinedStatus([lists, answers], at)
}

/** What lists say of the first certificate of a path. */
function listStatus(search: RevocationSearch, path: readonly Certificate[]): RevocationStatus {
  const [certificate] = path
  const { demand, crls, at, names } = search
  if (!certificate) return { state: 'unknown', why: 'no-source' }
  const pending = new Set([...search.pending, certificate.sha256])
  const asking = { ...search, pending }
  const isAuthentic = (crl: Crl) => isSignedInPath(search, path, crl) || isSignedOutside(asking, path, crl)
  return crlStatus({ certificate, crls, at, now: demand.now ?? at, isAuthentic, budget: names })
}

/** RFC 5280 §6.3.3 (f): whoever states key usage signs lists only with cRLSign. */
function maySignLists({ extensions: { keyUsage } }: Certificate): boolean {
  return !keyUsage || keyUsage.includes('cRLSign')
}

/** By a certificate of the path itself, mostly the issuer: its own path is what is being judged. */
function isSignedInPath(search: RevocationSearch, path: readonly Certificate[], crl: Crl): boolean {
  const name = nameKey(crl.issuer)
  return path.some((signer, link) => {
    if (nameKey(signer.subject) !== name || !maySignLists(signer)) return false
    const key = workingPublicKey(path, link)
    return key !== undefined && checkSignature(crl, signer, search.signatures, search.postQuantum, key) === 'verified'
  })
}

/** §6.3.3 (f): by another certificate of the list's issuer, whose path ends in the same anchor. */
function isSignedOutside(search: RevocationSearch, path: readonly Certificate[], crl: Crl): boolean {
  const anchor = path.at(-1)
  if (!anchor || search.pending.size > mostPending) return false
  const inPath = new Set(path.map(({ sha256 }) => sha256))
  const isNamed = (signer: Certificate) =>
    Buffer.from(subjectKeyIdentifierOf(signer)).toString('hex') === crl.authorityKeyIdentifier
  const signers = search
    .certificatesOf(nameKey(crl.issuer))
    .filter((signer) => !inPath.has(signer.sha256) && maySignLists(signer))
    .toSorted((one, other) => Number(isNamed(other)) - Number(isNamed(one)))
  // A list made after the time of judgement may be signed with a newer key.
  const at = new Date(Math.max(crl.thisUpdate.getTime(), search.at.getTime()))
  const found = signers
    .slice(0, mostSigners)
    .some(
      (signer) =>
        checkSignature(crl, signer, search.signatures, search.postQuantum) === 'verified' &&
        search.isValid(signer, anchor, at, search.pending),
    )
  if (!found && signers.length > mostSigners) search.limits.exhausted = true
  return found
}
