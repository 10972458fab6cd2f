/** Reading an OCSP request (RFC 6960 §4.1), as a responder has to: anybody sends it, and nobody vouches for it. */

import { context, universal } from '../../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer, smallIntegerOf, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type CertId, certIdOf } from './ocspCertId.ts'
import { RefusedResponse } from './ocspError.ts'
import { extensionValue, understoodExtensions } from './ocspSingleResponse.ts'

export interface OcspQuestionRead {
  readonly asked: readonly AskedCertificate[]
  /** 1 to 128 bytes, to be sent back (RFC 9654 §2.1). */
  readonly nonce?: Uint8Array
}

export interface AskedCertificate {
  readonly certId: CertId
  /** As it was asked, for the answer. */
  readonly der: Uint8Array
}

export interface MalformedRequest {
  readonly code: 'malformed-request'
  /** Names the part. */
  readonly reason: string
}

/** A request for one certificate has some 100 bytes, a signed one with its certificates some thousand. */
export const ocspRequestLimit = 16_384
/** Each costs digests and a place in the answer; programs ask about one, proxies about a chain. */
const certificateLimit = 20
const longestNonce = 128

/** Signatures under requests are read over: who asks makes no difference here. */
export function readOcspRequest(der: Uint8Array): Result<OcspQuestionRead, MalformedRequest> {
  if (der.length > ocspRequestLimit) return failure({ code: 'malformed-request', reason: 'too-large' })
  try {
    return success(questionOf(der))
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'malformed-request', reason: error.what })
    if (error instanceof RefusedResponse) return failure({ code: 'malformed-request', reason: error.error.code })
    throw error
  }
}

function questionOf(der: Uint8Array): OcspQuestionRead {
  const outer = soleElement(der, 'request')
  if (outer.tag !== universal.sequence) throw new MalformedDer('request')
  const request = DerReader.inside(outer)
  const wish = request.sequence('tbsRequest')
  request.optional(context(0), 'optionalSignature')
  request.end('request')

  const version = wish.optional(context(0), 'version')
  if (version && smallIntegerOf(soleElement(contentOf(version), 'version'), 'version') !== 0) {
    throw new MalformedDer('version')
  }
  wish.optional(context(1), 'requestorName')
  const list = wish.sequence('requestList')
  const extensionField = wish.optional(context(2), 'requestExtensions')
  wish.end('tbsRequest')

  const asked: AskedCertificate[] = []
  while (!list.atEnd) {
    if (asked.length >= certificateLimit) throw new MalformedDer('too-many')
    asked.push(askedCertificateOf(list.sequence('request')))
  }
  const nonce = extensionField && extensionValue(understoodExtensions(extensionField), oids.ocspNonce)
  return { asked, ...(nonce ? { nonce: nonceOf(nonce) } : {}) }
}

function askedCertificateOf(request: DerReader): AskedCertificate {
  const element = request.expect(universal.sequence, 'certID')
  const extensionField = request.optional(context(0), 'singleRequestExtensions')
  request.end('request')
  if (extensionField) understoodExtensions(extensionField)
  return { certId: certIdOf(DerReader.inside(element)), der: encodingOf(element) }
}

function nonceOf(value: Uint8Array): Uint8Array {
  const inside = soleElement(value, 'nonce')
  const nonce = contentOf(inside)
  if (inside.tag !== universal.octetString || nonce.length < 1 || nonce.length > longestNonce) {
    throw new MalformedDer('nonce')
  }
  return nonce
}
