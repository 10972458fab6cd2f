/**
 * A cursor over DER that makes no value for an element, for lists of a million of them: asn1/derReader makes two. It knows
 * definite lengths only, and leaves by throwing MalformedDer, as derReader does.
 */

import { universal } from '../../asn1/der.ts'
import { MalformedDer } from '../../asn1/derReader.ts'

export class DerCursor {
  readonly #bytes: Uint8Array
  readonly #what: string
  /** Of the element that was read last. */
  tag = 0
  contentStart = 0
  /** Of its content, and of the whole element. */
  end = 0
  /** Of the Extension that was read last: the content of its OID, of its value, and the offset behind it. */
  oidStart = 0
  oidEnd = 0
  contentEnd = 0
  extensionEnd = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  /** Reads the element at `offset`, which has this identifier octet and ends at `limit` at the latest. */
  expect(tag: number, offset: number, limit: number): void {
    const bytes = this.#bytes
    if (bytes[offset] !== tag || offset + 2 > limit) throw new MalformedDer(this.#what)
    let length = bytes[offset + 1] ?? 0
    let start = offset + 2
    if (length >= 0x80) {
      const octets = length & 0x7f
      if (octets === 0 || octets > 4 || start + octets > limit) throw new MalformedDer(this.#what)
      length = 0
      for (const last = start + octets; start < last; start++) length = length * 256 + (bytes[start] ?? 0)
    }
    if (start + length > limit) throw new MalformedDer(this.#what)
    this.tag = tag
    this.contentStart = start
    this.end = start + length
  }

  /** A Time as RFC 5280 §5.1.2.4 writes it: to the second, in Zulu. */
  time(offset: number, limit: number): void {
    const general = this.#bytes[offset] === universal.generalizedTime
    this.expect(general ? universal.generalizedTime : universal.utcTime, offset, limit)
    this.#checkTime(general ? 4 : 2)
  }

  /** Reads an Extension; whether it is critical. Its value then lies from `contentStart` to `contentEnd`. */
  extension(offset: number, limit: number): boolean {
    this.expect(universal.sequence, offset, limit)
    const end = this.end
    this.extensionEnd = end
    this.expect(universal.oid, this.contentStart, end)
    this.oidStart = this.contentStart
    this.oidEnd = this.end
    let critical = false
    if (this.#bytes[this.end] === universal.boolean && this.end < end) {
      this.expect(universal.boolean, this.end, end)
      if (this.end - this.contentStart !== 1) throw new MalformedDer(this.#what)
      critical = this.#bytes[this.contentStart] !== 0
    }
    this.expect(universal.octetString, this.end, end)
    if (this.end !== end) throw new MalformedDer(this.#what)
    this.contentEnd = end
    return critical
  }

  /** The ENUMERATED that an extension's value is, below `most`. */
  enumerated(most: number): number {
    const limit = this.contentEnd
    this.expect(universal.enumerated, this.contentStart, limit)
    const value = this.#bytes[this.contentStart] ?? 0
    if (this.end !== limit || limit - this.contentStart !== 1 || value >= most) throw new MalformedDer(this.#what)
    return value
  }

  /** The GeneralizedTime that an extension's value is. */
  generalizedTime(): void {
    const limit = this.contentEnd
    this.expect(universal.generalizedTime, this.contentStart, limit)
    if (this.end !== limit) throw new MalformedDer(this.#what)
    this.#checkTime(4)
  }

  /** Digits and "Z", a month from 1 to 12 and so on; what remains (30 February) rolls over into the next month. */
  #checkTime(yearDigits: number): void {
    const start = this.contentStart
    if (this.end - start !== yearDigits + 11 || this.#bytes[this.end - 1] !== 0x5a) throw new MalformedDer(this.#what)
    for (let index = start; index < start + yearDigits; index += 2) this.#pair(index, 0, 99)
    const month = start + yearDigits
    this.#pair(month, 1, 12)
    this.#pair(month + 2, 1, 31)
    this.#pair(month + 4, 0, 23)
    this.#pair(month + 6, 0, 59)
    this.#pair(month + 8, 0, 59)
  }

  #pair(offset: number, least: number, most: number): void {
    const tens = (this.#bytes[offset] ?? 0) - 0x30
    const ones = (this.#bytes[offset + 1] ?? 0) - 0x30
    const value = tens * 10 + ones
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9 || value < least || value > most) {
      throw new MalformedDer(this.#what)
    }
  }
}
