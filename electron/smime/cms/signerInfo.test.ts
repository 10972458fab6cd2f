import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  context,
  derElement,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  universal,
} from '../../asn1/der.ts'
import { DerReader } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { hexText } from '../../base/bytes.ts'
import { serialHex } from '../../certificates/certificate.ts'
import { derAttribute } from './attributes.ts'
import { issuerAndSerial } from './identifierWriter.ts'
import { identifies, readIssuerAndSerial, readSignerInfo } from './signerInfo.ts'
import { testPerson } from './testPerson.ts'

const emil = await testPerson('emil', 'ec-p256')
const rosa = await testPerson('rosa', 'ec-p384')

const name = fc
  .string({ minLength: 1, maxLength: 20 })
  .map((text) =>
    derSequence(
      derElement(universal.set, derSequence(derOid('2.5.4.3'), derElement(universal.utf8String, Buffer.from(text)))),
    ),
  )
const serial = fc.uint8Array({ minLength: 1, maxLength: 20 })
const algorithms = [oids.sha256, oids.rsaEncryption, oids.ecdsaWithSha256, '1.2.3.4']

describe('an identifier', () => {
  it('is read as it was written, and means its certificate alone', () => {
    for (const { certificate } of [emil, rosa]) {
      const read = readIssuerAndSerial(new DerReader(issuerAndSerial(certificate)).sequence('sid'))
      expect([emil, rosa].map((person) => identifies(read, person.certificate))).toEqual([
        certificate === emil.certificate,
        certificate === rosa.certificate,
      ])
    }
  })

  it('keeps any name and any serial number', () => {
    fc.assert(
      fc.property(name, serial, (issuer, number) => {
        const encoded = derInteger(number)
        const read = readIssuerAndSerial(new DerReader(derSequence(issuer, encoded)).sequence('sid'))
        if (read.kind !== 'issuer-and-serial') throw new Error(read.kind)
        expect(hexText(read.issuer)).toBe(hexText(issuer))
        expect(read.serial).toBe(serialHex(encoded.subarray(2)))
        expect(BigInt(`0x${read.serial}`)).toBe(BigInt(`0x${hexText(number)}`))
      }),
    )
  })
})

const signerInfo = fc
  .record({
    issuer: name,
    number: serial,
    keyIdentifier: fc.option(fc.uint8Array({ minLength: 1, maxLength: 32 }), { nil: undefined }),
    digest: fc.constantFrom(...algorithms),
    signature: fc.constantFrom(...algorithms),
    value: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    signed: fc.option(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 3 }), { nil: undefined }),
    unsigned: fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 2 }),
  })
  .map((fields) => {
    const attributesOf = (values: readonly Uint8Array[]) =>
      values.map((each) => derAttribute('1.2.3', derOctetString(each)))
    const identifier = fields.keyIdentifier
      ? derElement(context(0, false), fields.keyIdentifier)
      : derSequence(fields.issuer, derInteger(fields.number))
    const der = derSequence(
      derInteger(fields.keyIdentifier ? 3 : 1),
      identifier,
      derSequence(derOid(fields.digest), derNull()),
      ...(fields.signed ? [derElement(context(0), ...attributesOf(fields.signed))] : []),
      derSequence(derOid(fields.signature)),
      derOctetString(fields.value),
      ...(fields.unsigned.length > 0 ? [derElement(context(1), ...attributesOf(fields.unsigned))] : []),
    )
    return { ...fields, der }
  })

describe('a SignerInfo', () => {
  it('is read field by field as it was written (RFC 5652 §5.3)', () => {
    fc.assert(
      fc.property(signerInfo, ({ der, keyIdentifier, digest, signature, value, signed, unsigned }) => {
        const read = readSignerInfo(der)
        if ('malformed' in read) throw new Error(read.malformed)
        expect(read.identifier.kind).toBe(keyIdentifier ? 'key-identifier' : 'issuer-and-serial')
        expect([read.digestAlgorithm.oid, read.signatureAlgorithm.oid]).toEqual([digest, signature])
        // NULL and absent mean the same.
        expect([read.digestAlgorithm.parameters, read.signatureAlgorithm.parameters]).toEqual([undefined, undefined])
        expect(hexText(read.signature)).toBe(hexText(value))
        expect(read.signedAttributes?.all.length).toBe(signed?.length)
        expect(read.unsignedAttributes).toEqual(unsigned.map(() => '1.2.3'))
      }),
    )
  })

  it('that was changed or cut is a value too', () => {
    fc.assert(
      fc.property(signerInfo, fc.nat(), fc.nat(255), fc.boolean(), ({ der }, offset, byte, cut) => {
        const changed = Uint8Array.from(cut ? der.subarray(0, offset % der.length) : der)
        if (changed.length > 0) changed[offset % changed.length] = byte
        const read = readSignerInfo(changed)
        if (cut) expect(read).toHaveProperty('malformed')
        else expect(read).toBeTypeOf('object')
      }),
      { numRuns: 1_000 },
    )
  })
})
