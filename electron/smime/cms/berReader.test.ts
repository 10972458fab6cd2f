import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  derElement,
  derExplicit,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  universal,
} from '../../asn1/der.ts'
import { MalformedDer } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { concatBytes, hexBytes, hexText } from '../../base/bytes.ts'
import { BerReader } from './berReader.ts'
import { octetSegments } from './berWriter.ts'
import { collect } from './chunks.ts'
import { CmsFailure } from './failure.ts'
import { readCms } from './read.ts'
import { pieces, whole } from './testPerson.ts'

async function octetsOf(source: Uint8Array | Uint8Array[]): Promise<Uint8Array> {
  return collect(new BerReader(source).octets(universal.octetString, 'content'), 1_000_000)
}

describe('reading BER from a stream', () => {
  it('joins the segments of an OCTET STRING, however the stream is cut', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 200 })),
      fc.integer({ min: 1, max: 40 }),
      fc.boolean(),
      async (segments, size, indefinite) => {
        const inside = concatBytes(...segments.map((segment) => derOctetString(segment)))
        const bytes = indefinite
          ? concatBytes(Uint8Array.of(0x24, 0x80), inside, new Uint8Array(2))
          : derElement(0x24, inside)
        expect(hexText(await octetsOf(pieces(bytes, size)))).toBe(hexText(concatBytes(...segments)))
      },
    )
    await fc.assert(property, { numRuns: 60 })
  })

  it('reads back what the writer segments', async () => {
    const property = fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50_000, size: 'max' })), async (chunks) => {
      const bytes = concatBytes(Uint8Array.of(0x24, 0x80), await whole(octetSegments(chunks)), new Uint8Array(2))
      expect(Buffer.compare(await octetsOf(bytes), concatBytes(...chunks))).toBe(0)
    })
    await fc.assert(property, { numRuns: 20 })
  })

  it('hands out whole structures, with their indefinite lengths', async () => {
    const inner = concatBytes(hexBytes('3080'), derInteger(7), hexBytes('3080'), hexBytes('0000'), hexBytes('0000'))
    const reader = new BerReader(pieces(derSequence(inner, derInteger(1)), 1))
    await reader.enter(universal.sequence, 'outer')
    expect(hexText(await reader.element('inner'))).toBe(hexText(inner))
    expect(hexText(await reader.element('integer'))).toBe('020101')
    expect(await reader.peekTag()).toBeUndefined()
    await reader.leave('outer')
  })

  it.each([
    ['a child that is longer than its parent', '30040403010203'],
    ['an OCTET STRING that ends too early', '0405010203'],
    ['a segment of another type', '2403020101'],
    ['an indefinite form without its end', '2480040101'],
    ['a length beyond every machine', '0488ffffffffffffffff'],
  ])('refuses %s', async (_what, hex) => {
    const reader = new BerReader(hexBytes(hex))
    const read = async (): Promise<void> => {
      if ((await reader.peekTag()) === universal.sequence) await reader.enter(universal.sequence, 'outer')
      await collect(reader.octets(universal.octetString, 'content'), 100)
    }
    await expect(read()).rejects.toThrow(MalformedDer)
  })

  it('stays inside its budgets', async () => {
    const deep = hexBytes(`${'2480'.repeat(20)}`)
    await expect(octetsOf(deep)).rejects.toThrow(CmsFailure)
    // An announced length of terabytes is refused before a byte of it is awaited.
    const announced = new BerReader(hexBytes('3085ffffffffff'))
    await expect(announced.element('element')).rejects.toThrow(CmsFailure)
    await expect(new BerReader(hexBytes('3080'.repeat(1000))).element('element')).rejects.toThrow(MalformedDer)
    const crumbs = concatBytes(hexBytes('2480'), Buffer.alloc(2_000_000, Buffer.from([4, 0])), new Uint8Array(2))
    await expect(octetsOf(crumbs)).rejects.toThrow('over-budget')
    await expect(collect([new Uint8Array(11)], 10)).rejects.toThrow(CmsFailure)
  })
})

describe('structures in hundreds of thousands of pieces', () => {
  const empty = (count: number, tag: number) => Buffer.alloc(2 * count).fill(Uint8Array.of(tag, 0))
  const oid = (dotted: string) => derSequence(derOid(dotted))

  function signedData(...after: Uint8Array[]): Uint8Array {
    const content = derSequence(derOid(oids.data), derExplicit(0, derOctetString(Uint8Array.of(1))))
    return derSequence(derOid(oids.signedData), derExplicit(0, derSequence(derInteger(1), derSet(), content, ...after)))
  }

  function signerInfo(identifier: Uint8Array, ...attributes: Uint8Array[]): Uint8Array {
    const signature = [oid(oids.rsaEncryption), derOctetString(Uint8Array.of(1))]
    return derSequence(derInteger(3), identifier, oid(oids.sha256), ...attributes, ...signature)
  }

  const indefinite = concatBytes(Uint8Array.of(0x30, 0x80), empty(200_000, universal.null), new Uint8Array(2))
  const values = derSequence(derOid('1.2.3'), derElement(universal.set, empty(99_000, universal.null)))

  it('of content are joined', async () => {
    expect(await octetsOf(derElement(0x24, empty(200_000, universal.octetString)))).toHaveLength(0)
  })

  it.each([
    ['of a certificate', signedData(derElement(0xa0, indefinite), derSet())],
    ['of an identifier', signedData(derSet(signerInfo(derElement(0xa0, empty(200_000, universal.octetString)))))],
    ['of an attribute', signedData(derSet(signerInfo(derElement(0x80, Uint8Array.of(1)), derElement(0xa0, values))))],
  ])('%s are read or refused, never a crash', async (_, bytes) => {
    expect((await readCms(bytes, { keys: [] })).ok).toBeTypeOf('boolean')
  })
})
