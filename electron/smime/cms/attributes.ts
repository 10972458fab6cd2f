/** Attributes of signers and of authenticated content (RFC 5652 §5.3, §11): reading, and the bytes that are signed. */

import { children, derElement, derElementOf, derOid, type Element, sortedSetOf, universal } from '../../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer, octetsOf, soleElement } from '../../asn1/derReader.ts'
import { concatBytes, equalBytes } from '../../base/bytes.ts'

export interface Attribute {
  readonly oid: string
  readonly values: readonly Element[]
}

export interface Attributes {
  readonly all: readonly Attribute[]
  /**
   * What the signature or tag may have been made over, as a SET OF: the DER encoding, and before it the bytes as they
   * came when those aren't DER.
   */
  readonly encodings: readonly Uint8Array[]
}

/** Real ones have up to a dozen; a receipt request with its names is the longest. */
const attributeLimit = 128
const depthLimit = 24

function attributeOf(element: Element): Attribute {
  if (element.tag !== universal.sequence) throw new MalformedDer('attribute')
  const fields = DerReader.inside(element)
  const oid = fields.oid('attribute')
  const values = [...DerReader.inside(fields.expect(universal.set, 'attribute')).rest('attribute')]
  fields.end('attribute')
  return { oid, values }
}

/** The element's members as attributes; throws MalformedDer. */
function membersOf(element: Element): Attribute[] {
  const all: Attribute[] = []
  for (const member of DerReader.inside(element).rest('attributes')) {
    if (all.length === attributeLimit) throw new MalformedDer('attributes')
    all.push(attributeOf(member))
  }
  return all
}

/** Reads `[n] IMPLICIT SET OF Attribute`; throws MalformedDer. */
export function readAttributes(element: Element): Attributes {
  const all = membersOf(element)
  const canonical = derOf(element, universal.set)
  // Signers in the field sign unsorted sets and long lengths as they send them; both encodings mean the same attributes.
  const received = concatBytes(Uint8Array.of(universal.set), element.bytes.subarray(element.start + 1, element.end))
  return { all, encodings: equalBytes(received, canonical) ? [canonical] : [received, canonical] }
}

/** The DER encoding of a BER element, its identifier octet replaced by `tag`. */
function derOf(element: Element, tag = element.tag, depth = depthLimit): Uint8Array {
  if (depth === 0) throw new MalformedDer('attributes')
  // Identifiers of several bytes don't occur in these structures.
  if (element.tagNumber >= 31) throw new MalformedDer('attributes')
  if (!element.constructed) return derElement(tag, contentOf(element))
  if (tag === (universal.octetString | 0x20)) return derElement(universal.octetString, octetsOf(element, 'attributes'))
  const members = children(element)
  if (!members.ok) throw new MalformedDer('attributes')
  const parts = members.value.map((member) => derOf(member, member.tag, depth - 1))
  return derElementOf(tag, tag === universal.set ? sortedSetOf(parts) : parts)
}

/** Every attribute of a type: more than one is an attack, and the caller's to refuse. */
export function attributesOfType(attributes: Attributes, oid: string): Attribute[] {
  return attributes.all.filter((attribute) => attribute.oid === oid)
}

/** The DER of an attribute's only value, or undefined when the attribute is missing or not single. */
export function soleValueOf(attributes: Attributes, oid: string): Element | undefined {
  const [attribute, ...others] = attributesOfType(attributes, oid)
  if (!attribute || others.length > 0 || attribute.values.length !== 1) return undefined
  return attribute.values[0]
}

/** The encoding of an attribute's only value. */
export function encodingOfSole(attributes: Attributes, oid: string): Uint8Array | undefined {
  const value = soleValueOf(attributes, oid)
  return value && encodingOf(value)
}

/** An Attribute with one value. */
export function derAttribute(oid: string, value: Uint8Array): Uint8Array {
  return derElement(universal.sequence, derOid(oid), derElement(universal.set, value))
}

/**
 * Whether content could itself be a SET OF Attribute. Signed attributes are signed as exactly such bytes, so a signature
 * over them can be passed off as one over content without attributes (RFC 5652 §5.4, draft-ietf-lamps-attribute-confusion).
 */
export function looksLikeAttributes(content: Uint8Array): boolean {
  if (content[0] !== universal.set) return false
  try {
    return membersOf(soleElement(content, 'attributes')).length > 0
  } catch (error) {
    if (error instanceof MalformedDer) return false
    throw error
  }
}
