/** The extensions of a revocation list that certificates don't have (RFC 5280 §5.2). Leaves by throwing MalformedDer. */

import { derElement, derSequence, type Element, universal } from '../../asn1/der.ts'
import { contentOf, MalformedDer, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { hexText } from '../../base/bytes.ts'
import type { Extensions } from '../extensions.ts'
import { bitStringOf, booleanOf, sequenceIn } from '../fields.ts'
import { type GeneralName, generalNamesOf } from '../generalName.ts'
import { type Name, parseName } from '../name.ts'

/** RFC 5280 §5.2.5: of which certificates a list speaks. */
export interface IssuingDistributionPoint {
  /** Absent: the list isn't bound to a place. */
  readonly names?: readonly GeneralName[]
  readonly only?: 'users' | 'authorities' | 'attributes'
  /** Absent: all reasons. */
  readonly reasons?: number
  /** Its entries may be of other issuers. */
  readonly indirect: boolean
  /** DER; two lists are of one scope where it is the same. */
  readonly der: Uint8Array
}

/** Every reason of ReasonFlags (RFC 5280 §4.2.1.13): bits 1 to 8, written here as 1 << bit. */
export const allReasons = 0b1_1111_1110

/** The bytes of a ReasonFlags as a number; the unused bit 0 counts for nothing. */
export function reasonsOf(flags: Uint8Array): number {
  let reasons = 0
  for (let bit = 1; bit <= 8; bit++) if (((flags[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) reasons |= 1 << bit
  return reasons
}

/**
 * RFC 5280 §4.2.1.13: the name that a part stands for below its issuer's; undefined when it can't be read. `rdn` is the content
 * of the part's SET.
 */
export function relativeName(issuer: Name, rdn: Uint8Array): GeneralName | undefined {
  const base = contentOf(soleElement(issuer.der, 'name'))
  const name = parseName(derSequence(base, derElement(universal.set, rdn)))
  return name && { kind: 'directoryName', value: name.text, name }
}

/** The value of an extension, or undefined. */
export function extensionValue({ all }: Extensions, oid: string): Uint8Array | undefined {
  return all.find((extension) => extension.oid === oid)?.value
}

/** RFC 5280 §5.2.3 and §5.2.4: a number of up to 20 octets. */
export function crlNumberOf(value: Uint8Array): bigint {
  const element = soleElement(value, 'crlNumber')
  const content = contentOf(element)
  // One more than the 20 for the sign.
  if (element.tag !== universal.integer || content.length === 0 || content.length > 21 || (content[0] ?? 0) >= 0x80) {
    throw new MalformedDer('crlNumber')
  }
  return BigInt(`0x${hexText(content)}`)
}

function pointNames(field: Element, issuer: Name): readonly GeneralName[] {
  const what = 'issuingDistributionPoint'
  const point = soleElement(contentOf(field), what)
  if (point.tag === 0xa0) return generalNamesOf(contentOf(point), what)
  const name = point.tag === 0xa1 ? relativeName(issuer, contentOf(point)) : undefined
  if (name) return [name]
  throw new MalformedDer(what)
}

/** `issuer` is the list's: a relative name stands below it. */
export function issuingDistributionPointOf(value: Uint8Array, issuer: Name): IssuingDistributionPoint {
  const what = 'issuingDistributionPoint'
  const reader = sequenceIn(value, what)
  const flag = (tag: number): boolean => {
    const field = reader.optional(tag, what)
    return field !== undefined && booleanOf(field, what)
  }
  const point = reader.optional(0xa0, what)
  const users = flag(0x81)
  const authorities = flag(0x82)
  const someReasons = reader.optional(0x83, what)
  const indirect = flag(0x84)
  const attributes = flag(0x85)
  reader.end(what)
  // At most one of them (§5.2.5): a list of no certificates at all would be good for any.
  if (Number(users) + Number(authorities) + Number(attributes) > 1) throw new MalformedDer(what)
  const only = users ? 'users' : authorities ? 'authorities' : attributes ? 'attributes' : undefined
  return {
    ...(point ? { names: pointNames(point, issuer) } : {}),
    ...(only ? { only } : {}),
    ...(someReasons ? { reasons: reasonsOf(bitStringOf(someReasons, what)) } : {}),
    indirect,
    der: value,
  }
}

/** The extensions that are processed, or that change nothing about what a list says. */
const understood: ReadonlySet<string> = new Set([
  oids.authorityKeyIdentifier,
  oids.issuerAltName,
  oids.cRLNumber,
  oids.deltaCRLIndicator,
  oids.issuingDistributionPoint,
  oids.freshestCrl,
  oids.authorityInfoAccess,
])

/** RFC 5280 §5.2: a critical extension that isn't understood makes a list unusable; its OID, or undefined. */
export function unknownCriticalExtension({ all }: Extensions): string | undefined {
  return all.find(({ oid, critical }) => critical && !understood.has(oid))?.oid
}
