/** Judging many certificates in one answer: the anchors and issuers that the profile knows are read once, not per certificate. */

import { type Certificate, parseCertificate } from '../certificates/certificate.ts'
import { allowsEmail, allowsEncryption, allowsSigning } from '../certificates/emailProfile.ts'
import type { PathQuestion, PathResult, Purpose } from '../certificates/path.ts'
import { anchorsOf, knownIssuers } from './certificates/knownCertificates.ts'
import type { ServiceContext } from './context.ts'
import { validateFromCache } from './revocation/revocation.ts'

export interface Judge {
  readonly at: Date
  /** Experimental algorithms may be used. */
  readonly experimental: boolean
  /**
   * The chain for what the certificate says it is for, with what the profile's cache holds about revocations: nobody is asked
   * about a whole list. `others` came along with it.
   */
  chain(certificate: Certificate, others?: readonly Certificate[], purpose?: Purpose): PathResult
  /** The same as a question, for whoever asks CAs about it first. */
  question(certificate: Certificate, others?: readonly Certificate[], purpose?: Purpose): PathQuestion
}

export function judgeAt(context: ServiceContext, at: Date): Judge {
  const anchors = anchorsOf(context)
  const issuers = knownIssuers(context)
  const postQuantum = context.application.experimental.postQuantum()
  const question: Judge['question'] = (leaf, others = [], purpose = purposeOf(leaf)) => {
    const intermediates = [...others, ...issuers]
    return { anchors, at, postQuantum, leaf, intermediates, purpose }
  }
  return {
    at,
    experimental: postQuantum !== undefined,
    question,
    chain: (...asked) => validateFromCache(context, question(...asked)),
  }
}

export function canSign(certificate: Certificate): boolean {
  return allowsEmail(certificate) && allowsSigning(certificate)
}

export function canEncrypt(certificate: Certificate): boolean {
  return allowsEmail(certificate) && allowsEncryption(certificate)
}

function purposeOf(certificate: Certificate): Purpose {
  if (canSign(certificate)) return 'sign'
  return canEncrypt(certificate) ? 'encrypt' : 'any'
}

/** A certificate out of the profile: only what could be read was ever stored. */
export function storedCertificate(der: Uint8Array): Certificate {
  const parsed = parseCertificate(der)
  if (parsed.ok) return parsed.value
  throw new Error(`a stored certificate can't be read: ${parsed.error.code}`)
}
