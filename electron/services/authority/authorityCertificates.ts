/**
 * What a small CA signs: its own root, limited where the person wants it (RFC 5280 §4.2.1.10), and mail certificates after
 * RFC 8550 §4.4. And what it doesn't sign: weak keys, addresses outside of its limits, requests that nobody signed.
 */

import { domainToASCII } from 'node:url'
import { mostAuthorityAddresses, type RequestView } from '../../../shared/contract/authority.ts'
import type { Failure } from '../../../shared/contract/errors.ts'
import { shownText } from '../../../shared/shownText.ts'
import { certificateAddress } from '../../acquisition/address.ts'
import { mailKeyUsage, readCertificateRequest, requestByteLimit } from '../../acquisition/csr.ts'
import { derIa5String, derImplicit, derSequence, universal } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { armouredText, bareBase64, readPem } from '../../asn1/pem.ts'
import { hexText } from '../../base/bytes.ts'
import type { Random } from '../../base/random.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type CertificateKeyAlgorithm, keyAlgorithmOfInfo } from '../../certificates/algorithms.ts'
import { mailDomainOf } from '../../certificates/anchorRules.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import type { KeyUsage } from '../../certificates/extensions.ts'
import { issueCertificate } from '../../certificates/issue.ts'
import { attributeValue } from '../../certificates/name.ts'
import { addressOutside } from '../../certificates/nameConstraints.ts'
import { isWeakKey } from '../../certificates/strength.ts'
import { digestOf } from '../../crypto/digest.ts'
import { otherCurveName } from '../../crypto/keyInfo.ts'
import type { PrivateKeyHandle } from '../../crypto/privateKey.ts'
import { normalizedAddress } from '../../mime/address.ts'
import { isGuessableRsa } from './guessableKey.ts'

const day = 86_400_000
/** Clocks differ from machine to machine: valid from an hour ago. */
const backdating = 3_600_000

interface Signing {
  readonly now: Date
  readonly random: Random
}

/** 16 random bytes, positive and without a leading zero (RFC 5280 §4.1.2.2). */
function newSerial(random: Random): Uint8Array {
  const bytes = random(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

/** Undefined where the text is neither an address nor a domain; else as it stands in a constraint, in ASCII. */
export function permittedName(text: string): string | undefined {
  if (text.includes('@')) {
    const address = certificateAddress(text)
    // RFC 9598 §6: a constraint's local part is ASCII.
    return address !== undefined && /^[\x21-\x7e]+$/.test(address) ? address : undefined
  }
  const domain = mailDomainOf(text)
  if (domain === undefined) return undefined
  return domain.startsWith('.') ? `.${domainToASCII(domain.slice(1))}` : domainToASCII(domain)
}

/** The root of a small CA, DER. It issues mail certificates itself and no CAs: path length 0. */
export function rootCertificate(
  root: {
    readonly name: string
    readonly organization?: string | undefined
    readonly permitted: readonly string[]
    readonly years: number
    readonly key: PrivateKeyHandle
  },
  { now, random }: Signing,
): Promise<Uint8Array> {
  const { name, organization, permitted, years, key } = root
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years)
  return issueCertificate({
    subject: { commonName: name, ...(organization ? { organization } : {}) },
    publicKeyInfo: key.publicKeyInfo,
    issuer: { name: 'self', key },
    serial: newSerial(random),
    notBefore: new Date(now.getTime() - backdating),
    notAfter,
    ca: { pathLength: 0 },
    keyUsage: ['keyCertSign', 'cRLSign'],
    extensions: permitted.length === 0 ? [] : [nameConstraints(permitted)],
  })
}

function nameConstraints(permitted: readonly string[]) {
  const subtrees = permitted.map((name) => derSequence(derImplicit(1, derIa5String(name))))
  return { oid: oids.nameConstraints, critical: true, value: derSequence(derImplicit(0, derSequence(...subtrees))) }
}

/** The addresses and domains that a CA is limited to; empty where it isn't. */
export function permittedBy({ extensions }: Certificate): string[] {
  return (extensions.nameConstraints?.permitted ?? []).flatMap(({ base }) =>
    base.kind === 'rfc822Name' ? [base.value] : [],
  )
}

/** The key decides (RFC 8551 §4.4.2, RFC 8410 §5): an Ed25519 key only signs. */
function usagesFor(algorithm: CertificateKeyAlgorithm): KeyUsage[] {
  return algorithm.kind === 'ed25519' ? ['digitalSignature'] : mailKeyUsage(algorithm)
}

type OutsideFailure = Extract<Failure, { code: 'address-outside-authority' | 'authority-expired' }>

/** A mail certificate, DER. It never outlives its issuer. */
export async function mailCertificate(
  subject: {
    readonly name: string
    readonly addresses: readonly string[]
    readonly publicKeyInfo: Uint8Array
    readonly days: number
  },
  issuer: { readonly certificate: Certificate; readonly key: PrivateKeyHandle },
  { now, random }: Signing,
): Promise<Result<Uint8Array, OutsideFailure>> {
  const { certificate } = issuer
  if (certificate.notAfter <= now) {
    return failure({ code: 'authority-expired', notAfter: certificate.notAfter.toISOString() })
  }
  const outside = outsideOf(certificate, subject.addresses)
  if (outside) return failure(outside)
  const notAfter = Math.min(now.getTime() + subject.days * day, certificate.notAfter.getTime())
  return success(
    await issueCertificate({
      subject: subject.name === '' ? {} : { commonName: subject.name },
      emails: subject.addresses,
      publicKeyInfo: subject.publicKeyInfo,
      issuer: { name: certificate, key: issuer.key },
      serial: newSerial(random),
      notBefore: new Date(Math.max(now.getTime() - backdating, certificate.notBefore.getTime())),
      notAfter: new Date(notAfter),
      keyUsage: usagesFor(keyAlgorithmOfInfo(subject.publicKeyInfo)),
      extendedKeyUsage: [oids.emailProtection],
    }),
  )
}

function outsideOf(
  authority: Certificate,
  addresses: readonly string[],
): Extract<Failure, { code: 'address-outside-authority' }> | undefined {
  const permitted = permittedBy(authority)
  const address = permitted.length === 0 ? undefined : addressOutside(addresses, permitted)
  return address === undefined
    ? undefined
    : { code: 'address-outside-authority', address, permitted: permitted.join(', ') }
}

export interface AcceptableRequest {
  readonly view: RequestView
  readonly publicKeyInfo: Uint8Array
}

export type RequestFailure = Extract<
  Failure,
  {
    code:
      | 'not-a-request'
      | 'request-not-signed'
      | 'request-without-address'
      | 'too-many-addresses'
      | 'weak-key'
      | 'guessable-key'
      | 'unsupported-algorithm'
      | 'address-outside-authority'
      | 'too-large'
  }
>

/** A request that this CA could grant; DER, PEM in whatever an editor makes of it, or base64 alone. */
export function acceptableRequest(file: Uint8Array, authority: Certificate): Result<AcceptableRequest, RequestFailure> {
  const bytes = bareBase64(file) ?? file
  const block = readPem(armouredText(bytes)).find(({ label }) => /^(NEW )?CERTIFICATE REQUEST$/.test(label))
  const der = block?.bytes ?? bytes
  if (der.length > requestByteLimit && der[0] === universal.sequence) {
    return failure({ code: 'too-large', limit: requestByteLimit, size: der.length })
  }
  const read = readCertificateRequest(der)
  if (!read.ok) {
    if (read.error.code === 'unsupported-algorithm')
      return failure({ code: 'unsupported-algorithm', algorithm: otherCurveName(read.error.algorithm) })
    return failure({ code: read.error.code === 'bad-signature' ? 'request-not-signed' : 'not-a-request' })
  }
  const { subject, publicKeyInfo, keyAlgorithm, otherNames } = read.value
  const addresses = read.value.emails.map(certificateAddress)
  if (addresses.length === 0 || addresses.some((address) => address === undefined)) {
    return failure({ code: 'request-without-address' })
  }
  const known = distinct(addresses.filter((address) => address !== undefined))
  if (known.length > mostAuthorityAddresses) {
    return failure({ code: 'too-many-addresses', count: known.length, limit: mostAuthorityAddresses })
  }
  const keyText = keyTextOf(keyAlgorithm)
  if (keyText === undefined) return failure({ code: 'unsupported-algorithm', algorithm: kindText(keyAlgorithm) })
  if (isWeakKey(keyAlgorithm)) return failure({ code: 'weak-key', algorithm: keyText })
  if (keyAlgorithm.kind === 'rsa' && isGuessableRsa(publicKeyInfo)) return failure({ code: 'guessable-key' })
  const outside = outsideOf(authority, known)
  if (outside) return failure(outside)
  const usages = usagesFor(keyAlgorithm)
  return success({
    publicKeyInfo,
    view: {
      ...nameOf(attributeValue(subject, 'CN') ?? ''),
      addresses: known,
      keyAlgorithm: keyText,
      keySha256: hexText(digestOf('sha256', publicKeyInfo)),
      signs: usages.includes('digitalSignature'),
      encrypts: usages.length > 1,
      otherNames,
    },
  })
}

/** A certificate shows its name to people: nothing in it may hide, or turn the rest around. Undefined where something does. */
export function plainName(text: string): string | undefined {
  return shownText(text) === text ? text : undefined
}

function nameOf(asked: string): Pick<RequestView, 'name' | 'nameLeftOut'> {
  const name = plainName(asked)
  return { name: [...(name ?? '')].slice(0, 64).join(''), nameLeftOut: name === undefined }
}

/** Some programs write an address twice, in the spelling of the moment. */
function distinct(addresses: readonly string[]): string[] {
  return [...new Map(addresses.toReversed().map((address) => [normalizedAddress(address), address])).values()].reverse()
}

/** The kinds of keys that the mail programs of a family read. */
function keyTextOf(algorithm: CertificateKeyAlgorithm): string | undefined {
  if (algorithm.kind === 'rsa') return `RSA ${algorithm.bits}`
  if (algorithm.kind === 'ec' && /^P-/.test(algorithm.curve)) return `EC ${algorithm.curve}`
  return algorithm.kind === 'ed25519' ? 'Ed25519' : undefined
}

function kindText(algorithm: CertificateKeyAlgorithm): string {
  if (algorithm.kind === 'unsupported') return algorithm.oid
  return algorithm.kind === 'ec' ? algorithm.curve : algorithm.kind
}
