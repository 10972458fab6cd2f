import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  derBitString,
  derBoolean,
  derElement,
  derExplicit,
  derInteger,
  derNull,
  derOid,
  derSequence,
  derUtcOrGeneralizedTime,
  universal,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { writePem } from '../../asn1/pem.ts'
import { concatBytes, utf8Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { signatureAlgorithmDer } from '../issue.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../testPki.ts'
import { type CrlError, parseCrl, readCrls } from './crl.ts'
import { crlDer, directoryName, flag, placeOf, reasonFlags, type TestList, testCrl, uriName } from './testCrl.ts'
import { testExtension } from './testOcspResponder.ts'

let root: TestEntity
let anna: TestEntity

beforeAll(async () => {
  root = await testAuthority('Root')
  anna = await testPerson('anna@sandbox.example', { issuer: root })
})

function errorOf(der: Uint8Array): CrlError | undefined {
  const parsed = parseCrl(der)
  return parsed.ok ? undefined : parsed.error
}

async function refused(list: Omit<TestList, 'signer'>): Promise<CrlError | undefined> {
  return errorOf(await crlDer({ signer: root, ...list }))
}

/** The certificate with another number, as content octets. */
function numbered(...octets: readonly number[]) {
  const { certificate } = anna
  return { ...certificate, written: { ...certificate.written, serialNumber: Uint8Array.from(octets) } }
}

const malformed = (reason: string) => ({ code: 'malformed-crl', reason })
const unknownExtension = (critical: boolean) => testExtension('1.2.3.4', derNull(), critical)

describe('a revocation list (RFC 5280 §5)', () => {
  it('says who was revoked, since when and why', async () => {
    const revokedAt = new Date('2026-05-02T03:04:05Z')
    const invalidityDate = new Date('2026-04-01T00:00:00Z')
    const entries = [{ of: anna.certificate, revokedAt, reason: 'keyCompromise' as const, invalidityDate }]
    const list = await testCrl({ signer: root, entries, number: 7 })
    expect(list.entries.find(anna.certificate)).toEqual({ revokedAt, reason: 'keyCompromise', invalidityDate })
    expect(list.entries.find(root.certificate)).toBeUndefined()
    expect(list).toMatchObject({ number: 7n, entries: { count: 1 } })
    expect(list.issuer.text).toBe('CN=Root')
  })

  it('may be empty, of version 1, and without an end', async () => {
    const list = await testCrl({ signer: root, version: 1, nextUpdate: 'none' })
    expect(list.entries.count).toBe(0)
    expect(list.nextUpdate).toBeUndefined()
    expect(list.entries.find(anna.certificate)).toBeUndefined()
  })

  it('of version 1 has no extensions, neither of its own nor of an entry (§5.1.2.1)', async () => {
    expect(await refused({ version: 1, number: 1 })).toEqual(malformed('version-2'))
    const entries = [{ of: anna.certificate, reason: 'superseded' as const }]
    expect(await refused({ version: 1, entries })).toEqual(malformed('revokedCertificates'))
  })

  it('with a critical extension that nobody knows is refused (§5.2)', async () => {
    expect(await refused({ extensions: [unknownExtension(true)] })).toEqual({
      code: 'unknown-critical-extension',
      oid: '1.2.3.4',
    })
    expect(await refused({ extensions: [unknownExtension(false)] })).toBeUndefined()
  })

  it('with an entry whose critical extension nobody knows is refused as a whole (§5.3)', async () => {
    const entry = (critical: boolean) => [{ of: anna.certificate, extensions: [unknownExtension(critical)] }]
    expect(await refused({ entries: entry(true) })).toEqual({ code: 'unknown-critical-extension', oid: '1.2.3.4' })
    expect(await refused({ entries: entry(false) })).toBeUndefined()
    // holdInstructionCode is obsolete and changes nothing, critical or not.
    const hold = testExtension('2.5.29.23', derOid('1.2.840.10040.2.1'), true)
    expect(await refused({ entries: [{ of: anna.certificate, extensions: [hold] }] })).toBeUndefined()
  })

  it('with an extension that stands there twice is refused: readers differ in which they obey', async () => {
    const number = testExtension(oids.cRLNumber, derInteger(1))
    expect(await refused({ extensions: [number, number] })).toEqual(malformed('crlExtensions'))
    const reason = testExtension(oids.reasonCode, derElement(universal.enumerated, Uint8Array.of(1)))
    const entries = [{ of: anna.certificate, extensions: [reason, reason] }]
    expect(await refused({ entries })).toEqual(malformed('revokedCertificates'))
  })

  it('whose two algorithm fields differ is refused: only the inner one is signed (§5.1.1.2)', async () => {
    const time = derUtcOrGeneralizedTime(testNow)
    const [inner, outer] = (['sha256', 'sha1'] as const).map((digest) =>
      signatureAlgorithmDer({ kind: 'ecdsa', digest }),
    )
    if (!inner || !outer) throw new Error('two algorithms')
    const signed = derSequence(inner, root.certificate.subject.der, time)
    expect(errorOf(derSequence(signed, outer, derBitString(Uint8Array.of(1))))).toEqual(malformed('algorithms'))
    expect(errorOf(derSequence(signed, inner, derBitString(Uint8Array.of(1))))).toBeUndefined()
  })

  it.each([
    ['an unused reason', testExtension(oids.reasonCode, derElement(universal.enumerated, Uint8Array.of(11)))],
    ['a reason of two octets', testExtension(oids.reasonCode, derElement(universal.enumerated, Uint8Array.of(0, 1)))],
    ['a reason that is a number', testExtension(oids.reasonCode, derInteger(1))],
    ['an invalidity date in UTCTime', testExtension(oids.invalidityDate, derUtcOrGeneralizedTime(testNow))],
    ['a certificate issuer without a name', testExtension(oids.certificateIssuer, derSequence(), true)],
  ])('with %s in an entry is refused', async (_, extension) => {
    const entries = [{ of: anna.certificate, extensions: [extension] }]
    expect(await refused({ entries, scope: [flag(4)] })).toEqual(malformed('revokedCertificates'))
  })

  it('with a scope that no certificate has is refused (§5.2.5)', async () => {
    expect(await refused({ scope: [flag(1), flag(2)] })).toEqual(malformed('issuingDistributionPoint'))
    expect(await refused({ scope: [derInteger(1)] })).toEqual(malformed('issuingDistributionPoint'))
  })

  it('with a number of more than 20 octets or below zero is refused (§5.2.3)', async () => {
    const number = (...octets: readonly number[]) =>
      refused({ extensions: [testExtension(oids.cRLNumber, derElement(universal.integer, Uint8Array.from(octets)))] })
    expect(await number(0xff)).toEqual(malformed('crlNumber'))
    expect(await number(...new Array<number>(22).fill(1))).toEqual(malformed('crlNumber'))
    expect(await number(0, ...new Array<number>(20).fill(0xff))).toBeUndefined()
  })
})

describe('the number of an entry', () => {
  const list = (...serials: readonly (readonly number[])[]) =>
    testCrl({ signer: root, entries: serials.map((octets) => ({ of: Uint8Array.from(octets) })) })

  it("is told from the one with the other sign: -1 isn't 255", async () => {
    const negative = await list([0xff])
    expect(negative.entries.find(numbered(0xff))).toBeDefined()
    expect(negative.entries.find(numbered(0, 0xff))).toBeUndefined()
  })

  it('is the same with zero bytes before it', async () => {
    const padded = await list([0, 0, 0, 5])
    expect(padded.entries.find(numbered(5))).toBeDefined()
    expect((await list([5])).entries.find(numbered(0, 0, 5))).toBeDefined()
    expect((await list([0])).entries.find(numbered(0, 0))).toBeDefined()
  })

  it('may be as long as anybody writes it, and is compared wholly', async () => {
    const long = new Array<number>(200).fill(7)
    const found = await list(long)
    expect(found.entries.find(numbered(...long))).toBeDefined()
    expect(found.entries.find(numbered(...long.slice(1)))).toBeUndefined()
    expect(found.entries.find(numbered(...long.slice(1), 8))).toBeUndefined()
  })

  it('of no octets is none', async () => {
    expect(await refused({ entries: [{ of: new Uint8Array() }] })).toEqual(malformed('revokedCertificates'))
  })

  it('that stands there twice counts as revoked, since the earlier date', async () => {
    const [early, late] = [new Date('2026-02-01T00:00:00Z'), new Date('2026-03-01T00:00:00Z')]
    const of = anna.certificate
    const twice = await testCrl({
      signer: root,
      entries: [
        { of, revokedAt: early, reason: 'removeFromCRL' },
        { of, revokedAt: late },
        { of, revokedAt: early, reason: 'superseded' },
        { of, revokedAt: late },
      ],
    })
    expect(twice.entries.find(of)).toEqual({ revokedAt: early, reason: 'superseded' })
    expect(twice.entries.count).toBe(1)
  })

  it('that was chosen to collide with others is given up in time', async () => {
    const places = 2_048
    const chosen: Uint8Array[] = []
    for (let serial = 0x01000000; chosen.length < 400; serial++) {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(serial)
      if (placeOfNumber(bytes, places) === 0) chosen.push(bytes)
    }
    const entries = chosen.map((of) => ({ of }))
    expect(await refused({ entries })).toEqual({ code: 'over-budget', limit: 'crl-entries' })
    expect(await refused({ entries: entries.slice(0, 20) })).toBeUndefined()
  })

  /** The place that the table starts to look at: what an attacker would compute. */
  function placeOfNumber(bytes: Uint8Array, places: number): number {
    let hash = 0x811c9dc5
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return ((hash ^ (hash >>> 16)) >>> 0) & (places - 1)
  }
})

describe('an indirect list (§5.3.3)', () => {
  it('names the issuer of an entry, who holds for those that follow', async () => {
    const other = await testAuthority('Other')
    const numbers = [1, 2, 3].map((number) => Uint8Array.of(number))
    const [first, second, third] = numbers
    if (!first || !second || !third) throw new Error('three numbers')
    const list = await testCrl({
      signer: root,
      scope: [flag(4)],
      entries: [{ of: first }, { of: second, issuer: other.certificate }, { of: third }],
    })
    const found = (number: number, { subject }: TestEntity['certificate']) =>
      list.entries.find({ ...numbered(number), issuer: subject }) !== undefined
    expect([1, 2, 3].map((number) => found(number, root.certificate))).toEqual([true, false, false])
    expect([1, 2, 3].map((number) => found(number, other.certificate))).toEqual([false, true, true])
  })

  it('that does not call itself so is refused', async () => {
    const entries = [{ of: anna.certificate, issuer: root.certificate }]
    expect(await refused({ entries })).toEqual(malformed('certificateIssuer'))
    expect(await refused({ entries, scope: [flag(4)] })).toBeUndefined()
  })
})

describe('a file', () => {
  it('is read as DER, or as PEM with any number of lists', async () => {
    const [one, two] = await Promise.all([crlDer({ signer: root, number: 1 }), crlDer({ signer: root, number: 2 })])
    const numbers = (bytes: Uint8Array) => expectSuccess(readCrls(bytes)).map(({ number }) => number)
    expect(numbers(one)).toEqual([1n])
    expect(numbers(utf8Bytes(`0 lists\n${writePem('X509 CRL', one)}and\n${writePem('CRL', two)}`))).toEqual([1n, 2n])
  })

  it('of another kind is told from one that is damaged', async () => {
    const code = (bytes: Uint8Array) => {
      const read = readCrls(bytes)
      return read.ok ? 'read' : read.error.code
    }
    const der = await crlDer({ signer: root })
    expect(code(anna.certificate.der)).toBe('not-a-crl')
    expect(code(utf8Bytes('Dear Anna'))).toBe('not-a-crl')
    expect(code(new Uint8Array())).toBe('not-a-crl')
    expect(code(utf8Bytes(writePem('CERTIFICATE', anna.certificate.der)))).toBe('not-a-crl')
    expect(code(concatBytes(der, Uint8Array.of(0)))).toBe('malformed-crl')
    expect(code(utf8Bytes(writePem('X509 CRL', concatBytes(der, Uint8Array.of(0)))))).toBe('malformed-crl')
  })

  it('larger than any list is refused unread', () => {
    expect(errorOf(new Uint8Array(33_554_433))).toMatchObject({ code: 'too-large' })
    const read = readCrls(new Uint8Array(50_331_649))
    expect(read.ok ? undefined : read.error.code).toBe('too-large')
  })

  it('with more entries than any list is refused', () => {
    const entry = derSequence(derInteger(1), derUtcOrGeneralizedTime(testNow))
    const entries = Buffer.alloc(entry.length * 1_000_001, entry)
    const algorithm = signatureAlgorithmDer({ kind: 'ecdsa', digest: 'sha256' })
    const fields = [algorithm, root.certificate.subject.der, derUtcOrGeneralizedTime(testNow)]
    const signed = derSequence(...fields, derSequence(entries))
    expect(errorOf(derSequence(signed, algorithm, derBitString(Uint8Array.of(1))))).toEqual({
      code: 'over-budget',
      limit: 'crl-entries',
    })
  })
})

describe('a damaged list', () => {
  const mutation = fc.record({
    kind: fc.constantFrom('change' as const, 'cut' as const, 'insert' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  })

  it('is a value, never an exception, and so is every look into it', async () => {
    const other = await testAuthority('Other')
    const der = await crlDer({
      signer: root,
      number: 9,
      scope: [placeOf(uriName('http://crl.example/1'), directoryName(root.certificate)), reasonFlags(3, 1, 4), flag(4)],
      entries: [
        { of: anna.certificate, reason: 'keyCompromise', invalidityDate: testNow },
        { of: Uint8Array.of(5), issuer: other.certificate },
        { of: Uint8Array.of(6), reason: 'superseded' },
      ],
    })
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        let damaged = der
        for (const { kind, at, bytes } of mutations) {
          const position = at % damaged.length
          const rest = damaged.subarray(position + (kind === 'insert' ? 0 : bytes.length))
          damaged = concatBytes(damaged.subarray(0, position), kind === 'cut' ? new Uint8Array() : bytes, rest)
        }
        const parsed = parseCrl(damaged)
        if (!parsed.ok) return
        for (const certificate of [anna.certificate, numbered(5), numbered(6)]) {
          for (const issuer of [root, other]) {
            parsed.value.entries.find({ ...certificate, issuer: issuer.certificate.subject })
          }
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it('of random fields is a value, too', () => {
    const field = fc.oneof(
      fc.constant(derBoolean(true)),
      fc.constant(derNull()),
      fc.constant(derUtcOrGeneralizedTime(testNow)),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => derElement(universal.integer, bytes)),
      fc.uint8Array({ maxLength: 12 }),
    )
    const fields = fc.array(field, { maxLength: 5 })
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 5 }), fc.boolean(), (entries, explicit) => {
        const algorithm = signatureAlgorithmDer({ kind: 'ecdsa', digest: 'sha256' })
        const list = derSequence(...entries.map((members) => derSequence(...members)))
        const signed = derSequence(
          derInteger(1),
          algorithm,
          root.certificate.subject.der,
          derUtcOrGeneralizedTime(testNow),
          explicit ? derExplicit(0, list) : list,
        )
        parseCrl(derSequence(signed, algorithm, derBitString(Uint8Array.of(1))))
      }),
      { numRuns: 1_000 },
    )
  })
})
