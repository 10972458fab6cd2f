/** SignerInfo (RFC 5652 §5.3) as it was written; judging it is the work of verify.ts. */

import { context, universal } from '../../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer, octetsOf, soleElement } from '../../asn1/derReader.ts'
import { hexText } from '../../base/bytes.ts'
import {
  type Certificate,
  matchesIssuerAndSerial,
  serialHex,
  subjectKeyIdentifierOf,
} from '../../certificates/certificate.ts'
import { parseName } from '../../certificates/name.ts'
import { type AlgorithmIdentifier, readAlgorithm } from './algorithms.ts'
import { type Attributes, readAttributes } from './attributes.ts'

/** How CMS points at a certificate (RFC 5652 §5.3, §6.2.1). */
export type CertificateIdentifier =
  | {
      readonly kind: 'issuer-and-serial'
      /** DER Name. */
      readonly issuer: Uint8Array
      /** Lower-case hexadecimal. */
      readonly serial: string
    }
  | { readonly kind: 'key-identifier'; readonly keyIdentifier: Uint8Array }

export interface ReadableSignerInfo {
  readonly identifier: CertificateIdentifier
  readonly digestAlgorithm: AlgorithmIdentifier
  readonly signedAttributes: Attributes | undefined
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  /** OIDs only: nothing in them is covered by the signature. */
  readonly unsignedAttributes: readonly string[]
}

/** `malformed` names the field that could not be read; the other signers of the message still count. */
export type SignerInfo = ReadableSignerInfo | { readonly malformed: string }

/** Reads IssuerAndSerialNumber's fields from inside its SEQUENCE; throws MalformedDer. */
export function readIssuerAndSerial(fields: DerReader): CertificateIdentifier {
  const issuer = encodingOf(fields.expect(universal.sequence, 'issuer'))
  const serial = contentOf(fields.expect(universal.integer, 'serialNumber'))
  fields.end('issuerAndSerialNumber')
  if (serial.length === 0) throw new MalformedDer('serialNumber')
  return { kind: 'issuer-and-serial', issuer, serial: serialHex(serial) }
}

/** Whether an identifier means this certificate. */
export function identifies(identifier: CertificateIdentifier, certificate: Certificate): boolean {
  if (identifier.kind === 'issuer-and-serial') {
    return matchesIssuerAndSerial(certificate, identifier.issuer, identifier.serial)
  }
  return hexText(subjectKeyIdentifierOf(certificate)) === hexText(identifier.keyIdentifier)
}

/** The identifier as facts to show: names as RFC 4514 text, numbers as hexadecimal. */
export function identifierFacts(identifier: CertificateIdentifier): {
  issuer?: string
  serial?: string
  keyIdentifier?: string
} {
  if (identifier.kind === 'key-identifier') return { keyIdentifier: hexText(identifier.keyIdentifier) }
  const name = parseName(identifier.issuer)
  return { ...(name ? { issuer: name.text } : {}), serial: identifier.serial }
}

/** Reads a SignerIdentifier or RecipientIdentifier, which are one (RFC 5652 §5.3, §6.2.1); throws MalformedDer. */
export function readCertificateIdentifier(fields: DerReader, what: 'sid' | 'rid'): CertificateIdentifier {
  const tag = fields.nextTag
  if (tag === universal.sequence) return readIssuerAndSerial(fields.sequence(what))
  if (tag !== context(0) && tag !== context(0, false)) throw new MalformedDer(what)
  return { kind: 'key-identifier', keyIdentifier: octetsOf(fields.any(what), what) }
}

function readFields(encoding: Uint8Array): ReadableSignerInfo {
  const outer = soleElement(encoding, 'signerInfo')
  if (outer.tag !== universal.sequence) throw new MalformedDer('signerInfo')
  const fields = DerReader.inside(outer)
  fields.integer('version')
  const identifier = readCertificateIdentifier(fields, 'sid')
  const digestAlgorithm = readAlgorithm(fields, 'digestAlgorithm')
  const signed = fields.optional(context(0), 'signedAttrs')
  const signatureAlgorithm = readAlgorithm(fields, 'signatureAlgorithm')
  const signature = fields.octetString('signature')
  const unsigned = fields.optional(context(1), 'unsignedAttrs')
  fields.end('signerInfo')
  const signedAttributes = signed ? readAttributes(signed) : undefined
  const unsignedAttributes = unsigned ? readAttributes(unsigned).all.map(({ oid }) => oid) : []
  return { identifier, digestAlgorithm, signedAttributes, signatureAlgorithm, signature, unsignedAttributes }
}

/** Reads one SignerInfo; what can't be read is a value too. */
export function readSignerInfo(encoding: Uint8Array): SignerInfo {
  try {
    return readFields(encoding)
  } catch (error) {
    if (error instanceof MalformedDer) return { malformed: error.what }
    throw error
  }
}
