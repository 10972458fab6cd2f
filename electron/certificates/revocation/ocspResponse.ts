/**
 * OCSP responses (RFC 6960 §4.2) as immutable values. Reading proves nothing: who signed and what counts is judged in
 * ocsp.ts.
 */

import { type Element, readElement, universal } from '../../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer, smallIntegerOf, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { hexText } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import { type SignatureAlgorithm, signatureAlgorithmOf } from '../algorithms.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import { bitStringOf } from '../fields.ts'
import { type Name, nameOfField } from '../name.ts'
import { type OcspError, RefusedResponse } from './ocspError.ts'
import {
  enumeratedOf,
  extensionValue,
  generalizedTimeOf,
  type SingleResponse,
  singleResponsesOf,
  understoodExtensions,
} from './ocspSingleResponse.ts'

export interface OcspResponse {
  /** SHA-256 of the whole, lower-case hexadecimal. */
  readonly sha256: string
  /** The bytes that are signed: DER ResponseData. */
  readonly signedPart: Uint8Array
  /** `byKey`: SHA-1 of the responder's public key, without tag and length. */
  readonly responderId:
    | { readonly kind: 'byName'; readonly name: Name }
    | { readonly kind: 'byKey'; readonly keyHash: Uint8Array }
  readonly producedAt: Date
  readonly responses: readonly SingleResponse[]
  readonly nonce?: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signatureValue: Uint8Array
  /** Those that came with it and could be read: among them the delegated responder's, if it is one. */
  readonly certificates: readonly Certificate[]
}

/** An answer has 500 to 3,000 bytes; with ML-DSA-87 and two certificates of it some 25,000. */
export const ocspByteLimit = 131_072
/** One is needed, the delegated responder's; some send their chain. */
const certificateLimit = 10

const refusals: Readonly<
  Record<number, 'malformed-request' | 'internal-error' | 'try-later' | 'sig-required' | 'unauthorized'>
> = {
  1: 'malformed-request',
  2: 'internal-error',
  3: 'try-later',
  5: 'sig-required',
  6: 'unauthorized',
}

/**
 * Reads one DER OCSPResponse. The value keeps views on `der`: don't change those bytes afterwards. A refusal of the
 * responder is an error with its code: it isn't signed and says nothing about a certificate.
 */
export function parseOcspResponse(der: Uint8Array): Result<OcspResponse, OcspError> {
  if (der.length > ocspByteLimit) return failure({ code: 'too-large', limit: ocspByteLimit, size: der.length })
  try {
    return success({ sha256: hexText(digestOf('sha256', der)), ...basicResponseOf(responseBytesOf(der)) })
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'malformed-response', reason: error.what })
    if (error instanceof RefusedResponse) return failure(error.error)
    throw error
  }
}

/** OCSPResponse: the DER of the BasicOCSPResponse inside. */
function responseBytesOf(der: Uint8Array): Uint8Array {
  const outer = soleElement(der, 'response')
  if (outer.tag !== universal.sequence) throw new MalformedDer('response')
  const response = DerReader.inside(outer)
  const status = enumeratedOf(response.expect(universal.enumerated, 'responseStatus'), 'responseStatus')
  const refusal = refusals[status]
  if (refusal) throw new RefusedResponse({ code: refusal })
  if (status !== 0) throw new MalformedDer('responseStatus')
  const inside = DerReader.inside(response.expect(0xa0, 'responseBytes'))
  response.end('response')
  const bytes = inside.sequence('responseBytes')
  inside.end('responseBytes')
  const oid = bytes.oid('responseType')
  if (oid !== oids.ocspBasic) throw new RefusedResponse({ code: 'unsupported-response-type', oid })
  const basic = contentOf(bytes.expect(universal.octetString, 'responseBytes'))
  bytes.end('responseBytes')
  return basic
}

function basicResponseOf(der: Uint8Array): Omit<OcspResponse, 'sha256'> {
  const outer = soleElement(der, 'basicResponse')
  if (outer.tag !== universal.sequence) throw new MalformedDer('basicResponse')
  const basic = DerReader.inside(outer)
  const signedPart = basic.expect(universal.sequence, 'tbsResponseData')
  const signatureAlgorithm = signatureAlgorithmOf(basic.sequence('signatureAlgorithm'))
  const signatureValue = bitStringOf(basic.expect(universal.bitString, 'signature'), 'signature')
  const certificates = basic.optional(0xa0, 'certs')
  basic.end('basicResponse')

  const data = DerReader.inside(signedPart)
  const version = data.optional(0xa0, 'version')
  if (version && smallIntegerOf(soleElement(contentOf(version), 'version'), 'version') !== 0)
    throw new MalformedDer('version')
  const responderId = responderIdOf(data.any('responderID'))
  const producedAt = generalizedTimeOf(data, 'producedAt')
  const responses = singleResponsesOf(data.sequence('responses'))
  const extensionField = data.optional(0xa1, 'responseExtensions')
  data.end('tbsResponseData')
  const nonce = extensionField && extensionValue(understoodExtensions(extensionField), oids.ocspNonce)
  return {
    signedPart: encodingOf(signedPart),
    responderId,
    producedAt,
    responses,
    ...(nonce ? { nonce: nonceOf(nonce) } : {}),
    signatureAlgorithm,
    signatureValue,
    certificates: certificates ? certificatesOf(certificates) : [],
  }
}

/** `[1]` Name or `[2]` KeyHash, both explicit. */
function responderIdOf(field: Element): OcspResponse['responderId'] {
  const inner = soleElement(contentOf(field), 'responderID')
  if (field.tag === 0xa1) return { kind: 'byName', name: nameOfField(inner) }
  if (field.tag !== 0xa2 || inner.tag !== universal.octetString) throw new MalformedDer('responderID')
  return { kind: 'byKey', keyHash: contentOf(inner) }
}

/** RFC 9654 §2.1: the content of an OCTET STRING. RFC 2560 left the encoding open, and some still send the bytes bare. */
function nonceOf(value: Uint8Array): Uint8Array {
  const inside = readElement(value)
  const whole = inside.ok && inside.value.tag === universal.octetString && inside.value.end === value.length
  return whole ? contentOf(inside.value) : value
}

/** They aren't signed with the answer, so that one that can't be read is no reason to refuse it: it just can't be the responder's. */
function certificatesOf(field: Element): Certificate[] {
  const inside = DerReader.inside(field)
  const sequence = inside.sequence('certs')
  inside.end('certs')
  const certificates: Certificate[] = []
  let count = 0
  while (!sequence.atEnd) {
    if (++count > certificateLimit) throw new RefusedResponse({ code: 'over-budget', limit: 'certificates' })
    const certificate = parseCertificate(encodingOf(sequence.any('certs')))
    if (certificate.ok) certificates.push(certificate.value)
  }
  return certificates
}
