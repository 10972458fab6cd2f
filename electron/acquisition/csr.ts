/**
 * Certificate requests (PKCS#10, RFC 2986) for one mail address: writing one with a key's handle, and reading one as a CA
 * does. The address stands in the subjectAltName of an extensionRequest (RFC 2985 §5.4.2); the subject is only the name,
 * because what else may stand there is the CA's decision.
 */

import {
  context,
  derBitString,
  derBoolean,
  derElement,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  universal,
} from '../asn1/der.ts'
import { DerReader, encodingOf, MalformedDer } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type CertificateKeyAlgorithm, keyAlgorithmOfInfo, signatureAlgorithmOf } from '../certificates/algorithms.ts'
import { type Extensions, extensionsOf, type KeyUsage } from '../certificates/extensions.ts'
import { sequenceIn } from '../certificates/fields.ts'
import { keyUsageDer, nameDer, signatureAlgorithmDer, subjectAltNameDer } from '../certificates/issue.ts'
import { type Name, nameOfField } from '../certificates/name.ts'
import { isWeakScheme } from '../certificates/strength.ts'
import { defaultScheme, type PrivateKeyHandle } from '../crypto/privateKey.ts'
import { verifySignature } from '../crypto/publicKey.ts'

/** What a certificate is to be used for: signing letters, receiving sealed ones, or both. */
export type MailUse = 'both' | 'sign' | 'encrypt'

/** What a key for mail is for: RSA decrypts (key transport), an EC key agrees (RFC 8551 §4.4.2), Ed25519 only signs (RFC 8410 §5). */
export function mailKeyUsage(algorithm: CertificateKeyAlgorithm, use: MailUse = 'both'): KeyUsage[] {
  const usages: KeyUsage[] = use === 'encrypt' ? [] : ['digitalSignature']
  if (use === 'sign' || algorithm.kind === 'ed25519') return usages
  return [...usages, algorithm.kind === 'rsa' ? 'keyEncipherment' : 'keyAgreement']
}

/**
 * A signed request, DER. Throws for a key that can't be used as asked: the caller chose it.
 *
 * @param name the common name; left out when empty.
 * @param address as `certificateAddress` spells it; an ASCII local part becomes an rfc822Name, any other a SmtpUTF8Mailbox.
 */
export async function certificateRequest(
  name: string,
  address: string,
  key: PrivateKeyHandle,
  use: MailUse = 'both',
): Promise<Uint8Array> {
  const usages = mailKeyUsage(key.algorithm, use)
  if (usages.length === 0) throw new RangeError('a key that is of no use for this')
  const extensions = derSequence(
    extension(oids.subjectAltName, false, subjectAltNameDer({ emails: [address] })),
    extension(oids.keyUsage, true, keyUsageDer(usages)),
    extension(oids.extendedKeyUsage, false, derSequence(derOid(oids.emailProtection))),
  )
  const attributes = derElement(context(0), derSequence(derOid(oids.extensionRequest), derSet(extensions)))
  const subject = nameDer(name === '' ? {} : { commonName: name })
  const signedPart = derSequence(derInteger(0), subject, key.publicKeyInfo, attributes)
  const scheme = defaultScheme(key.algorithm)
  const signature = await key.sign(scheme, signedPart)
  return derSequence(signedPart, signatureAlgorithmDer(scheme), derBitString(signature))
}

function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  return derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctetString(value))
}

export interface CertificateRequest {
  readonly subject: Name
  /** DER SubjectPublicKeyInfo; the request is signed with its private key. */
  readonly publicKeyInfo: Uint8Array
  readonly keyAlgorithm: CertificateKeyAlgorithm
  /** Addresses of the requested subjectAltName. */
  readonly emails: readonly string[]
  /** Names of the requested subjectAltName that are no mail addresses. */
  readonly otherNames: number
}

export type CertificateRequestError =
  | { readonly code: 'malformed-request'; readonly reason: string }
  | { readonly code: 'bad-signature' }
  /** A kind of key or a curve whose signatures can't be checked here. */
  | { readonly code: 'unsupported-algorithm'; readonly algorithm: string }

/** A request with two RSA-16384 keys' worth of bytes would fit; real ones have 0.5 to 2 kB. */
export const requestByteLimit = 16_384
/** RFC 2986 requests carry one or two attributes. */
const attributeLimit = 20

/** Reads a request and checks that it is signed with the key that it names (proof of possession). */
export function readCertificateRequest(der: Uint8Array): Result<CertificateRequest, CertificateRequestError> {
  if (der.length > requestByteLimit) return failure({ code: 'malformed-request', reason: 'too-large' })
  try {
    return requestOf(der)
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'malformed-request', reason: error.what })
    throw error
  }
}

function requestOf(der: Uint8Array): Result<CertificateRequest, CertificateRequestError> {
  const request = sequenceIn(der, 'request')
  const signedPart = request.expect(universal.sequence, 'request')
  const { scheme } = signatureAlgorithmOf(request.sequence('signatureAlgorithm'))
  const signature = request.bitString('signature')
  request.end('request')

  const fields = DerReader.inside(signedPart)
  if (fields.integer('version') !== 0) throw new MalformedDer('version')
  const subject = nameOfField(fields.any('subject'))
  const publicKeyInfo = encodingOf(fields.expect(universal.sequence, 'publicKey'))
  const attributes = fields.optional(context(0), 'attributes')
  const requested = attributes ? requestedExtensions(DerReader.inside(attributes)) : undefined
  fields.end('request')

  const keyAlgorithm = keyAlgorithmOfInfo(publicKeyInfo)
  if (keyAlgorithm.kind === 'unsupported') {
    return failure({ code: 'unsupported-algorithm', algorithm: keyAlgorithm.oid })
  }
  const signed = encodingOf(signedPart)
  if (!scheme || isWeakScheme(scheme) || !verifySignature(publicKeyInfo, scheme, signed, signature)) {
    return failure({ code: 'bad-signature' })
  }
  const emails = requested?.subjectAltName?.emails ?? []
  const otherNames = (requested?.subjectAltName?.names.length ?? 0) - emails.length
  return success({ subject, publicKeyInfo, keyAlgorithm, emails, otherNames })
}

function requestedExtensions(attributes: DerReader): Extensions | undefined {
  for (let count = 0; !attributes.atEnd; count++) {
    if (count >= attributeLimit) throw new MalformedDer('attributes')
    const attribute = attributes.sequence('attributes')
    const type = attribute.oid('attributes')
    const values = DerReader.inside(attribute.expect(universal.set, 'attributes'))
    attribute.end('attributes')
    if (type !== oids.extensionRequest) continue
    const extensions = extensionsOf(values.sequence('extensionRequest'))
    values.end('extensionRequest')
    if (extensions.malformed.length > 0) throw new MalformedDer('extensionRequest')
    return extensions
  }
  return undefined
}
