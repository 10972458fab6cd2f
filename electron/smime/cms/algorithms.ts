/** Algorithm identifiers of CMS (RFC 3370, 3565, 5084, 5754): which OID means what, and its plain name. */

import { derOid, derSequence, universal } from '../../asn1/der.ts'
import { contentOf, DerReader, encodingOf } from '../../asn1/derReader.ts'
import { oidName, oids } from '../../asn1/oids.ts'
import { equalBytes } from '../../base/bytes.ts'
import { digestByOid, digestText } from '../../crypto/digestOid.ts'

export interface AlgorithmIdentifier {
  readonly oid: string
  /** DER; absent and NULL are both undefined, because writers don't agree on which of them it is. */
  readonly parameters?: Uint8Array
  readonly encoding: Uint8Array
}

/** Reads an AlgorithmIdentifier; throws MalformedDer. `tag` is another identifier octet for `[n] IMPLICIT`. */
export function readAlgorithm(fields: DerReader, what: string, tag: number = universal.sequence): AlgorithmIdentifier {
  const element = fields.expect(tag, what)
  const reader = DerReader.inside(element)
  const oid = reader.oid(what)
  const parameters = reader.atEnd ? undefined : reader.any(what)
  reader.end(what)
  const encoding = encodingOf(element)
  if (!parameters || (parameters.tag === universal.null && contentOf(parameters).length === 0)) return { oid, encoding }
  return { oid, parameters: encodingOf(parameters), encoding }
}

/** The same algorithm with the same parameters, however the absence of parameters is spelled. */
export function sameAlgorithm(left: AlgorithmIdentifier, right: AlgorithmIdentifier): boolean {
  if (left.oid !== right.oid) return false
  if (!left.parameters || !right.parameters) return left.parameters === right.parameters
  return equalBytes(left.parameters, right.parameters)
}

/** A name for a digest that was read, known or not: "SHA-256", "MD4" or the OID. */
export function digestTextOf(oid: string): string {
  const name = digestByOid(oid)
  if (name) return digestText(name)
  return oid === oids.md2 || oid === oids.md4 ? (oidName(oid) ?? oid).toUpperCase() : oid
}

/** RFC 5754 §2: the parameters are absent. */
export function digestIdentifier(digest: 'sha256' | 'sha384' | 'sha512'): Uint8Array {
  return derSequence(derOid(oids[digest]))
}

const contentTypes: Readonly<Record<string, string>> = {
  [oids.data]: 'data',
  [oids.digestedData]: 'DigestedData',
  [oids.encryptedData]: 'EncryptedData',
  [oids.authData]: 'AuthenticatedData',
}

/** A name for a content type that Siegel doesn't open. */
export function contentTypeText(oid: string): string {
  return contentTypes[oid] ?? oid
}
