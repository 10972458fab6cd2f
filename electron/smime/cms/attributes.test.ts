import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  context,
  derElement,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  sortedSetOf,
  universal,
} from '../../asn1/der.ts'
import { encodingOf, MalformedDer, soleElement } from '../../asn1/derReader.ts'
import { hexText } from '../../base/bytes.ts'
import {
  type Attributes,
  attributesOfType,
  derAttribute,
  encodingOfSole,
  looksLikeAttributes,
  readAttributes,
  soleValueOf,
} from './attributes.ts'

const types = ['1.2.840.113549.1.9.3', '1.2.840.113549.1.9.4', '1.2.3.4']
const value = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map(derOctetString),
  fc.nat().map(derInteger),
  fc.constantFrom(...types).map((oid) => derSequence(derOid(oid))),
)
const attributes = fc.array(fc.tuple(fc.constantFrom(...types), value), { maxLength: 8 })

function read(members: readonly Uint8Array[]): Attributes {
  return readAttributes(soleElement(derElement(context(0), ...members), 'signedAttrs'))
}

describe('attributes', () => {
  it('are read as they were written, with the one encoding that is signed', () => {
    fc.assert(
      fc.property(attributes, (written) => {
        const members = sortedSetOf(written.map(([oid, der]) => derAttribute(oid, der)))
        const { all, encodings } = read(members)
        const found = all.map(({ oid, values }) => [oid, ...values.map((each) => hexText(encodingOf(each)))].join())
        expect(found.sort()).toEqual(written.map(([oid, der]) => [oid, hexText(der)].join()).sort())
        expect(encodings.map(hexText)).toEqual([hexText(derElement(universal.set, ...members))])
      }),
    )
  })

  it('have the bytes as they came beside their DER when they are in another order (RFC 5652 §5.4)', () => {
    fc.assert(
      fc.property(attributes, (written) => {
        const members = written.map(([oid, der]) => derAttribute(oid, der))
        const sorted = sortedSetOf(members)
        const received = hexText(derElement(universal.set, ...members))
        const canonical = hexText(derElement(universal.set, ...sorted))
        expect(read(members).encodings.map(hexText)).toEqual(
          received === canonical ? [canonical] : [received, canonical],
        )
      }),
    )
  })

  it('are single or not there', () => {
    fc.assert(
      fc.property(attributes, fc.constantFrom(...types), (written, oid) => {
        const found = read(written.map(([type, der]) => derAttribute(type, der)))
        const same = written.filter(([type]) => type === oid)
        const [sole] = same.length === 1 ? same : []
        expect(attributesOfType(found, oid)).toHaveLength(same.length)
        expect(soleValueOf(found, oid) !== undefined).toBe(same.length === 1)
        expect(hexText(encodingOfSole(found, oid) ?? new Uint8Array())).toBe(sole ? hexText(sole[1]) : '')
      }),
    )
  })

  it('are recognised in content that could be taken for them', () => {
    fc.assert(
      fc.property(attributes, (written) => {
        const members = sortedSetOf(written.map(([oid, der]) => derAttribute(oid, der)))
        expect(looksLikeAttributes(derElement(universal.set, ...members))).toBe(members.length > 0)
        // What is signed as content begins with letters of a header field.
        expect(looksLikeAttributes(derElement(universal.sequence, ...members))).toBe(false)
      }),
    )
  })

  it('are malformed or read, whatever the bytes, and never anything else', () => {
    fc.assert(
      fc.property(attributes, fc.nat(), fc.nat(255), fc.boolean(), (written, offset, byte, cut) => {
        const bytes = derElement(context(0), ...written.map(([oid, der]) => derAttribute(oid, der)))
        const changed = Uint8Array.from(cut ? bytes.subarray(0, offset % bytes.length) : bytes)
        if (changed.length > 0) changed[offset % changed.length] = byte
        try {
          readAttributes(soleElement(changed, 'signedAttrs'))
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedDer)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('end at a number and a depth that no signer reaches', () => {
    const [one = new Uint8Array()] = [derAttribute('1.2.3.4', derInteger(1))]
    expect(read(Array.from({ length: 128 }, () => one)).all).toHaveLength(128)
    expect(() => read(Array.from({ length: 129 }, () => one))).toThrow(MalformedDer)
    const nested = (depth: number): Uint8Array => {
      let der = derInteger(1)
      for (let level = 0; level < depth; level++) der = derSequence(der)
      return derAttribute('1.2.3.4', der)
    }
    expect(read([nested(20)]).all).toHaveLength(1)
    expect(() => read([nested(24)])).toThrow(MalformedDer)
  })
})
