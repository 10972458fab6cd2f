/**
 * OCSP responses (RFC 6960 §4.2) as immutable values. Reading proves nothing: who signed and what counts is judged in
 * ocsp.ts.
 */

import { type Element, readElement, universal } from '../../asn1/der.ts'
import {
  contentOf,
  DerReader,
  encodingOf,
  MalformedDer,
  smallIntegerOf,
  soleElement,
  timeOfElement,
} from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type SignatureAlgorithm, signatureAlgorithmOf } from '../algorithms.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import { type Extensions, extensionsOf } from '../extensions.ts'
import { bitStringOf } from '../fields.ts'
import { type Name, nameOfField } from '../name.ts'
import { type CertId, certIdOf } from './ocspCertId.ts'
import type { RevocationReason } from './status.ts'

export interface SingleResponse {
  readonly certId: CertId
  readonly status:
    | { readonly state: 'good' | 'unknown' }
    | { readonly state: 'revoked'; readonly revokedAt: Date; readonly reason: RevocationReason }
  readonly thisUpdate: Date
  /** Absent where newer information is always to be had (RFC 6960 §4.2.2.1). */
  readonly nextUpdate?: Date
  /** Certificates that expired since then are still known (RFC 6960 §4.4.4). */
  readonly archiveCutoff?: Date
  readonly invalidityDate?: Date
}

export interface OcspResponse {
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

export type OcspError =
  | { readonly code: 'too-large'; readonly limit: number; readonly size: number }
  /** `reason` names the part that could not be read. */
  | { readonly code: 'malformed-response'; readonly reason: string }
  /** RFC 6960 §4.2.1: the responder's own refusals, OCSPResponseStatus 1, 2, 3, 5 and 6. */
  | { readonly code: 'malformed-request' | 'internal-error' | 'try-later' | 'sig-required' | 'unauthorized' }
  /** Only id-pkix-ocsp-basic is defined. */
  | { readonly code: 'unsupported-response-type'; readonly oid: string }
  | { readonly code: 'unknown-critical-extension'; readonly oid: string }
  | { readonly code: 'over-budget'; readonly limit: 'responses' | 'certificates' }

/** An answer has 500 to 3,000 bytes; with ML-DSA-87 and two certificates of it some 25,000. */
export const ocspByteLimit = 131_072
/** Asked about one certificate; responders that answer from a store put some dozens into one answer (RFC 5019 §2.2.1). */
const singleResponseLimit = 200
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

/** CRLReason, RFC 5280 §5.3.1, by its number. */
const reasons: Readonly<Record<number, RevocationReason>> = {
  0: 'unspecified',
  1: 'keyCompromise',
  2: 'cACompromise',
  3: 'affiliationChanged',
  4: 'superseded',
  5: 'cessationOfOperation',
  6: 'certificateHold',
  8: 'removeFromCRL',
  9: 'privilegeWithdrawn',
  10: 'aACompromise',
}

/** Leaves a reader with an error of its own; `parseOcspResponse` makes it a value. */
class Refused extends Error {
  readonly error: OcspError

  constructor(error: OcspError) {
    super(error.code)
    this.error = error
  }
}

/**
 * Reads one DER OCSPResponse. The value keeps views on `der`: don't change those bytes afterwards. A refusal of the
 * responder is an error with its code: it isn't signed and says nothing about a certificate.
 */
export function parseOcspResponse(der: Uint8Array): Result<OcspResponse, OcspError> {
  if (der.length > ocspByteLimit) return failure({ code: 'too-large', limit: ocspByteLimit, size: der.length })
  try {
    return success(basicResponseOf(responseBytesOf(der)))
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'malformed-response', reason: error.what })
    if (error instanceof Refused) return failure(error.error)
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
  if (refusal) throw new Refused({ code: refusal })
  if (status !== 0) throw new MalformedDer('responseStatus')
  const inside = DerReader.inside(response.expect(0xa0, 'responseBytes'))
  response.end('response')
  const bytes = inside.sequence('responseBytes')
  inside.end('responseBytes')
  const oid = bytes.oid('responseType')
  if (oid !== oids.ocspBasic) throw new Refused({ code: 'unsupported-response-type', oid })
  const basic = contentOf(bytes.expect(universal.octetString, 'responseBytes'))
  bytes.end('responseBytes')
  return basic
}

function basicResponseOf(der: Uint8Array): OcspResponse {
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

function singleResponsesOf(sequence: DerReader): SingleResponse[] {
  const responses: SingleResponse[] = []
  while (!sequence.atEnd) {
    if (responses.length >= singleResponseLimit) throw new Refused({ code: 'over-budget', limit: 'responses' })
    responses.push(singleResponseOf(sequence.sequence('singleResponse')))
  }
  return responses
}

function singleResponseOf(reader: DerReader): SingleResponse {
  const certId = certIdOf(reader.sequence('certID'))
  const status = certStatusOf(reader.any('certStatus'))
  const thisUpdate = generalizedTimeOf(reader, 'thisUpdate')
  const nextField = reader.optional(0xa0, 'nextUpdate')
  const extensionField = reader.optional(0xa1, 'singleExtensions')
  reader.end('singleResponse')
  const extensions = extensionField && understoodExtensions(extensionField)
  const archiveCutoff = extensions && extensionTime(extensions, oids.ocspArchiveCutoff)
  const invalidityDate = extensions && extensionTime(extensions, oids.invalidityDate)
  return {
    certId,
    status,
    thisUpdate,
    ...(nextField ? { nextUpdate: soleTimeOf(contentOf(nextField), 'nextUpdate') } : {}),
    ...(archiveCutoff ? { archiveCutoff } : {}),
    ...(invalidityDate ? { invalidityDate } : {}),
  }
}

/** CertStatus: `[0]` good and `[2]` unknown are NULL, `[1]` is RevokedInfo, all implicit. */
function certStatusOf(field: Element): SingleResponse['status'] {
  if (field.tag === 0xa1) {
    const reader = DerReader.inside(field)
    const revokedAt = generalizedTimeOf(reader, 'revocationTime')
    const reasonField = reader.optional(0xa0, 'revocationReason')
    reader.end('certStatus')
    return { state: 'revoked', revokedAt, reason: reasonField ? reasonOf(contentOf(reasonField)) : 'unspecified' }
  }
  if ((field.tag !== 0x80 && field.tag !== 0x82) || contentOf(field).length > 0) throw new MalformedDer('certStatus')
  return { state: field.tag === 0x80 ? 'good' : 'unknown' }
}

function reasonOf(der: Uint8Array): RevocationReason {
  const element = soleElement(der, 'revocationReason')
  if (element.tag !== universal.enumerated) throw new MalformedDer('revocationReason')
  const reason = reasons[enumeratedOf(element, 'revocationReason')]
  if (!reason) throw new MalformedDer('revocationReason')
  return reason
}

function enumeratedOf(element: Element, what: string): number {
  const [value] = contentOf(element)
  if (value === undefined || contentOf(element).length !== 1) throw new MalformedDer(what)
  return value
}

function generalizedTimeOf(reader: DerReader, what: string): Date {
  return timeOfElement(reader.expect(universal.generalizedTime, what), what)
}

function soleTimeOf(der: Uint8Array, what: string): Date {
  const reader = new DerReader(der)
  const time = generalizedTimeOf(reader, what)
  reader.end(what)
  return time
}

/** What is read here, or changes nothing about an answer: where a list lies, and how a responder treats numbers never issued. */
const understood: ReadonlySet<string> = new Set([
  oids.ocspNonce,
  oids.ocspArchiveCutoff,
  oids.ocspExtendedRevoke,
  oids.ocspCrlReference,
  oids.invalidityDate,
])

/** The Extensions of an answer; RFC 6960 §4.4: one that is critical and not understood makes the answer unusable. */
function understoodExtensions(field: Element): Extensions {
  const inside = DerReader.inside(field)
  const extensions = extensionsOf(inside.sequence('extensions'))
  inside.end('extensions')
  if (extensions.malformed.length > 0) throw new MalformedDer('extensions')
  const unknown = extensions.all.find(({ oid, critical }) => critical && !understood.has(oid))
  if (unknown) throw new Refused({ code: 'unknown-critical-extension', oid: unknown.oid })
  return extensions
}

function extensionValue({ all }: Extensions, oid: string): Uint8Array | undefined {
  return all.find((extension) => extension.oid === oid)?.value
}

function extensionTime(extensions: Extensions, oid: string): Date | undefined {
  const value = extensionValue(extensions, oid)
  return value && soleTimeOf(value, 'singleExtensions')
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
    if (++count > certificateLimit) throw new Refused({ code: 'over-budget', limit: 'certificates' })
    const certificate = parseCertificate(encodingOf(sequence.any('certs')))
    if (certificate.ok) certificates.push(certificate.value)
  }
  return certificates
}
