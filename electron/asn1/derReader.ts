/**
 * Reading the fields of a structure one after the other (X.690), for structures that are held in memory. The cursor
 * leaves by throwing `MalformedDer`, which the reader of a format catches at its public edge and turns into a value.
 */

import {
  contentOf,
  defaultElementBudget,
  type Element,
  type ElementBudget,
  encodingOf,
  joined,
  oidText,
  readElement,
  timeOf,
  universal,
} from './der.ts'

/** `what` names the field that could not be read, for the error that a person or a log sees. */
export class MalformedDer extends Error {
  readonly what: string

  constructor(what: string) {
    super(what)
    this.what = what
  }
}

export class DerReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #budget: ElementBudget
  #offset: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, budget: ElementBudget = defaultElementBudget) {
    this.#bytes = bytes
    this.#offset = start
    this.#end = end
    this.#budget = budget
  }

  /** A reader of what is inside `element`. */
  static inside(element: Element, budget?: ElementBudget): DerReader {
    return new DerReader(element.bytes, element.contentStart, element.contentEnd, budget)
  }

  get atEnd(): boolean {
    return this.#offset >= this.#end
  }

  /** The next identifier octet. */
  get nextTag(): number | undefined {
    return this.atEnd ? undefined : this.#bytes[this.#offset]
  }

  any(what: string): Element {
    if (this.atEnd) throw new MalformedDer(what)
    const element = readElement(this.#bytes, this.#offset, this.#budget)
    if (!element.ok || element.value.end > this.#end) throw new MalformedDer(what)
    this.#offset = element.value.end
    return element.value
  }

  /** The next element, which must have this identifier octet. */
  expect(tag: number, what: string): Element {
    if (this.nextTag !== tag) throw new MalformedDer(what)
    return this.any(what)
  }

  /** The next element if it has this identifier octet. */
  optional(tag: number, what: string): Element | undefined {
    return this.nextTag === tag ? this.any(what) : undefined
  }

  sequence(what: string): DerReader {
    return DerReader.inside(this.expect(universal.sequence, what), this.#budget)
  }

  oid(what: string): string {
    return oidOf(this.expect(universal.oid, what), what)
  }

  integer(what: string): number {
    return smallIntegerOf(this.expect(universal.integer, what), what)
  }

  /** An OCTET STRING, also in BER's constructed form. */
  octetString(what: string): Uint8Array {
    const tag = this.nextTag
    if (tag !== universal.octetString && tag !== (universal.octetString | 0x20)) throw new MalformedDer(what)
    return octetsOf(this.any(what), what)
  }

  /** A BIT STRING of whole bytes. */
  bitString(what: string): Uint8Array {
    const content = contentOf(this.expect(universal.bitString, what))
    if (content.length === 0 || content[0] !== 0) throw new MalformedDer(what)
    return content.subarray(1)
  }

  /** Everything not yet read, each with its encoding. */
  *rest(what: string): Generator<Element> {
    while (!this.atEnd) yield this.any(what)
  }

  /** Nothing may follow: trailing bytes inside a structure are how two readers come to two meanings. */
  end(what: string): void {
    if (!this.atEnd) throw new MalformedDer(what)
  }
}

/** The single element that a buffer consists of; throws MalformedDer. */
export function soleElement(bytes: Uint8Array, what: string, budget?: ElementBudget): Element {
  const reader = new DerReader(bytes, 0, bytes.length, budget)
  const element = reader.any(what)
  reader.end(what)
  return element
}

export function oidOf(element: Element, what: string): string {
  const text = element.tag === universal.oid ? oidText(contentOf(element)) : undefined
  if (text === undefined) throw new MalformedDer(what)
  return text
}

/** A non-negative INTEGER below 2^48. */
export function smallIntegerOf(element: Element, what: string): number {
  const content = contentOf(element)
  const first = content[0]
  if (first === undefined || first >= 0x80 || content.length > 7) throw new MalformedDer(what)
  let value = 0
  for (const byte of content) value = value * 256 + byte
  return value
}

/** The octets of an OCTET STRING (or of an `[n] IMPLICIT` one), joining BER's segments up to three levels deep. */
export function octetsOf(element: Element, what: string, depth = 3): Uint8Array {
  if (!element.constructed) return contentOf(element)
  if (depth === 0) throw new MalformedDer(what)
  const parts: Uint8Array[] = []
  for (const part of DerReader.inside(element).rest(what)) {
    if ((part.tag & ~0x20) !== universal.octetString) throw new MalformedDer(what)
    parts.push(octetsOf(part, what, depth - 1))
  }
  return joined(parts)
}

export function timeOfElement(element: Element, what: string): Date {
  const time = timeOf(element.tag, contentOf(element))
  if (!time) throw new MalformedDer(what)
  return time
}

export { contentOf, encodingOf }
