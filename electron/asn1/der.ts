/**
 * BER/DER elements in memory (ITU-T X.690): reading one element, its children, and writing DER.
 *
 * Reading takes BER (indefinite lengths, long lengths with leading zeros), because CMS from smart cards and streams is
 * BER; whoever needs DER asks `isDer`. Bounded by a budget: a few bytes of nested indefinite lengths would otherwise
 * cost a stack frame each. Content that may be large is read by smime/cms/berReader instead.
 */

import { concatBytes, latin1Bytes, latin1Text, utf8Bytes } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'

/** Universal identifier octets, with the constructed bit where DER demands it. */
export const universal = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** `context(n)` is the identifier octet of `[n]`, constructed unless told otherwise. */
export function context(number: number, constructed = true): number {
  return 0x80 | (constructed ? 0x20 : 0) | number
}

export interface Element {
  /** The first identifier octet: class (bits 7-6), constructed (bit 5) and number (bits 4-0; 31 = high tag number). */
  readonly tag: number
  /** The tag number, also for the multi-byte form. */
  readonly tagNumber: number
  readonly constructed: boolean
  /** BER's indefinite form: the content ends at two zero bytes, which belong to neither content nor children. */
  readonly indefinite: boolean
  /** Bytes of identifier and length. */
  readonly headerLength: number
  readonly start: number
  readonly contentStart: number
  readonly contentEnd: number
  /** Offset of the byte after the element. */
  readonly end: number
  /** The buffer to which all offsets refer. */
  readonly bytes: Uint8Array
}

export type DerError = {
  readonly code: 'truncated' | 'malformed-tag' | 'malformed-length' | 'too-deep' | 'too-many-elements'
  readonly offset: number
}

export interface ElementBudget {
  /** Nesting of indefinite lengths. CMS in the field nests about 12 levels; the scan recurses once per level. */
  readonly depth: number
  /** Elements visited to find the ends of indefinite lengths. */
  readonly elements: number
}

export const defaultElementBudget: ElementBudget = { depth: 48, elements: 100_000 }

interface Header {
  readonly tag: number
  readonly tagNumber: number
  readonly contentStart: number
  /** Undefined for the indefinite form. */
  readonly length: number | undefined
}

/**
 * Reads identifier and length octets at `offset`. Tag numbers up to 2^28 and lengths up to 2^48 are read; `undefined`
 * length is the indefinite form, which only constructed elements may have (X.690 §8.1.3.2).
 */
export function readHeader(bytes: Uint8Array, offset: number): Result<Header, DerError> {
  const tag = bytes[offset]
  if (tag === undefined) return failure({ code: 'truncated', offset })
  let position = offset + 1
  let tagNumber = tag & 0x1f
  if (tagNumber === 0x1f) {
    tagNumber = 0
    for (let count = 0; ; count++) {
      const byte = bytes[position++]
      if (byte === undefined) return failure({ code: 'truncated', offset })
      if (count === 4 || (count === 0 && byte === 0x80)) return failure({ code: 'malformed-tag', offset })
      tagNumber = tagNumber * 128 + (byte & 0x7f)
      if (byte < 0x80) break
    }
  }
  const first = bytes[position++]
  if (first === undefined) return failure({ code: 'truncated', offset })
  if (first < 0x80) return success({ tag, tagNumber, contentStart: position, length: first })
  if (first === 0x80) {
    if ((tag & 0x20) === 0) return failure({ code: 'malformed-length', offset })
    return success({ tag, tagNumber, contentStart: position, length: undefined })
  }
  const count = first & 0x7f
  let length = 0
  for (let index = 0; index < count; index++) {
    const byte = bytes[position++]
    // 127 length octets are legal BER; beyond 2^48 no machine holds the content, and doubles stop being exact at 2^53.
    if (byte === undefined) return failure({ code: count > 126 ? 'malformed-length' : 'truncated', offset })
    length = length * 256 + byte
    if (length > 0xffff_ffff_ffff) return failure({ code: 'malformed-length', offset })
  }
  return success({ tag, tagNumber, contentStart: position, length })
}

/** Reads the element at `offset`; its content must lie inside `bytes`. */
export function readElement(
  bytes: Uint8Array,
  offset = 0,
  budget: ElementBudget = defaultElementBudget,
): Result<Element, DerError> {
  return readWithin(bytes, offset, bytes.length, budget.depth, { left: budget.elements })
}

function readWithin(
  bytes: Uint8Array,
  offset: number,
  limit: number,
  depth: number,
  elements: { left: number },
): Result<Element, DerError> {
  const header = readHeader(bytes, offset)
  if (!header.ok) return header
  const { tag, tagNumber, contentStart, length } = header.value
  let contentEnd: number
  let end: number
  if (length === undefined) {
    const closing = endOfContents(bytes, contentStart, limit, depth, elements)
    if (!closing.ok) return closing
    contentEnd = closing.value
    end = contentEnd + 2
  } else {
    contentEnd = contentStart + length
    end = contentEnd
  }
  if (contentStart > limit || end > limit) return failure({ code: 'truncated', offset })
  return success({
    tag,
    tagNumber,
    constructed: (tag & 0x20) !== 0,
    indefinite: length === undefined,
    headerLength: contentStart - offset,
    start: offset,
    contentStart,
    contentEnd,
    end,
    bytes,
  })
}

/** The offset of the two zero bytes that close an indefinite length. */
function endOfContents(
  bytes: Uint8Array,
  start: number,
  limit: number,
  depth: number,
  elements: { left: number },
): Result<number, DerError> {
  if (depth <= 0) return failure({ code: 'too-deep', offset: start })
  let offset = start
  while (offset + 2 <= limit) {
    if (bytes[offset] === 0 && bytes[offset + 1] === 0) return success(offset)
    if (--elements.left < 0) return failure({ code: 'too-many-elements', offset })
    const child = readWithin(bytes, offset, limit, depth - 1, elements)
    if (!child.ok) return child
    offset = child.value.end
  }
  return failure({ code: 'truncated', offset: start })
}

/** The elements inside a constructed element, in order. */
export function children(element: Element, budget: ElementBudget = defaultElementBudget): Result<Element[], DerError> {
  const found: Element[] = []
  const elements = { left: budget.elements }
  let offset = element.contentStart
  while (offset < element.contentEnd) {
    if (--elements.left < 0) return failure({ code: 'too-many-elements', offset })
    const child = readWithin(element.bytes, offset, element.contentEnd, budget.depth, elements)
    if (!child.ok) return child
    found.push(child.value)
    offset = child.value.end
  }
  return success(found)
}

/** The content octets, as a view. */
export function contentOf(element: Element): Uint8Array {
  return element.bytes.subarray(element.contentStart, element.contentEnd)
}

/** Identifier, length and content octets, as a view. */
export function encodingOf(element: Element): Uint8Array {
  return element.bytes.subarray(element.start, element.end)
}

// An OID in use has about a dozen arcs; the limit keeps a megabyte of "OID" from becoming a megabyte of text.
const oidByteLimit = 128

/** The dotted text of an OBJECT IDENTIFIER's content octets (X.690 §8.19), or undefined when they are none. */
export function oidText(content: Uint8Array): string | undefined {
  const last = content.at(-1)
  if (last === undefined || last >= 0x80 || content.length > oidByteLimit) return undefined
  let text = ''
  let arc = 0
  let exact = 0n
  let octets = 0
  for (const byte of content) {
    // A leading 0x80 is padding: two spellings of one OID are how two readers come to two meanings.
    if (octets === 0 && byte === 0x80) return undefined
    octets++
    if (octets <= 6) arc = arc * 128 + (byte & 0x7f)
    else exact = (octets === 7 ? BigInt(arc) : exact) * 128n + BigInt(byte & 0x7f)
    if (byte >= 0x80) continue
    if (text !== '') text += `.${octets <= 6 ? arc : exact}`
    else if (octets > 6) text = `2.${exact - 80n}`
    else if (arc < 80) text = arc < 40 ? `0.${arc}` : `1.${arc - 40}`
    else text = `2.${arc - 80}`
    arc = 0
    octets = 0
  }
  return text
}

function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Uint8Array.of(0x80 | octets.length, ...octets)
}

/** Identifier and length octets of a definite-length element whose content has `length` bytes. */
export function derHeader(tag: number, length: number): Uint8Array {
  return concatBytes(Uint8Array.of(tag), lengthOctets(length))
}

/** One element: `tag` is the identifier octet. */
export function derElement(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of content) length += part.length
  return concatBytes(derHeader(tag, length), ...content)
}

/**
 * The same for a list as long as a stranger makes it: each argument of a call takes stack, and 120,000 of them overflow it.
 */
export function derElementOf(tag: number, content: readonly Uint8Array[]): Uint8Array {
  return derElement(tag, joined(content))
}

/** All of them in one buffer, however many they are. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}

export function derSequence(...parts: readonly Uint8Array[]): Uint8Array {
  return derElement(universal.sequence, ...parts)
}

/** A SET whose members are in the order given (for a single member or a SET with distinct tags in tag order). */
export function derSet(...parts: readonly Uint8Array[]): Uint8Array {
  return derElement(universal.set, ...parts)
}

/** A SET OF: members sorted by their encodings (X.690 §11.6). */
export function derSetOf(...parts: readonly Uint8Array[]): Uint8Array {
  return derElement(universal.set, ...sortedSetOf(parts))
}

/** Members of a SET OF in DER's order. */
export function sortedSetOf(parts: readonly Uint8Array[]): Uint8Array[] {
  return [...parts].sort((left, right) => Buffer.compare(left, right))
}

/** Throws on text that is no OID: the caller writes constants or OIDs that were read. */
export function derOid(dotted: string): Uint8Array {
  const arcs = dotted.split('.').map((arc) => BigInt(arc))
  const [first, second, ...rest] = arcs
  if (first === undefined || second === undefined || first > 2n || (first < 2n && second > 39n)) {
    throw new RangeError('not an object identifier')
  }
  const octets: number[] = []
  for (const arc of [first * 40n + second, ...rest]) {
    const digits = [Number(arc & 0x7fn)]
    for (let left = arc >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80)
    octets.push(...digits)
  }
  return derElement(universal.oid, Uint8Array.from(octets))
}

/** INTEGER: a number below 2^53, or the magnitude of a non-negative integer, big endian. */
export function derInteger(value: Uint8Array | number): Uint8Array {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not a non-negative integer')
    const octets: number[] = []
    for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
    return derInteger(Uint8Array.from(octets))
  }
  let start = 0
  while (start < value.length && value[start] === 0) start++
  const magnitude = value.subarray(start)
  const first = magnitude[0]
  if (first === undefined) return derElement(universal.integer, Uint8Array.of(0))
  return first < 0x80
    ? derElement(universal.integer, magnitude)
    : derElement(universal.integer, Uint8Array.of(0), magnitude)
}

export function derOctetString(bytes: Uint8Array): Uint8Array {
  return derElement(universal.octetString, bytes)
}

/** BIT STRING of whole bytes, or with `unusedBits` (0-7) zero bits at the end. */
export function derBitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return derElement(universal.bitString, Uint8Array.of(unusedBits), bytes)
}

export function derUtf8String(text: string): Uint8Array {
  return derElement(universal.utf8String, utf8Bytes(text))
}

export function derPrintableString(text: string): Uint8Array {
  return derElement(universal.printableString, latin1Bytes(text))
}

/** Throws when the text is not ASCII. */
export function derIa5String(text: string): Uint8Array {
  if (!/^[\x00-\x7f]*$/.test(text)) throw new RangeError('not ASCII')
  return derElement(universal.ia5String, latin1Bytes(text))
}

/** UTCTime for 1950-2049, GeneralizedTime otherwise; whole seconds, Z (RFC 5280 §4.1.2.5, RFC 5652 §11.3). */
export function derUtcOrGeneralizedTime(date: Date): Uint8Array {
  const digits = date
    .toISOString()
    .replace(/\.\d{3}Z$/, 'Z')
    .replace(/[-:T]/g, '')
  const year = date.getUTCFullYear()
  if (year >= 1950 && year < 2050) return derElement(universal.utcTime, latin1Bytes(digits.slice(2)))
  return derElement(universal.generalizedTime, latin1Bytes(digits))
}

export function derNull(): Uint8Array {
  return Uint8Array.of(universal.null, 0)
}

export function derBoolean(value: boolean): Uint8Array {
  return Uint8Array.of(universal.boolean, 1, value ? 0xff : 0)
}

/** `[n] EXPLICIT`. */
export function derExplicit(number: number, ...der: readonly Uint8Array[]): Uint8Array {
  return derElement(context(number), ...der)
}

/** `[n] IMPLICIT`: the element with its identifier replaced; the constructed bit stays. Only low tag numbers. */
export function derImplicit(number: number, der: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(der)
  copy[0] = 0x80 | ((der[0] ?? 0) & 0x20) | number
  return copy
}

const timePattern = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:[.,]\d+)?(Z|[+-]\d{4})$/

/** The moment of a UTCTime or GeneralizedTime element's content, or undefined when it is none. */
export function timeOf(tag: number, content: Uint8Array): Date | undefined {
  if (tag !== universal.utcTime && tag !== universal.generalizedTime) return undefined
  if (content.length > 40) return undefined
  const match = timePattern.exec(latin1Text(content))
  if (!match) return undefined
  const [, yearText = '', month, day, hour, minute, second = '00', zone = 'Z'] = match
  if ((yearText.length === 2) !== (tag === universal.utcTime)) return undefined
  const year = yearText.length === 4 ? yearText : Number(yearText) < 50 ? `20${yearText}` : `19${yearText}`
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3)}`
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`)
  return Number.isNaN(time.getTime()) ? undefined : time
}
