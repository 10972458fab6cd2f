/** Field types of certificates that asn1/derReader doesn't have; like it, they leave by throwing `MalformedDer`. */

import { type Element, universal } from '../asn1/der.ts'
import { contentOf, DerReader, MalformedDer, soleElement } from '../asn1/derReader.ts'

/** A reader of the SEQUENCE that a buffer consists of. */
export function sequenceIn(bytes: Uint8Array, what: string): DerReader {
  const element = soleElement(bytes, what)
  if (element.tag !== universal.sequence) throw new MalformedDer(what)
  return DerReader.inside(element)
}

/** A DER BOOLEAN; any byte but zero counts as true, as BER says. */
export function booleanOf(element: Element, what: string): boolean {
  const content = contentOf(element)
  if (content.length !== 1) throw new MalformedDer(what)
  return content[0] !== 0
}

/** A BIT STRING's bytes; the number of unused bits in the last one is checked and dropped. */
export function bitStringOf(element: Element, what: string): Uint8Array {
  const content = contentOf(element)
  const unusedBits = content[0]
  if (unusedBits === undefined || unusedBits > 7) throw new MalformedDer(what)
  if (unusedBits > 0 && content.length === 1) throw new MalformedDer(what)
  return content.subarray(1)
}
