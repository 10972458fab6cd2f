import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexBytes, hexText } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import {
  children,
  contentOf,
  derExplicit,
  derImplicit,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derSetOf,
  derUtcOrGeneralizedTime,
  encodingOf,
  oidText,
  readElement,
  timeOf,
} from './der.ts'
import { oidName, oids } from './oids.ts'

describe('writing DER', () => {
  it('spells lengths, integers and times as X.690 says', () => {
    expect(hexText(derInteger(0))).toBe('020100')
    expect(hexText(derInteger(128))).toBe('02020080')
    expect(hexText(derInteger(hexBytes('0000ff')))).toBe('020200ff')
    expect(hexText(derOctetString(new Uint8Array(200))).slice(0, 6)).toBe('0481c8')
    expect(hexText(derOctetString(new Uint8Array(300))).slice(0, 8)).toBe('0482012c')
    expect(hexText(derOid('1.2.840.113549.1.7.2'))).toBe('06092a864886f70d010702')
    expect(hexText(derOid('2.999.3'))).toBe('0603883703')
    expect(hexText(derExplicit(0, derInteger(1)))).toBe('a003020101')
    expect(hexText(derImplicit(0, derSequence(derInteger(1))))).toBe('a003020101')
    const utc = derUtcOrGeneralizedTime(new Date('2049-12-31T23:59:59.999Z'))
    const generalized = derUtcOrGeneralizedTime(new Date('2050-01-01T00:00:00Z'))
    expect(Buffer.from(utc.subarray(2)).toString()).toBe('491231235959Z')
    expect(Buffer.from(generalized.subarray(2)).toString()).toBe('20500101000000Z')
    expect(timeOf(0x17, utc.subarray(2))?.toISOString()).toBe('2049-12-31T23:59:59.000Z')
  })

  it('sorts a SET OF by its encodings', () => {
    expect(hexText(derSetOf(derInteger(3), derInteger(1), derOctetString(new Uint8Array())))).toBe(
      '31080201010201030400',
    )
  })

  it('gives every OID of the table back as text', () => {
    for (const [name, dotted] of Object.entries(oids)) {
      expect(oidText(derOid(dotted).subarray(2))).toBe(dotted)
      expect(oidName(dotted)).toBe(name)
    }
  })

  it('keeps arcs of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 1n << 80n), { maxLength: 6 }), (arcs) => {
        const dotted = ['2', ...arcs.map(String)].join('.')
        if (arcs.length > 0) expect(oidText(derOid(dotted).subarray(2))).toBe(dotted)
      }),
    )
  })
})

describe('reading elements', () => {
  it('reads what was written', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (parts) => {
        const der = derSequence(...parts.map((part) => derOctetString(part)))
        const sequence = expectSuccess(readElement(der, 0))
        expect(hexText(encodingOf(sequence))).toBe(hexText(der))
        expect(expectSuccess(children(sequence)).map((child) => hexText(contentOf(child)))).toEqual(parts.map(hexText))
      }),
    )
  })

  it('finds the end of nested indefinite lengths', () => {
    const element = expectSuccess(readElement(hexBytes('3080248004016104016200000201010000ff'), 0))
    expect(element.end).toBe(17)
    expect(expectSuccess(children(element)).map((child) => child.tag)).toEqual([0x24, 0x02])
  })

  it.each([
    ['nothing', '', 'truncated'],
    ['a length beyond the end', '300502', 'truncated'],
    ['an indefinite length without its end', '30800201010', 'truncated'],
    ['an indefinite primitive', '048000', 'malformed-length'],
    ['an absurd length', '30887fffffffffffffff', 'malformed-length'],
    ['a tag number that never ends', '1fffffffffffff', 'malformed-tag'],
    ['nesting without end', '3080'.repeat(5000), 'too-deep'],
  ])('refuses %s', (_what, hex, code) => {
    const result = readElement(hexBytes(hex), 0)
    expect(!result.ok && result.error.code).toBe(code)
  })

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const element = readElement(bytes, 0)
        if (element.ok) children(element.value)
        oidText(bytes)
        timeOf(0x17, bytes)
      }),
      { numRuns: 3000 },
    )
  })
})
