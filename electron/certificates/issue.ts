/**
 * Issuing X.509 version 3 certificates (RFC 5280 §4): the sandbox's CA does it, and so do tests. The caller decides what a
 * certificate may be used for; here is only the encoding. No requests are read (acquisition/csr does) and no serial
 * numbers are made up: 64 random bits at least are the caller's to bring (CA/Browser Forum, S/MIME BR §7.1).
 */

import { domainToASCII } from 'node:url'
import {
  context,
  derBitString,
  derBoolean,
  derElement,
  derExplicit,
  derIa5String,
  derImplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  derUtcOrGeneralizedTime,
  derUtf8String,
} from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { equalBytes } from '../base/bytes.ts'
import { digestOf } from '../crypto/digest.ts'
import { postQuantumOid } from '../crypto/postQuantumSets.ts'
import { type DigestName, defaultScheme, type PrivateKeyHandle, type SignatureScheme } from '../crypto/privateKey.ts'
import { publicKeyBitsOf } from './algorithms.ts'
import { type Certificate, subjectKeyIdentifierOf } from './certificate.ts'
import { extensionOids, type KeyUsage, keyUsages } from './extensions.ts'
import { attributeTypes } from './name.ts'

export interface SubjectAttributes {
  readonly commonName?: string
  readonly organization?: string
  /** ASCII only: the attribute's type is IA5String. */
  readonly emailAddress?: string
}

export interface CertificateRequest {
  /** Attributes, or a DER Name that is taken as it is. */
  readonly subject: SubjectAttributes | Uint8Array
  /** Mail addresses for the subjectAltName: rfc822Name, or SmtpUTF8Mailbox where the local part is not ASCII (RFC 9598). */
  readonly emails?: readonly string[]
  readonly dnsNames?: readonly string[]
  /** IPv4 or IPv6 addresses as their 4 or 16 bytes. */
  readonly ipAddresses?: readonly Uint8Array[]
  /** DER SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array
  /** Who signs: a certificate of a CA, the DER of its name, or the subject itself; `key` is the signing key. */
  readonly issuer: { readonly name: Certificate | Uint8Array | 'self'; readonly key: PrivateKeyHandle }
  /** Big-endian magnitude, 8 to 20 bytes. */
  readonly serial: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  /** Present for a CA. */
  readonly ca?: { readonly pathLength?: number }
  readonly keyUsage?: readonly KeyUsage[]
  /** Dotted OIDs. */
  readonly extendedKeyUsage?: readonly string[]
  readonly policies?: readonly string[]
  readonly crlUrl?: string
  /** Where its OCSP responder is. */
  readonly ocspUrl?: string
  /** Further extensions; `value` is the DER that goes into extnValue. */
  readonly extensions?: readonly { readonly oid: string; readonly critical: boolean; readonly value: Uint8Array }[]
  /** The signature's algorithm where the key's usual one isn't wanted. */
  readonly scheme?: SignatureScheme
}

/** A DER Name; parts that are absent are left out, so `{}` is the empty name. */
export function nameDer({ commonName, organization, emailAddress }: SubjectAttributes): Uint8Array {
  const attribute = (label: string, value: Uint8Array) =>
    derSet(derSequence(derOid(attributeTypes[label] ?? ''), value))
  return derSequence(
    ...(organization === undefined ? [] : [attribute('O', derUtf8String(organization))]),
    ...(commonName === undefined ? [] : [attribute('CN', derUtf8String(commonName))]),
    ...(emailAddress === undefined ? [] : [attribute('emailAddress', derIa5String(emailAddress))]),
  )
}

/** RFC 9598 §3: the domain as A-labels in both forms; the local part decides which form it is. */
function mailboxName(address: string): Uint8Array {
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  const mailbox = `${local}@${domainToASCII(address.slice(at + 1))}`
  if (/^[\x00-\x7f]*$/.test(local)) return derImplicit(1, derIa5String(mailbox))
  return derElement(context(0), derOid(oids.smtpUtf8Mailbox), derExplicit(0, derUtf8String(mailbox)))
}

/** The DER of GeneralNames for addresses and hosts, for a certificate's subjectAltName or a request's. */
export function subjectAltNameDer(names: {
  readonly emails?: readonly string[]
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly Uint8Array[]
}): Uint8Array {
  return derSequence(
    ...(names.emails ?? []).map(mailboxName),
    ...(names.dnsNames ?? []).map((host) => derImplicit(2, derIa5String(domainToASCII(host)))),
    ...(names.ipAddresses ?? []).map((bytes) => derImplicit(7, derOctetString(bytes))),
  )
}

/** RFC 5280 §4.2.1.3; a named bit list ends with its last one bit (X.690 §11.2.2). */
export function keyUsageDer(usages: readonly KeyUsage[]): Uint8Array {
  const bits = usages.map((usage) => keyUsages.indexOf(usage))
  const last = Math.max(0, ...bits)
  const bytes = new Uint8Array((last >> 3) + 1)
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return derBitString(bytes, 7 - (last & 7))
}

function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  return derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctetString(value))
}

function basicConstraintsDer(ca: CertificateRequest['ca']): Uint8Array {
  if (!ca) return derSequence()
  return derSequence(derBoolean(true), ...(ca.pathLength === undefined ? [] : [derInteger(ca.pathLength)]))
}

function extensionsDer(request: CertificateRequest, subject: Uint8Array): Uint8Array {
  const { emails = [], dnsNames = [], ipAddresses = [], issuer } = request
  const all: Uint8Array[] = [
    extension(extensionOids.basicConstraints, request.ca !== undefined, basicConstraintsDer(request.ca)),
    extension(extensionOids.subjectKeyIdentifier, false, derOctetString(keyIdentifierOf(request.publicKeyInfo))),
    extension(
      extensionOids.authorityKeyIdentifier,
      false,
      derSequence(derImplicit(0, derOctetString(issuerKeyIdentifier(issuer)))),
    ),
  ]
  const { keyUsage, extendedKeyUsage, policies, crlUrl, ocspUrl } = request
  if (keyUsage?.length) all.push(extension(extensionOids.keyUsage, true, keyUsageDer(keyUsage)))
  if (extendedKeyUsage?.length) {
    all.push(extension(extensionOids.extendedKeyUsage, false, derSequence(...extendedKeyUsage.map(derOid))))
  }
  if (emails.length + dnsNames.length + ipAddresses.length > 0) {
    // RFC 5280 §4.2.1.6: critical where the subject says nothing.
    const critical = equalBytes(subject, derSequence())
    all.push(extension(extensionOids.subjectAltName, critical, subjectAltNameDer({ emails, dnsNames, ipAddresses })))
  }
  if (policies?.length) {
    const informations = policies.map((oid) => derSequence(derOid(oid)))
    all.push(extension(extensionOids.certificatePolicies, false, derSequence(...informations)))
  }
  if (crlUrl !== undefined) {
    const name = derImplicit(6, derIa5String(crlUrl))
    const point = derSequence(derExplicit(0, derExplicit(0, name)))
    all.push(extension(extensionOids.crlDistributionPoints, false, derSequence(point)))
  }
  if (ocspUrl !== undefined) {
    const responder = derSequence(derOid(oids.ocsp), derImplicit(6, derIa5String(ocspUrl)))
    all.push(extension(extensionOids.authorityInfoAccess, false, derSequence(responder)))
  }
  for (const { oid, critical, value } of request.extensions ?? []) all.push(extension(oid, critical, value))
  return derExplicit(3, derSequence(...all))
}

/** RFC 5280 §4.2.1.2, method 1: the SHA-1 of the key's bits. It is a name here, not a proof. */
function keyIdentifierOf(publicKeyInfo: Uint8Array): Uint8Array {
  return digestOf('sha1', publicKeyBitsOf(publicKeyInfo))
}

function issuerKeyIdentifier({ name, key }: CertificateRequest['issuer']): Uint8Array {
  return name === 'self' || name instanceof Uint8Array
    ? keyIdentifierOf(key.publicKeyInfo)
    : subjectKeyIdentifierOf(name)
}

const rsaSignatures: Readonly<Record<DigestName, string>> = {
  md5: oids.md5WithRsaEncryption,
  sha1: oids.sha1WithRsaEncryption,
  sha224: oids.sha224WithRsaEncryption,
  sha256: oids.sha256WithRsaEncryption,
  sha384: oids.sha384WithRsaEncryption,
  sha512: oids.sha512WithRsaEncryption,
}
const ecdsaSignatures: Readonly<Partial<Record<DigestName, string>>> = {
  sha1: oids.ecdsaWithSha1,
  sha224: oids.ecdsaWithSha224,
  sha256: oids.ecdsaWithSha256,
  sha384: oids.ecdsaWithSha384,
  sha512: oids.ecdsaWithSha512,
}

function pssParameters(scheme: SignatureScheme & { kind: 'rsa-pss' }): Uint8Array {
  const hash = derSequence(derOid(oids[scheme.digest]), derNull())
  const mask = derSequence(derOid(oids.mgf1), derSequence(derOid(oids[scheme.mgfDigest]), derNull()))
  return derSequence(derExplicit(0, hash), derExplicit(1, mask), derExplicit(2, derInteger(scheme.saltLength)))
}

/** The AlgorithmIdentifier of a signature (RFC 4055 §3.1 and §5, RFC 5758, RFC 8410, RFC 9881 §3). Throws for MD5 with ECDSA, which has none. */
export function signatureAlgorithmDer(scheme: SignatureScheme): Uint8Array {
  switch (scheme.kind) {
    case 'rsa-pkcs1':
      return derSequence(derOid(rsaSignatures[scheme.digest]), derNull())
    case 'rsa-pss':
      return derSequence(derOid(oids.rsassaPss), pssParameters(scheme))
    case 'ecdsa': {
      const oid = ecdsaSignatures[scheme.digest]
      if (!oid) throw new RangeError('no such signature algorithm')
      return derSequence(derOid(oid))
    }
    case 'ed25519':
      return derSequence(derOid(oids.ed25519))
    case 'ml-dsa':
      return derSequence(derOid(postQuantumOid(scheme.parameterSet)))
  }
}

/** Encodes and signs; answers with the DER certificate. `parseCertificate` reads it back. */
export async function issueCertificate(request: CertificateRequest): Promise<Uint8Array> {
  const { issuer } = request
  const subject = request.subject instanceof Uint8Array ? request.subject : nameDer(request.subject)
  const issuerName =
    issuer.name === 'self' ? subject : issuer.name instanceof Uint8Array ? issuer.name : issuer.name.subject.der
  const scheme = request.scheme ?? defaultScheme(issuer.key.algorithm)
  const algorithm = signatureAlgorithmDer(scheme)
  const signedPart = derSequence(
    derExplicit(0, derInteger(2)),
    derInteger(request.serial),
    algorithm,
    issuerName,
    derSequence(derUtcOrGeneralizedTime(request.notBefore), derUtcOrGeneralizedTime(request.notAfter)),
    subject,
    request.publicKeyInfo,
    extensionsDer(request, subject),
  )
  return derSequence(signedPart, algorithm, derBitString(await issuer.key.sign(scheme, signedPart)))
}
