/**
 * Certificates for tests of the linter, put together field by field and signed by nobody: the linter checks no signature, and
 * what no CA software would write can be written.
 */

import {
  derBitString,
  derBoolean,
  derElement,
  derExplicit,
  derImplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  derUtcOrGeneralizedTime,
  derUtf8String,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { latin1Bytes } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import { extensionOids, type KeyUsage } from '../extensions.ts'
import { keyUsageDer } from '../issue.ts'
import { attributeTypes } from '../name.ts'

/** An attribute of a name by its short label, as UTF8String or as the DER given. */
export type TestPart = readonly [label: string, value: string | Uint8Array]

export interface TestExtension {
  readonly oid: string
  readonly critical?: boolean
  readonly value: Uint8Array
}

export interface TestFields {
  /** 1 to 3. */
  readonly version?: number
  /** Content octets. */
  readonly serial?: Uint8Array
  readonly innerAlgorithm?: Uint8Array
  readonly outerAlgorithm?: Uint8Array
  readonly issuer?: readonly TestPart[]
  /** DER of a time. */
  readonly notBefore?: Uint8Array
  readonly notAfter?: Uint8Array
  readonly subject?: readonly TestPart[]
  readonly publicKeyInfo?: Uint8Array
  readonly uniqueIdentifier?: boolean
  /** Instead of the usual one of that OID; `undefined` leaves it out, and other OIDs come at the end. */
  readonly extensions?: Readonly<Record<string, TestExtension | undefined>>
  readonly moreExtensions?: readonly TestExtension[]
}

export const ecdsaWithSha256 = derSequence(derOid(oids.ecdsaWithSha256))

/** A point of the right length; nobody computes with it. */
export const ecPublicKeyInfo = ecKeyInfo(
  oids.p256,
  Uint8Array.from({ length: 65 }, (_, index) => (index === 0 ? 4 : index)),
)

export function ecKeyInfo(curve: string, point: Uint8Array): Uint8Array {
  return derSequence(derSequence(derOid(oids.ecPublicKey), derOid(curve)), derBitString(point))
}

export function keyInfo(algorithm: string, bits: Uint8Array): Uint8Array {
  return derSequence(derSequence(derOid(algorithm)), derBitString(bits))
}

/** Big-endian content octets of both INTEGERs, taken as they are. */
export function rsaKeyInfo(modulus: Uint8Array, exponent: Uint8Array = Uint8Array.of(1, 0, 1)): Uint8Array {
  const key = derSequence(derElement(0x02, modulus), derElement(0x02, exponent))
  return derSequence(derSequence(derOid(oids.rsaEncryption), derNull()), derBitString(key))
}

/** Content octets of a positive INTEGER. */
export function positive(value: bigint): Uint8Array {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes
}

export function testName(parts: readonly TestPart[]): Uint8Array {
  const part = ([label, value]: TestPart) =>
    derSet(
      derSequence(derOid(attributeTypes[label] ?? label), typeof value === 'string' ? derUtf8String(value) : value),
    )
  return derSequence(...parts.map(part))
}

export const mailName = (address: string) => derElement(0x81, latin1Bytes(address))

export const utf8Mailbox = (address: string) =>
  derElement(0xa0, derOid(oids.smtpUtf8Mailbox), derExplicit(0, derUtf8String(address)))

export function alternativeNames(...names: readonly Uint8Array[]): TestExtension {
  return { oid: extensionOids.subjectAltName, value: derSequence(...names) }
}

export function keyUsage(...usages: readonly KeyUsage[]): TestExtension {
  return { oid: extensionOids.keyUsage, critical: true, value: keyUsageDer(usages) }
}

export function purposes(...dotted: readonly string[]): TestExtension {
  return { oid: extensionOids.extendedKeyUsage, value: derSequence(...dotted.map(derOid)) }
}

export function policies(...dotted: readonly string[]): TestExtension {
  const informations = dotted.map((oid) => derSequence(derOid(oid)))
  return { oid: extensionOids.certificatePolicies, value: derSequence(...informations) }
}

export function basicConstraints(ca: boolean, pathLength?: number): TestExtension {
  const fields = [...(ca ? [derBoolean(true)] : []), ...(pathLength === undefined ? [] : [derInteger(pathLength)])]
  return { oid: extensionOids.basicConstraints, critical: ca, value: derSequence(...fields) }
}

export function revocationList(uri: string): TestExtension {
  const point = derExplicit(0, derExplicit(0, derElement(0x86, latin1Bytes(uri))))
  return { oid: extensionOids.crlDistributionPoints, value: derSequence(derSequence(point)) }
}

/** All that a mailbox-validated, strict certificate must have, and nothing that is odd. */
const usual: Readonly<Record<string, TestExtension>> = {
  [extensionOids.subjectKeyIdentifier]: {
    oid: extensionOids.subjectKeyIdentifier,
    value: derOctetString(new Uint8Array(20)),
  },
  [extensionOids.authorityKeyIdentifier]: {
    oid: extensionOids.authorityKeyIdentifier,
    value: derSequence(derImplicit(0, derOctetString(new Uint8Array(20)))),
  },
  [extensionOids.keyUsage]: keyUsage('digitalSignature', 'keyAgreement'),
  [extensionOids.extendedKeyUsage]: purposes(oids.emailProtection),
  [extensionOids.subjectAltName]: alternativeNames(mailName('anna@sandbox.example')),
  [extensionOids.certificatePolicies]: policies('2.23.140.1.5.1.3'),
  [extensionOids.crlDistributionPoints]: revocationList('http://ca.example/list.crl'),
  [extensionOids.authorityInfoAccess]: {
    oid: extensionOids.authorityInfoAccess,
    value: derSequence(derSequence(derOid(oids.caIssuers), derElement(0x86, latin1Bytes('http://ca.example/ca.cer')))),
  },
}

/** The extensions of a CA, for `extensions`. */
export const authorityExtensions: Readonly<Record<string, TestExtension | undefined>> = {
  [extensionOids.keyUsage]: keyUsage('keyCertSign', 'cRLSign'),
  [extensionOids.subjectAltName]: undefined,
  [extensionOids.extendedKeyUsage]: undefined,
  [extensionOids.certificatePolicies]: undefined,
  [extensionOids.basicConstraints]: basicConstraints(true),
}

function extensionDer({ oid, critical = false, value }: TestExtension): Uint8Array {
  return derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctetString(value))
}

export function testCertificateDer(fields: TestFields = {}): Uint8Array {
  const { version = 3, innerAlgorithm = ecdsaWithSha256 } = fields
  const merged = Object.values({ ...usual, ...fields.extensions }).filter((one) => one !== undefined)
  const extensions = [...merged, ...(fields.moreExtensions ?? [])]
  const signedPart = derSequence(
    ...(version === 1 ? [] : [derExplicit(0, derInteger(version - 1))]),
    derElement(0x02, fields.serial ?? Uint8Array.of(0x51, 2, 3, 4, 5, 6, 7, 8, 9)),
    innerAlgorithm,
    testName(fields.issuer ?? [['CN', 'Test CA']]),
    derSequence(
      fields.notBefore ?? derUtcOrGeneralizedTime(new Date('2026-01-01T00:00:00Z')),
      fields.notAfter ?? derUtcOrGeneralizedTime(new Date('2027-01-01T00:00:00Z')),
    ),
    testName(fields.subject ?? [['CN', 'anna@sandbox.example']]),
    fields.publicKeyInfo ?? ecPublicKeyInfo,
    ...(fields.uniqueIdentifier ? [derElement(0x81, Uint8Array.of(0, 1))] : []),
    ...(extensions.length > 0 ? [derExplicit(3, derSequence(...extensions.map(extensionDer)))] : []),
  )
  return derSequence(signedPart, fields.outerAlgorithm ?? innerAlgorithm, derBitString(Uint8Array.of(1)))
}

export function testCertificate(fields: TestFields = {}): Certificate {
  return expectSuccess(parseCertificate(testCertificateDer(fields)))
}
