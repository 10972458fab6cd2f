/**
 * The entries of a revocation list (RFC 5280 §5.3), read in one pass and kept as offsets: the largest lists have a million of
 * them, and an object for each would cost more than the list. Everything is checked in that pass, so that decoding one entry
 * later can't go wrong.
 */

import { oidText, timeOf, universal } from '../../asn1/der.ts'
import { MalformedDer } from '../../asn1/derReader.ts'
import { latin1Text } from '../../base/bytes.ts'
import type { Steps } from '../../base/turns.ts'
import type { Certificate } from '../certificate.ts'
import { generalNamesOf } from '../generalName.ts'
import { nameKey } from '../name.ts'
import { DerCursor } from './derCursor.ts'
import { type RevocationReason, revocationReasons } from './status.ts'

export interface CrlEntry {
  readonly revokedAt: Date
  readonly reason: RevocationReason
  readonly invalidityDate?: Date
}

/** Where in a list its entries lie. */
export interface EntriesField {
  readonly start: number
  readonly end: number
  /** Comparable form of the name of the list's own issuer. */
  readonly issuerKey: string
  /** The list is of version 2. */
  readonly withExtensions: boolean
}

/** A critical extension of an entry that isn't understood: the list must not be used (RFC 5280 §5.3). */
export class UnknownEntryExtension extends Error {
  readonly oid: string

  constructor(oid: string) {
    super(oid)
    this.oid = oid
  }
}

export class TooManyEntries extends Error {}

/** The largest lists in public use have some 400,000 entries. */
const entryLimit = 1_000_000
/** An indirect list speaks for the CAs of one operator. Each name costs some microseconds to read. */
const issuerLimit = 1_000
const issuerByteLimit = 4_096
/**
 * Steps over occupied places per entry, on average. Two thirds of the places stay free, so that honest numbers need a
 * quarter of one; numbers that were chosen to collide would make a list of 100,000 take minutes.
 */
const mostStepsPerEntry = 4
/** Steps that a number counts which stands there again: two entries are decoded, which takes some microseconds. */
const stepsOfRepetition = 40
/** Entries between two turns for others. One costs a fraction of a microsecond to count and about one to read. */
const countedAtOnce = 65_536
const readAtOnce = 8_192

const what = 'revokedCertificates'

/** Extensions of an entry that are known, by the last octet of id-ce (2.5.29). */
const entryExtension = { reasonCode: 0x15, holdInstructionCode: 0x17, invalidityDate: 0x18, certificateIssuer: 0x1d }

export class CrlEntries {
  readonly #bytes: Uint8Array
  readonly #cursor: DerCursor
  readonly #inside: DerCursor
  /** Comparable forms of the names of a certificateIssuer, by the number that stands for them; 0 is the list's own issuer. */
  readonly #issuers: (readonly string[])[]
  readonly #issuerByDer = new Map<string, number>()
  /** Offset of an entry and one more, or 0 for a free place. */
  #places = new Uint32Array(0)
  /** The issuer of the entry at the same place; only where a list names any. */
  #placeIssuers: Uint16Array | undefined
  #steps = 0
  #issuer = 0
  #count = 0

  private constructor(bytes: Uint8Array, issuerKey: string) {
    this.#bytes = bytes
    this.#cursor = new DerCursor(bytes, what)
    this.#inside = new DerCursor(bytes, what)
    this.#issuers = [[issuerKey]]
  }

  /**
   * Reads the content of revokedCertificates, which lies in `bytes` from `start` to `end`. Throws MalformedDer,
   * UnknownEntryExtension and TooManyEntries.
   */
  static *reading(bytes: Uint8Array, { start, end, issuerKey, withExtensions }: EntriesField): Steps<CrlEntries> {
    const entries = new CrlEntries(bytes, issuerKey)
    yield* entries.#read(start, end, withExtensions)
    return entries
  }

  *#read(start: number, end: number, withExtensions: boolean): Steps<void> {
    const count = yield* this.#countFrom(start, end)
    this.#places = new Uint32Array(2 ** Math.ceil(Math.log2(count * 3 + 1)))
    let read = 0
    for (let offset = start; offset < end; ) {
      const next = this.#readEntry(offset, end, withExtensions)
      this.#insert(offset)
      if (this.#steps > count * mostStepsPerEntry + 1_000) throw new TooManyEntries()
      offset = next
      if (++read % readAtOnce === 0) yield
    }
  }

  /** How many certificates are listed. */
  get count(): number {
    return this.#count
  }

  /** Whether entries name issuers of their own (§5.3.3). */
  get namesIssuers(): boolean {
    return this.#issuers.length > 1
  }

  /** The entry of a certificate: of its issuer's name and its number. */
  find({ issuer, written }: Certificate): CrlEntry | undefined {
    // As it is written, since the other spelling leaves the sign's zero byte out: -1 and 255 would be one number.
    const serial = written.serialNumber
    const start = redundantZeros(serial, 0, serial.length)
    const key = nameKey(issuer)
    for (const [number, keys] of this.#issuers.entries()) {
      if (!keys.includes(key)) continue
      const place = this.#placeOf(serial, start, serial.length, number)
      const offset = this.#places[place] ?? 0
      if (offset > 0) return this.#entryAt(offset - 1)
    }
    return undefined
  }

  *#countFrom(start: number, end: number): Steps<number> {
    let count = 0
    for (let offset = start; offset < end; offset = this.#cursor.end) {
      this.#cursor.expect(universal.sequence, offset, end)
      if (++count > entryLimit) throw new TooManyEntries()
      if (count % countedAtOnce === 0) yield
    }
    return count
  }

  /** Checks one entry and answers with the offset of the next; `#issuer` is then the number of its issuer. */
  #readEntry(start: number, limit: number, withExtensions: boolean): number {
    const cursor = this.#cursor
    cursor.expect(universal.sequence, start, limit)
    const { end } = cursor
    cursor.expect(universal.integer, cursor.contentStart, end)
    if (cursor.end === cursor.contentStart) throw new MalformedDer(what)
    cursor.time(cursor.end, end)
    if (cursor.end < end) {
      if (!withExtensions) throw new MalformedDer(what)
      cursor.expect(universal.sequence, cursor.end, end)
      if (cursor.end !== end) throw new MalformedDer(what)
      this.#readExtensions(cursor.contentStart, end)
    }
    return end
  }

  #readExtensions(start: number, limit: number): void {
    const cursor = this.#inside
    let seen = 0
    for (let offset = start; offset < limit; ) {
      const critical = cursor.extension(offset, limit)
      const kind = this.#extensionKind()
      const bit = 1 << kind
      // RFC 5280 §4.2: of two instances readers differ in which one they obey.
      if (kind !== 0 && (seen & bit) !== 0) throw new MalformedDer(what)
      seen |= bit
      if (kind === entryExtension.reasonCode) cursor.enumerated(revocationReasons.length)
      else if (kind === entryExtension.invalidityDate) cursor.generalizedTime()
      else if (kind === entryExtension.certificateIssuer) this.#issuer = this.#issuerIn(cursor)
      else if (critical && kind === 0) throw new UnknownEntryExtension(this.#oidText())
      offset = cursor.extensionEnd
    }
  }

  /** The last octet of a known extension's OID, all of which are below 32, or 0. */
  #extensionKind(): number {
    const { oidStart, oidEnd } = this.#inside
    if (oidEnd - oidStart !== 3 || this.#bytes[oidStart] !== 0x55 || this.#bytes[oidStart + 1] !== 0x1d) return 0
    const last = this.#bytes[oidStart + 2] ?? 0
    return last === entryExtension.reasonCode ||
      last === entryExtension.holdInstructionCode ||
      last === entryExtension.invalidityDate ||
      last === entryExtension.certificateIssuer
      ? last
      : 0
  }

  #oidText(): string {
    const text = oidText(this.#bytes.subarray(this.#inside.oidStart, this.#inside.oidEnd))
    if (text === undefined) throw new MalformedDer(what)
    return text
  }

  /** §5.3.3: the issuer of this entry and of those that follow, until another one is named. */
  #issuerIn({ contentStart, contentEnd }: DerCursor): number {
    const der = this.#bytes.subarray(contentStart, contentEnd)
    const key = latin1Text(der)
    const known = this.#issuerByDer.get(key)
    if (known !== undefined) return known
    if (this.#issuers.length > issuerLimit || der.length > issuerByteLimit) throw new TooManyEntries()
    const outer = new DerCursor(der, what)
    outer.expect(universal.sequence, 0, der.length)
    if (outer.end !== der.length) throw new MalformedDer(what)
    const names = generalNamesOf(der.subarray(outer.contentStart), what)
    const keys = names.flatMap((name) => (name.kind === 'directoryName' ? [nameKey(name.name)] : []))
    if (keys.length === 0) throw new MalformedDer(what)
    const number = this.#issuers.push(keys) - 1
    this.#issuerByDer.set(key, number)
    this.#placeIssuers ??= new Uint16Array(this.#places.length)
    return number
  }

  #insert(offset: number): void {
    const cursor = this.#serialAt(offset)
    const place = this.#placeOf(this.#bytes, cursor.contentStart, cursor.end, this.#issuer)
    const other = this.#places[place] ?? 0
    if (other === 0) this.#count++
    else {
      this.#steps += stepsOfRepetition
      if (!this.#outweighs(offset, other - 1)) return
    }
    this.#places[place] = offset + 1
    if (this.#placeIssuers) this.#placeIssuers[place] = this.#issuer
  }

  /** A list should name a certificate once. Where it doesn't, the revocation counts, and of two the earlier one. */
  #outweighs(offset: number, other: number): boolean {
    const [one, two] = [this.#entryAt(offset), this.#entryAt(other)]
    if (one.reason === 'removeFromCRL') return false
    return two.reason === 'removeFromCRL' || one.revokedAt < two.revokedAt
  }

  #serialAt(offset: number): DerCursor {
    const cursor = this.#cursor
    cursor.expect(universal.sequence, offset, this.#bytes.length)
    cursor.expect(universal.integer, cursor.contentStart, cursor.end)
    cursor.contentStart = redundantZeros(this.#bytes, cursor.contentStart, cursor.end)
    return cursor
  }

  /** The place of a number (bytes from `start` to `end`) with that issuer, or the free place where it would stand. */
  #placeOf(serial: Uint8Array, start: number, end: number, issuer: number): number {
    const mask = this.#places.length - 1
    for (let place = hashOf(serial, start, end, issuer) & mask; ; place = (place + 1) & mask) {
      const offset = this.#places[place] ?? 0
      if (offset === 0 || this.#isAt(offset - 1, place, serial, start, end, issuer)) return place
      this.#steps++
    }
  }

  #isAt(offset: number, place: number, serial: Uint8Array, start: number, end: number, issuer: number): boolean {
    if ((this.#placeIssuers?.[place] ?? 0) !== issuer) return false
    const cursor = this.#inside
    cursor.expect(universal.sequence, offset, this.#bytes.length)
    cursor.expect(universal.integer, cursor.contentStart, cursor.end)
    cursor.contentStart = redundantZeros(this.#bytes, cursor.contentStart, cursor.end)
    const length = end - start
    if (cursor.end - cursor.contentStart !== length) return false
    for (let index = 0; index < length; index++) {
      if (this.#bytes[cursor.contentStart + index] !== serial[start + index]) return false
    }
    return true
  }

  #entryAt(start: number): CrlEntry {
    const cursor = this.#inside
    cursor.expect(universal.sequence, start, this.#bytes.length)
    const { end } = cursor
    cursor.expect(universal.integer, cursor.contentStart, end)
    cursor.time(cursor.end, end)
    const revokedAt = this.#timeIn(cursor)
    let reason: RevocationReason = 'unspecified'
    let invalidityDate: Date | undefined
    if (cursor.end < end) {
      cursor.expect(universal.sequence, cursor.end, end)
      for (let offset = cursor.contentStart; offset < end; offset = cursor.extensionEnd) {
        cursor.extension(offset, end)
        const kind = this.#extensionKind()
        if (kind === entryExtension.reasonCode) {
          reason = revocationReasons[cursor.enumerated(revocationReasons.length)] ?? 'unspecified'
        } else if (kind === entryExtension.invalidityDate) {
          cursor.generalizedTime()
          invalidityDate = this.#timeIn(cursor)
        }
      }
    }
    return { revokedAt, reason, ...(invalidityDate ? { invalidityDate } : {}) }
  }

  #timeIn({ tag, contentStart, end }: DerCursor): Date {
    const time = timeOf(tag, this.#bytes.subarray(contentStart, end))
    if (!time) throw new MalformedDer(what)
    return time
  }
}

/** Where a number begins behind zero bytes that don't even carry its sign: two spellings of one number. */
function redundantZeros(bytes: Uint8Array, start: number, end: number): number {
  let first = start
  while (end - first > 1 && bytes[first] === 0 && (bytes[first + 1] ?? 0) < 0x80) first++
  return first
}

/** FNV-1a with the last steps of MurmurHash3, so that numbers that follow one another spread. */
function hashOf(bytes: Uint8Array, start: number, end: number, issuer: number): number {
  let hash = 0x811c9dc5 ^ issuer
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
