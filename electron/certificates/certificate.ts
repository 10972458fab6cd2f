/**
 * X.509 certificates (RFC 5280 §4) as immutable values, and the files they come in.
 *
 * Reading is lenient where a person should still see what a file holds (an unreadable extension, a negative serial
 * number, an unknown algorithm) and strict about structure; judging a certificate is the work of path.ts.
 */

import { shownText } from '../../shared/shownText.ts'
import { type Element, universal } from '../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer, soleElement, timeOfElement } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { armouredText, readPem } from '../asn1/pem.ts'
import { equalBytes, hexText, latin1Text } from '../base/bytes.ts'
import { createRecentValues } from '../base/recentValues.ts'
import { failure, type Result, success } from '../base/result.ts'
import { digestOf } from '../crypto/digest.ts'
import {
  type CertificateKeyAlgorithm,
  keyAlgorithmOfInfo,
  publicKeyBitsOf,
  type SignatureAlgorithm,
  signatureAlgorithmOf,
} from './algorithms.ts'
import { type Extensions, extensionsOf } from './extensions.ts'
import { bitStringOf } from './fields.ts'
import { attributeValues, type Name, nameOfField, namesMatch, parseName } from './name.ts'

export interface Certificate {
  readonly der: Uint8Array
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly sha256: string
  /** 1, 2 or 3. */
  readonly version: number
  /** Lower-case hexadecimal without the sign's zero byte; see `serialHex`. */
  readonly serialNumber: string
  readonly issuer: Name
  readonly subject: Name
  readonly notBefore: Date
  readonly notAfter: Date
  /** DER SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array
  readonly keyAlgorithm: CertificateKeyAlgorithm
  readonly signatureAlgorithm: SignatureAlgorithm
  /** The bytes that are signed: DER TBSCertificate. */
  readonly signedPart: Uint8Array
  readonly signatureValue: Uint8Array
  readonly extensions: Extensions
  /**
   * Addresses as written: subjectAltName first, then emailAddress in the subject, without repetition. Those with characters that
   * can't be seen, or with blanks, are nobody's (`statedAddresses` has them).
   */
  readonly emails: readonly string[]
  /** Issuer and subject are the same name (RFC 5280 §3.2); it says nothing about whose key signed. */
  readonly selfIssued: boolean
  /** What a person should hear about, although the structure could be read. */
  readonly oddities: readonly CertificateOddity[]
  /** Fields as they are written, for what a linter says about their encoding. */
  readonly written: WrittenFields
}

interface WrittenFields {
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array
  readonly notBefore: Element
  readonly notAfter: Element
  /** RFC 5280 §4.1.2.8: subjectUniqueID or issuerUniqueID. */
  readonly uniqueIdentifier: boolean
}

export type CertificateOddity =
  | { readonly code: 'negative-serial' | 'zero-serial' | 'long-serial' | 'inconsistent-algorithms' }
  | { readonly code: 'malformed-extension'; readonly oid: string }
  | { readonly code: 'dates-reversed' }
  | { readonly code: 'extensions-before-version-3' }

export type CertificateError =
  | { readonly code: 'not-a-certificate' }
  | { readonly code: 'no-certificate-inside' }
  | { readonly code: 'contains-private-key' }
  /** `reason` names the part that could not be read. */
  | { readonly code: 'malformed-certificate'; readonly reason: string }
  | { readonly code: 'too-large'; readonly limit: number; readonly size: number }
  | { readonly code: 'over-budget'; readonly limit: string }

/** The largest certificates in use have some 30 kB; 10,000 alternative names make about 400 kB. */
const certificateByteLimit = 1_048_576
/** A bundle of every public root has about 300 kB. */
const fileByteLimit = 8_388_608
/** Public root bundles hold about 150 certificates, NIST's test suite 405. */
const certificateCountLimit = 2_000

/**
 * The spelling of serial numbers here: content octets of the INTEGER in lower-case hexadecimal, without a zero byte that
 * only carries the sign. A negative number (forbidden by RFC 5280 §4.1.2.2, but seen) keeps its two's complement bytes.
 */
export function serialHex(content: Uint8Array): string {
  let start = 0
  while (start < content.length - 1 && content[start] === 0) start++
  return hexText(content.subarray(start))
}

function serialOddities(content: Uint8Array): CertificateOddity[] {
  const odd: CertificateOddity[] = []
  if ((content[0] ?? 0) >= 0x80) odd.push({ code: 'negative-serial' })
  if (content.every((byte) => byte === 0)) odd.push({ code: 'zero-serial' })
  // RFC 5280 §4.1.2.2: up to 20 octets (21 would be 20 and the sign).
  if (content.length > 21 || (content.length === 21 && content[0] !== 0)) odd.push({ code: 'long-serial' })
  return odd
}

function versionOf(field: Element | undefined): number {
  if (!field) return 1
  const version = soleElement(contentOf(field), 'version')
  const value = contentOf(version)[0]
  if (version.tag !== universal.integer || contentOf(version).length !== 1 || value === undefined || value > 2) {
    throw new MalformedDer('version')
  }
  return value + 1
}

const noExtensions: Extensions = { all: [], malformed: [] }

function certificateOf(der: Uint8Array): Certificate {
  const outer = soleElement(der, 'certificate')
  if (outer.tag !== universal.sequence) throw new MalformedDer('certificate')
  const certificate = DerReader.inside(outer)
  const signedPart = certificate.expect(universal.sequence, 'tbsCertificate')
  const outerAlgorithm = certificate.expect(universal.sequence, 'signatureAlgorithm')
  const signature = bitStringOf(certificate.expect(universal.bitString, 'signature'), 'signature')
  certificate.end('certificate')

  const fields = DerReader.inside(signedPart)
  const version = versionOf(fields.optional(0xa0, 'version'))
  const serial = contentOf(fields.expect(universal.integer, 'serialNumber'))
  if (serial.length === 0) throw new MalformedDer('serialNumber')
  const innerAlgorithm = fields.expect(universal.sequence, 'signatureAlgorithm')
  const issuer = nameOfField(fields.any('issuer'))
  const validity = fields.sequence('validity')
  const notBefore = validity.any('validity')
  const notAfter = validity.any('validity')
  validity.end('validity')
  const subject = nameOfField(fields.any('subject'))
  const publicKeyInfo = encodingOf(fields.expect(universal.sequence, 'publicKey'))
  const uniqueIds = [fields.optional(0x81, 'issuerUniqueId'), fields.optional(0x82, 'subjectUniqueId')]
  const extensionField = fields.optional(0xa3, 'extensions')
  fields.end('tbsCertificate')
  const extensions = extensionField
    ? extensionsOf(DerReader.inside(extensionField).sequence('extensions'))
    : noExtensions

  const oddities = serialOddities(serial)
  if (!equalBytes(encodingOf(outerAlgorithm), encodingOf(innerAlgorithm)))
    oddities.push({ code: 'inconsistent-algorithms' })
  for (const oid of extensions.malformed) oddities.push({ code: 'malformed-extension', oid })
  const [begin, end] = [timeOfElement(notBefore, 'validity'), timeOfElement(notAfter, 'validity')]
  if (end < begin) oddities.push({ code: 'dates-reversed' })
  if (extensionField && version < 3) oddities.push({ code: 'extensions-before-version-3' })

  return {
    der,
    sha256: hexText(digestOf('sha256', der)),
    version,
    serialNumber: serialHex(serial),
    issuer,
    subject,
    notBefore: begin,
    notAfter: end,
    publicKeyInfo,
    keyAlgorithm: keyAlgorithmOfInfo(publicKeyInfo),
    signatureAlgorithm: signatureAlgorithmOf(DerReader.inside(outerAlgorithm)),
    signedPart: encodingOf(signedPart),
    signatureValue: signature,
    extensions,
    emails: statedAddresses({ subject, extensions }).filter(isLegible),
    selfIssued: namesMatch(issuer, subject),
    oddities,
    written: { serialNumber: serial, notBefore, notAfter, uniqueIdentifier: uniqueIds.some(Boolean) },
  }
}

/** Every address that the certificate names, whatever is in it: for its linter. */
export function statedAddresses({ subject, extensions }: Pick<Certificate, 'subject' | 'extensions'>): string[] {
  const emails = [...(extensions.subjectAltName?.emails ?? []), ...attributeValues(subject, 'emailAddress')]
  const seen = new Set<string>()
  return emails.filter((email) => {
    const key = email.toLowerCase()
    return seen.has(key) ? false : seen.add(key)
  })
}

/** A line break in an address would begin a line of its own wherever it is told, as if Siegel said what follows. */
function isLegible(address: string): boolean {
  return shownText(address) === address && !/\s/.test(address.replace(/^"(?:[^"\\]|\\.)*"@/, ''))
}

/** Certificates that were read last: a mailbox brings the same few with every mail. */
const readLast = createRecentValues<Certificate>(512)
/** Usual ones have 1 to 3 kB. */
const keptByteLimit = 8_192

/**
 * Reads one DER certificate. The value keeps views on a copy of `der`, or on `der` itself where it is large: don't change
 * those bytes afterwards. Errors: `too-large`, `malformed-certificate` with the part that could not be read.
 */
export function parseCertificate(der: Uint8Array): Result<Certificate, CertificateError> {
  if (der.length > certificateByteLimit) {
    return failure({ code: 'too-large', limit: certificateByteLimit, size: der.length })
  }
  if (der.length > keptByteLimit) return parsed(der)
  const name = latin1Text(der)
  const known = readLast.get(name)
  if (known) return success(known)
  // A view would keep the whole mail in memory.
  const read = parsed(Uint8Array.from(der))
  if (read.ok) readLast.set(name, read.value)
  return read
}

function parsed(der: Uint8Array): Result<Certificate, CertificateError> {
  try {
    return success(certificateOf(der))
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'malformed-certificate', reason: error.what })
    throw error
  }
}

/** Whether this certificate is the one that an IssuerAndSerialNumber means (RFC 5652 §10.2.4). `issuer` is a DER Name. */
export function matchesIssuerAndSerial(certificate: Certificate, issuer: Uint8Array, serialNumber: string): boolean {
  const stripped = serialNumber.toLowerCase().replace(/^(?:00)+(?=..)/, '')
  if (stripped !== certificate.serialNumber) return false
  if (equalBytes(issuer, certificate.issuer.der)) return true
  const name = parseName(issuer)
  return name !== undefined && namesMatch(name, certificate.issuer)
}

/**
 * The certificate's key identifier: its subjectKeyIdentifier, else the SHA-1 of the public key's bits
 * (RFC 5280 §4.2.1.2, method 1).
 */
export function subjectKeyIdentifierOf(certificate: Certificate): Uint8Array {
  const stated = certificate.extensions.subjectKeyIdentifier
  return stated === undefined
    ? digestOf('sha1', publicKeyBitsOf(certificate.publicKeyInfo))
    : Buffer.from(stated, 'hex')
}

const certificateLabels = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])
const pkcs7Labels = new Set(['PKCS7', 'CMS', 'PKCS #7 SIGNED DATA'])

/** The certificates of a SignedData (certs-only or any other, RFC 8551 §3.8), or undefined when the bytes are something else. */
function certificatesInPkcs7(der: Uint8Array): Uint8Array[] | undefined {
  const contentInfo = DerReader.inside(soleElement(der, 'pkcs7'))
  if (contentInfo.nextTag !== universal.oid || contentInfo.oid('pkcs7') !== oids.signedData) return undefined
  const content = DerReader.inside(contentInfo.expect(0xa0, 'pkcs7')).sequence('pkcs7')
  content.expect(universal.integer, 'pkcs7')
  content.expect(universal.set, 'pkcs7')
  content.expect(universal.sequence, 'pkcs7')
  const set = content.optional(0xa0, 'pkcs7')
  const certificates: Uint8Array[] = []
  const choices = set ? DerReader.inside(set) : new DerReader(new Uint8Array())
  while (!choices.atEnd) {
    const choice = choices.any('pkcs7')
    // Other choices are attribute certificates and the long-dead PKCS#6 ones.
    if (choice.tag === universal.sequence) certificates.push(encodingOf(choice))
  }
  return certificates
}

/** Whether DER is a private key: PKCS#8, its encrypted form, PKCS#1, SEC1 or PKCS#12. */
function looksLikePrivateKey(der: Uint8Array): boolean {
  const fields = DerReader.inside(soleElement(der, 'file'))
  const first = fields.any('file')
  if (first.tag === universal.sequence) {
    // EncryptedPrivateKeyInfo: an AlgorithmIdentifier of the PKCS#5/12 families and an OCTET STRING.
    const algorithm = DerReader.inside(first)
    if (algorithm.nextTag !== universal.oid || fields.nextTag !== universal.octetString) return false
    return /^1\.2\.840\.113549\.1\.(5|12)\./.test(algorithm.oid('file'))
  }
  if (first.tag !== universal.integer || contentOf(first).length !== 1) return false
  const version = contentOf(first)[0]
  if (version === 3) return fields.nextTag === universal.sequence
  if (version === 0) return fields.nextTag === universal.sequence || fields.nextTag === universal.integer
  return version === 1 && fields.nextTag === universal.octetString
}

function dersIn(der: Uint8Array): Uint8Array[] | 'private-key' | undefined {
  try {
    const inside = certificatesInPkcs7(der)
    if (inside) return inside
    return looksLikePrivateKey(der) ? 'private-key' : undefined
  } catch (error) {
    if (error instanceof MalformedDer) return undefined
    throw error
  }
}

function parseAll(ders: readonly Uint8Array[]): Result<Certificate[], CertificateError> {
  if (ders.length === 0) return failure({ code: 'no-certificate-inside' })
  if (ders.length > certificateCountLimit) return failure({ code: 'over-budget', limit: 'certificates' })
  const certificates: Certificate[] = []
  for (const der of ders) {
    const certificate = parseCertificate(der)
    if (!certificate.ok) return certificate
    if (!certificates.some(({ sha256 }) => sha256 === certificate.value.sha256)) certificates.push(certificate.value)
  }
  return success(certificates)
}

/**
 * Reads every certificate of a file: DER, PEM with any number of blocks, PKCS#7 as DER or PEM. Repetitions are dropped.
 * A file that holds a private key answers `contains-private-key`, so that a key is never passed over silently.
 */
export function readCertificates(bytes: Uint8Array): Result<Certificate[], CertificateError> {
  if (bytes.length > fileByteLimit) return failure({ code: 'too-large', limit: fileByteLimit, size: bytes.length })
  if (bytes[0] !== universal.sequence) return readText(bytes)
  const read = readBinary(bytes)
  // A SEQUENCE's identifier is also the digit "0", and text may begin with one.
  return !read.ok && readPem(armouredText(bytes)).length > 0 ? readText(bytes) : read
}

function readBinary(bytes: Uint8Array): Result<Certificate[], CertificateError> {
  const inside = dersIn(bytes)
  if (inside === 'private-key') return failure({ code: 'contains-private-key' })
  if (inside) return parseAll(inside)
  return parseAll([bytes])
}

function readText(bytes: Uint8Array): Result<Certificate[], CertificateError> {
  const blocks = readPem(armouredText(bytes))
  if (blocks.length === 0) return failure({ code: 'not-a-certificate' })
  if (blocks.some(({ label }) => label.endsWith('PRIVATE KEY') || label === 'PKCS12')) {
    return failure({ code: 'contains-private-key' })
  }
  const ders: Uint8Array[] = []
  for (const { label, bytes: der } of blocks) {
    if (certificateLabels.has(label)) ders.push(label === 'TRUSTED CERTIFICATE' ? firstElement(der) : der)
    else if (pkcs7Labels.has(label)) {
      const inside = dersIn(der)
      if (!Array.isArray(inside)) return failure({ code: 'malformed-certificate', reason: 'pkcs7' })
      for (const certificate of inside) ders.push(certificate)
    }
  }
  return parseAll(ders)
}

/** OpenSSL's trusted form appends its trust settings to the certificate. */
function firstElement(der: Uint8Array): Uint8Array {
  try {
    return encodingOf(new DerReader(der).any('certificate'))
  } catch {
    return der
  }
}
