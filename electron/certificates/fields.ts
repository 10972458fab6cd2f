/**
 * Reading the fields of a DER value one after the other (X.690), for the structures of X.509. Only definite lengths and
 * single-byte tags: nothing else occurs in a certificate. The cursor leaves by throwing `MalformedFields`, which the
 * parsers of this folder catch at their public edge and turn into a value.
 */

export class MalformedFields extends Error {
  readonly what: string

  constructor(what: string) {
    super(what)
    this.what = what
  }
}

/** One DER element: its identifier byte, its content and the whole encoding, as views on the original bytes. */
export interface Field {
  readonly tag: number
  readonly content: Uint8Array
  readonly der: Uint8Array
}

export const universal = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

function lengthAt(bytes: Uint8Array, offset: number): { length: number; start: number } {
  const first = bytes[offset]
  if (first === undefined) throw new MalformedFields('truncated')
  if (first < 0x80) return { length: first, start: offset + 1 }
  const count = first & 0x7f
  // Four bytes reach 4 GiB, more than any budget here; zero bytes would be the indefinite form.
  if (count === 0 || count > 4) throw new MalformedFields('length')
  let length = 0
  for (let index = 1; index <= count; index++) {
    const byte = bytes[offset + index]
    if (byte === undefined) throw new MalformedFields('truncated')
    length = length * 256 + byte
  }
  return { length, start: offset + 1 + count }
}

export class FieldReader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(content: Uint8Array) {
    this.#bytes = content
  }

  get atEnd(): boolean {
    return this.#offset >= this.#bytes.length
  }

  get nextTag(): number | undefined {
    return this.#bytes[this.#offset]
  }

  /** The next element, whatever it is. */
  any(what: string): Field {
    const tag = this.#bytes[this.#offset]
    if (tag === undefined) throw new MalformedFields(what)
    if ((tag & 0x1f) === 0x1f) throw new MalformedFields(what)
    const { length, start } = lengthAt(this.#bytes, this.#offset + 1)
    const end = start + length
    if (end > this.#bytes.length) throw new MalformedFields(what)
    const field = { tag, content: this.#bytes.subarray(start, end), der: this.#bytes.subarray(this.#offset, end) }
    this.#offset = end
    return field
  }

  /** The next element, which must have this identifier byte. */
  expect(tag: number, what: string): Field {
    if (this.nextTag !== tag) throw new MalformedFields(what)
    return this.any(what)
  }

  /** The next element if it has this identifier byte. */
  optional(tag: number, what: string): Field | undefined {
    return this.nextTag === tag ? this.any(what) : undefined
  }

  sequence(what: string): FieldReader {
    return new FieldReader(this.expect(universal.sequence, what).content)
  }

  oid(what: string): string {
    return oidOf(this.expect(universal.oid, what), what)
  }

  /** Nothing may follow: trailing bytes inside a structure are how two readers come to two meanings. */
  end(what: string): void {
    if (!this.atEnd) throw new MalformedFields(what)
  }
}

/** The single element that a buffer consists of. */
export function soleField(bytes: Uint8Array, what: string): Field {
  const reader = new FieldReader(bytes)
  const field = reader.any(what)
  reader.end(what)
  return field
}

export function soleSequence(bytes: Uint8Array, what: string): FieldReader {
  const field = soleField(bytes, what)
  if (field.tag !== universal.sequence) throw new MalformedFields(what)
  return new FieldReader(field.content)
}

// A certificate's OIDs have about a dozen arcs; the limit keeps a megabyte of "OID" from becoming a megabyte of text.
const oidByteLimit = 128

/** X.690 §8.19. Arcs beyond 2^53 are kept exact. */
export function oidOf(field: Field, what: string): string {
  const { content } = field
  const last = content.at(-1)
  if (last === undefined || last >= 0x80 || content.length > oidByteLimit) throw new MalformedFields(what)
  const arcs: string[] = []
  let arc = 0n
  let small = 0
  let length = 0
  for (const byte of content) {
    if (length < 4) small = small * 128 + (byte & 0x7f)
    else arc = (length === 4 ? BigInt(small) : arc) * 128n + BigInt(byte & 0x7f)
    length++
    if (byte >= 0x80) continue
    const value = length <= 4 ? BigInt(small) : arc
    if (arcs.length === 0) {
      const first = value < 40n ? 0n : value < 80n ? 1n : 2n
      arcs.push(String(first), String(value - first * 40n))
    } else arcs.push(String(value))
    arc = 0n
    small = 0
    length = 0
  }
  return arcs.join('.')
}

/** A DER BOOLEAN; any byte but zero counts as true, as BER says. */
export function booleanOf(field: Field, what: string): boolean {
  if (field.content.length !== 1) throw new MalformedFields(what)
  return field.content[0] !== 0
}

/** A small non-negative INTEGER, such as a path length. */
export function smallIntegerOf(field: Field, what: string): number {
  const { content } = field
  const first = content[0]
  if (first === undefined || first >= 0x80 || content.length > 6) throw new MalformedFields(what)
  let value = 0
  for (const byte of content) value = value * 256 + byte
  return value
}

/** A BIT STRING's bytes and the number of unused bits in the last one. */
export function bitStringOf(field: Field, what: string): { bytes: Uint8Array; unusedBits: number } {
  const unusedBits = field.content[0]
  if (unusedBits === undefined || unusedBits > 7) throw new MalformedFields(what)
  if (unusedBits > 0 && field.content.length === 1) throw new MalformedFields(what)
  return { bytes: field.content.subarray(1), unusedBits }
}

const timePattern = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:\.\d+)?(Z|[+-]\d{4})$/

/**
 * UTCTime or GeneralizedTime (RFC 5280 §4.1.2.5). Seconds may be missing and an offset may stand instead of Z, as old
 * issuers wrote it. Years of two digits below 50 belong to the 21st century.
 */
export function timeOf(field: Field, what: string): Date {
  if (field.tag !== universal.utcTime && field.tag !== universal.generalizedTime) throw new MalformedFields(what)
  const text = String.fromCharCode(...field.content.subarray(0, 40))
  const match = timePattern.exec(text)
  if (!match) throw new MalformedFields(what)
  const [, yearText = '', month, day, hour, minute, second = '00', zone = 'Z'] = match
  if ((yearText.length === 2) !== (field.tag === universal.utcTime)) throw new MalformedFields(what)
  const year = yearText.length === 4 ? yearText : Number(yearText) < 50 ? `20${yearText}` : `19${yearText}`
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3)}`
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`)
  if (Number.isNaN(time.getTime())) throw new MalformedFields(what)
  return time
}
