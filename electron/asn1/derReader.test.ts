import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalBytes } from '../base/bytes.ts'
import {
  derBitString,
  derElement,
  derExplicit,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derUtcOrGeneralizedTime,
  universal,
} from './der.ts'
import { DerReader, MalformedDer, octetsOf, oidOf, smallIntegerOf, soleElement, timeOfElement } from './derReader.ts'

describe('fields that were written', () => {
  it('are read back: integers', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 1 }), (value) => {
        expect(smallIntegerOf(soleElement(derInteger(value), 'version'), 'version')).toBe(value)
      }),
    )
  })

  it('are read back: times, to the second', () => {
    const years = { min: new Date('1950-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }
    fc.assert(
      fc.property(fc.date(years), (date) => {
        const read = timeOfElement(soleElement(derUtcOrGeneralizedTime(date), 'time'), 'time')
        expect(read.getTime()).toBe(Math.floor(date.getTime() / 1_000) * 1_000)
      }),
    )
  })

  it('are read back in their order: a structure of all kinds', () => {
    const arcs = fc.array(fc.nat({ max: 100_000 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.nat(), arcs, fc.uint8Array(), fc.uint8Array(), (version, rest, octets, bits) => {
        const oid = ['1', '2', ...rest.map(String)].join('.')
        const fields = new DerReader(
          derSequence(derInteger(version), derOid(oid), derOctetString(octets), derExplicit(0, derBitString(bits))),
        ).sequence('structure')
        expect(fields.integer('version')).toBe(version)
        expect(fields.oid('oid')).toBe(oid)
        expect(equalBytes(fields.octetString('octets'), octets)).toBe(true)
        const inside = DerReader.inside(fields.expect(0xa0, 'bits'))
        expect(equalBytes(inside.bitString('bits'), bits)).toBe(true)
        fields.end('structure')
        inside.end('bits')
      }),
    )
  })

  it('are read back from segments, up to the depth that is followed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        (parts, depth) => {
          let encoding = parts.map(derOctetString)
          for (let level = 0; level < depth; level++) encoding = [derElement(universal.octetString | 0x20, ...encoding)]
          const read = () => octetsOf(soleElement(encoding[0] ?? new Uint8Array(), 'octets'), 'octets')
          // The fourth level is refused, if anything is in it.
          if (depth === 4) expect(read).toThrow(MalformedDer)
          else expect(equalBytes(read(), Buffer.concat(parts))).toBe(true)
        },
      ),
    )
  })
})

describe('fields that are something else', () => {
  it('are malformed, and name what was wanted', () => {
    const readers: ((reader: DerReader) => unknown)[] = [
      (reader) => reader.integer('wanted'),
      (reader) => reader.oid('wanted'),
      (reader) => reader.octetString('wanted'),
      (reader) => reader.bitString('wanted'),
      (reader) => reader.sequence('wanted'),
      (reader) => timeOfElement(reader.any('wanted'), 'wanted'),
      (reader) => oidOf(reader.any('wanted'), 'wanted'),
      (reader) => [...reader.rest('wanted')],
    ]
    fc.assert(
      fc.property(fc.constantFrom(...readers), fc.uint8Array({ maxLength: 40 }), (read, bytes) => {
        try {
          read(new DerReader(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedDer)
          expect((error as MalformedDer).what).toBe('wanted')
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('end where the structure around them ends, whatever their length says', () => {
    // Three bytes announced, one inside.
    const fields = new DerReader(Uint8Array.of(0x30, 3, 0x04, 3, 1, 2, 3, 4)).sequence('structure')
    expect(() => fields.octetString('octets')).toThrow(MalformedDer)
  })

  it('may not be followed by others', () => {
    expect(() => soleElement(Uint8Array.of(5, 0, 0), 'null')).toThrow(MalformedDer)
    expect(() => smallIntegerOf(soleElement(Uint8Array.of(2, 1, 0x80), 'negative'), 'negative')).toThrow(MalformedDer)
    expect(() => smallIntegerOf(soleElement(Uint8Array.of(2, 0), 'empty'), 'empty')).toThrow(MalformedDer)
  })
})
