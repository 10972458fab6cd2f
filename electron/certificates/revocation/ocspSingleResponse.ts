/**
 * SingleResponse (RFC 6960 §4.2.1): what an OCSP response says about one certificate; and the extensions that both have.
 * Throws MalformedDer and RefusedResponse, which the reader of the response makes values.
 */

import { type Element, universal } from '../../asn1/der.ts'
import { contentOf, DerReader, MalformedDer, soleElement, timeOfElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { type Extensions, extensionsOf } from '../extensions.ts'
import { type CertId, certIdOf } from './ocspCertId.ts'
import { RefusedResponse } from './ocspError.ts'
import { type RevocationReason, revocationReasons } from './status.ts'

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

/** Asked about one certificate; responders that answer from a store put some dozens into one answer (RFC 5019 §2.2.1). */
const singleResponseLimit = 200
export function singleResponsesOf(sequence: DerReader): SingleResponse[] {
  const responses: SingleResponse[] = []
  while (!sequence.atEnd) {
    if (responses.length >= singleResponseLimit) throw new RefusedResponse({ code: 'over-budget', limit: 'responses' })
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
  const reason = revocationReasons[enumeratedOf(element, 'revocationReason')]
  if (!reason) throw new MalformedDer('revocationReason')
  return reason
}

export function enumeratedOf(element: Element, what: string): number {
  const [value] = contentOf(element)
  if (value === undefined || contentOf(element).length !== 1) throw new MalformedDer(what)
  return value
}

export function generalizedTimeOf(reader: DerReader, what: string): Date {
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
export function understoodExtensions(field: Element): Extensions {
  const inside = DerReader.inside(field)
  const extensions = extensionsOf(inside.sequence('extensions'))
  inside.end('extensions')
  if (extensions.malformed.length > 0) throw new MalformedDer('extensions')
  const unknown = extensions.all.find(({ oid, critical }) => critical && !understood.has(oid))
  if (unknown) throw new RefusedResponse({ code: 'unknown-critical-extension', oid: unknown.oid })
  return extensions
}

export function extensionValue({ all }: Extensions, oid: string): Uint8Array | undefined {
  return all.find((extension) => extension.oid === oid)?.value
}

function extensionTime(extensions: Extensions, oid: string): Date | undefined {
  const value = extensionValue(extensions, oid)
  return value && soleTimeOf(value, 'singleExtensions')
}
