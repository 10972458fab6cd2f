/**
 * What OCSP answers say about a certificate (RFC 6960 §3.2 and §4.2.2): whether one is about it, signed by somebody who may,
 * and of the time in question.
 *
 * Who may is the CA that issued the certificate, and a responder to which that CA delegated it by a certificate of its own.
 * Responders that a person trusts by configuration (§4.2.2.2, first case) are not supported: an answer whose signer the CA
 * did not name is never taken. Fetching is in ocspFetch.ts.
 */

import { oids } from '../../asn1/oids.ts'
import { equalBytes } from '../../base/bytes.ts'
import { digestOf } from '../../crypto/digest.ts'
import type { PostQuantum } from '../../crypto/postQuantum.ts'
import { publicKeyBitsOf } from '../algorithms.ts'
import type { Certificate } from '../certificate.ts'
import { isKnownExtension } from '../extensions.ts'
import { namesMatch } from '../name.ts'
import { checkSignature, type SignatureBudget, type SignedStructure } from '../pathSignature.ts'
import { isWeakKey, isWeakScheme } from '../strength.ts'
import { matchesCertId } from './ocspCertId.ts'
import type { OcspResponse } from './ocspResponse.ts'
import type { SingleResponse } from './ocspSingleResponse.ts'
import { type RevocationGap, type RevocationStatus, revokedAt, revokedSince } from './status.ts'

export { type OcspResponse, parseOcspResponse } from './ocspResponse.ts'

export interface OcspQuestion {
  readonly certificate: Certificate
  /** The next certificate of the path. Its key decides, whichever of several cross certificates it is. */
  readonly issuer: Certificate
  /** The time whose status is wanted. */
  readonly at: Date
  /**
   * The present: nothing made later is believed. With it an answer made after `at` counts as well, since what wasn't revoked
   * later wasn't revoked before. Without it `at` is the present.
   */
  readonly now?: Date
  /** In any order, about any certificates. */
  readonly responses: readonly OcspResponse[]
  /** Signature checks that may still be made. Without any, nobody is trusted. */
  readonly signatures: SignatureBudget
  /** The nonce that was sent, where the answers are to this very question: one with another nonce is a replay. */
  readonly nonce?: Uint8Array
  /**
   * What is known of a delegated responder's own certificate where that doesn't say id-pkix-ocsp-nocheck (RFC 6960
   * §4.2.2.2.1), from the CA's lists. Only `revoked` takes its word away: the CA issued it for this purpose alone, and with
   * `unknown` a list that is out of reach would silence OCSP where it is needed most.
   */
  readonly responderStatus?: (responder: Certificate) => RevocationStatus
  readonly postQuantum?: PostQuantum
}

/** Clocks of responders and persons differ; five minutes is what OpenSSL grants them, too. */
export const ocspClockTolerance = 5 * 60_000
/** Without nextUpdate newer information can be had at any time (RFC 6960 §4.2.2.1): what is older than a day should have been renewed. */
export const ocspLifetimeWithoutNextUpdate = 24 * 3_600_000

/**
 * The status that the answers amount to: revoked outweighs good, of several good ones the newest counts, and where there is
 * neither, the gap that says most. A revocation holds also when its answer has run out, unless it is a hold; whether it holds
 * at `at` already is for `revokedAt` in status.ts to say. Of several the first that does is told.
 */
export function ocspStatus(question: OcspQuestion): RevocationStatus {
  let best: RevocationStatus = { state: 'unknown', why: 'not-at-hand' }
  for (const response of question.responses) {
    const single = response.responses.filter(({ certId }) =>
      matchesCertId(certId, question.certificate, question.issuer),
    )
    if (single.length === 0) continue
    const refused = refusal(question, response)
    for (const answer of single) {
      const status = refused ? gap(refused) : statusOf(question, answer)
      if (outweighs(status, best, question.at)) best = status
    }
  }
  return best
}

/** From what says least to what says most. */
const gaps: readonly RevocationGap[] = ['not-at-hand', 'not-trusted', 'outdated', 'responder-unknown']

function outweighs(status: RevocationStatus, other: RevocationStatus, at: Date): boolean {
  if (status.state === 'unknown') {
    return other.state === 'unknown' && gaps.indexOf(status.why) > gaps.indexOf(other.why)
  }
  if (status.state === 'good') {
    return other.state === 'unknown' || (other.state === 'good' && status.thisUpdate > other.thisUpdate)
  }
  return other.state !== 'revoked' || (revokedAt(status, at) && !revokedAt(other, at))
}

function gap(why: RevocationGap): RevocationStatus {
  return { state: 'unknown', why }
}

/** Why a whole answer isn't taken. */
function refusal(question: OcspQuestion, response: OcspResponse): RevocationGap | undefined {
  const { nonce } = question
  // RFC 9654 §2.1: a responder may leave the nonce out, and then the times decide. Another one belongs to another question.
  if (nonce && response.nonce && !equalBytes(nonce, response.nonce)) return 'outdated'
  if (!isSignedByResponder(question, response)) return 'not-trusted'
  // RFC 6960 §4.2.2.1: what claims to come from the future is unreliable.
  return response.producedAt.getTime() > latest(question) ? 'outdated' : undefined
}

function latest({ at, now = at }: OcspQuestion): number {
  return now.getTime() + ocspClockTolerance
}

function statusOf(question: OcspQuestion, answer: SingleResponse): RevocationStatus {
  const { status, thisUpdate, nextUpdate, invalidityDate } = answer
  if (thisUpdate.getTime() > latest(question)) return gap('outdated')
  const fresh = isFresh(question, answer)
  if (status.state === 'revoked' && (fresh || status.reason !== 'certificateHold')) {
    const { reason } = status
    const revokedAt = revokedSince(status.revokedAt, thisUpdate)
    return { state: 'revoked', source: 'ocsp', revokedAt, reason, ...(invalidityDate ? { invalidityDate } : {}) }
  }
  if (!fresh) return gap('outdated')
  if (status.state === 'unknown') return gap('responder-unknown')
  if (!isRemembered(question.certificate, answer)) return gap('not-at-hand')
  return { state: 'good', source: 'ocsp', thisUpdate, ...(nextUpdate ? { nextUpdate } : {}) }
}

/** RFC 6960 §4.2.2.1: not past nextUpdate, or not past a day where there is none. */
function isFresh({ at }: OcspQuestion, { thisUpdate, nextUpdate }: SingleResponse): boolean {
  if (nextUpdate && nextUpdate < thisUpdate) return false
  const end = nextUpdate?.getTime() ?? thisUpdate.getTime() + ocspLifetimeWithoutNextUpdate
  return at.getTime() <= end + ocspClockTolerance
}

/** RFC 6960 §4.4.4: of a certificate that had expired, a responder knows nothing any more unless it says since when it does. */
function isRemembered({ notAfter }: Certificate, { thisUpdate, archiveCutoff }: SingleResponse): boolean {
  return thisUpdate <= notAfter || (archiveCutoff !== undefined && archiveCutoff <= notAfter)
}

/** RFC 6960 §3.2 (2) to (4), §4.2.2.2: the signer is the issuer itself, or one whom the issuer named. */
function isSignedByResponder(question: OcspQuestion, response: OcspResponse): boolean {
  const { issuer } = question
  const strangers = response.certificates.filter(
    ({ publicKeyInfo }) => !equalBytes(publicKeyInfo, issuer.publicKeyInfo),
  )
  return [issuer, ...strangers].some(
    (signer) =>
      isNamedBy(response, signer) &&
      (signer === issuer || isDelegated(question, signer, response.producedAt)) &&
      isSignedBy(question, signer, response),
  )
}

/** RFC 6960 §4.2.2.3: the ResponderID is the signer's. */
function isNamedBy({ responderId }: OcspResponse, signer: Certificate): boolean {
  return responderId.kind === 'byName'
    ? namesMatch(responderId.name, signer.subject)
    : equalBytes(responderId.keyHash, digestOf('sha1', publicKeyBitsOf(signer.publicKeyInfo)))
}

/** RFC 6960 §4.2.2.2: the certificate in which the CA itself, with the key in question, says that its bearer may answer. */
function isDelegated(question: OcspQuestion, responder: Certificate, producedAt: Date): boolean {
  const { extensions, oddities } = responder
  const { issuer } = question
  return (
    namesMatch(responder.issuer, issuer.subject) &&
    // anyExtendedKeyUsage is not enough: §4.2.2.2 wants it said.
    extensions.extendedKeyUsage?.includes(oids.ocspSigning) === true &&
    maySign(responder) &&
    extensions.malformed.length === 0 &&
    !oddities.some(({ code }) => code === 'inconsistent-algorithms') &&
    extensions.all.every(({ oid, critical }) => !critical || isKnownExtension(oid) || oid === oids.ocspNoCheck) &&
    isValidFor(question, responder, producedAt) &&
    isSignedBy(question, issuer, responder) &&
    !isKnownRevoked(question, responder)
  )
}

/** RFC 5280 §4.2.1.3: a key whose usage is stated signs answers only with digitalSignature or nonRepudiation. */
function maySign({ extensions: { keyUsage } }: Certificate): boolean {
  return !keyUsage || keyUsage.includes('digitalSignature') || keyUsage.includes('nonRepudiation')
}

/**
 * When it answered, and when the answer is used if that is later: with a key whose time is over, whoever finds it could date
 * an answer back and let it hold for ever.
 */
function isValidFor({ at }: OcspQuestion, { notBefore, notAfter }: Certificate, producedAt: Date): boolean {
  return producedAt >= notBefore && producedAt <= notAfter && (at <= producedAt || at <= notAfter)
}

/** RFC 6960 §4.2.2.2.1. */
function isKnownRevoked({ responderStatus }: OcspQuestion, responder: Certificate): boolean {
  if (responder.extensions.all.some(({ oid }) => oid === oids.ocspNoCheck)) return false
  return responderStatus?.(responder).state === 'revoked'
}

function isSignedBy({ signatures, postQuantum }: OcspQuestion, signer: Certificate, signed: SignedStructure): boolean {
  const { scheme } = signed.signatureAlgorithm
  // With SHA-1, DSA or a short key anybody with money could have signed.
  if (!scheme || isWeakScheme(scheme) || isWeakKey(signer.keyAlgorithm)) return false
  return checkSignature(signed, signer, signatures, postQuantum) === 'verified'
}
