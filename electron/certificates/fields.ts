/** Field types of certificates that asn1/derReader doesn't have; like it, they leave by throwing `MalformedDer`. */

import { type Element, universal } from '../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer, soleElement } from '../asn1/derReader.ts'

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

/** A BIT STRING's bytes and the number of unused bits in the last one. */
export function bitStringOf(element: Element, what: string): { bytes: Uint8Array; unusedBits: number } {
  const content = contentOf(element)
  const unusedBits = content[0]
  if (unusedBits === undefined || unusedBits > 7) throw new MalformedDer(what)
  if (unusedBits > 0 && content.length === 1) throw new MalformedDer(what)
  return { bytes: content.subarray(1), unusedBits }
}

/** An element with its content and its encoding at hand. */
export type Field = Element & { readonly content: Uint8Array; readonly der: Uint8Array }

function fieldOf(element: Element): Field {
  return { ...element, content: contentOf(element), der: encodingOf(element) }
}

/** asn1's reader with fields for elements. */
export class FieldReader extends DerReader {
  override any(what: string): Field {
    return fieldOf(super.any(what))
  }

  override expect(tag: number, what: string): Field {
    return fieldOf(super.expect(tag, what))
  }

  override optional(tag: number, what: string): Field | undefined {
    const element = super.optional(tag, what)
    return element && fieldOf(element)
  }

  override sequence(what: string): FieldReader {
    return new FieldReader(this.expect(universal.sequence, what).content)
  }
}

export function soleField(bytes: Uint8Array, what: string): Field {
  return fieldOf(soleElement(bytes, what))
}

export { MalformedDer as MalformedFields, oidOf } from '../asn1/derReader.ts'
export { universal }
