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
} from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type CertificateKeyAlgorithm, keyAlgorithmOfInfo, signatureAlgorithmOf } from '../certificates/algorithms.ts'
import { extensionsOf, type KeyUsage } from '../certificates/extensions.ts'
import { bitStringOf, FieldReader, MalformedFields, oidOf, soleField, universal } from '../certificates/fields.ts'
import { keyUsageDer, nameDer, signatureAlgorithmDer, subjectAltNameDer } from '../certificates/issue.ts'
import { type Name, nameOfField } from '../certificates/name.ts'
import { isWeakScheme } from '../certificates/strength.ts'
import { defaultScheme, type KeyAlgorithm, type PrivateKeyHandle } from '../crypto/privateKey.ts'
import { verifySignature } from '../crypto/publicKey.ts'

/** What a key for mail is for: RSA decrypts (key transport), an EC key agrees (RFC 8551 §4.4.2). */
export function mailKeyUsage(algorithm: KeyAlgorithm): KeyUsage[] {
  return ['digitalSignature', algorithm.kind === 'rsa' ? 'keyEncipherment' : 'keyAgreement']
}

/**
 * A signed request, DER.
 *
 * @param name the common name; left out when empty.
 * @param address as `certificateAddress` spells it; an ASCII local part becomes an rfc822Name, any other a SmtpUTF8Mailbox.
 */
export async function certificateRequest(name: string, address: string, key: PrivateKeyHandle): Promise<Uint8Array> {
  const extensions = derSequence(
    extension(oids.subjectAltName, false, subjectAltNameDer({ emails: [address] })),
    extension(oids.keyUsage, true, keyUsageDer(mailKeyUsage(key.algorithm))),
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

/** A request with two RSA-16384 keys' worth of bytes would fit; real ones have 0.5 to 2 kB. */
const requestByteLimit = 16_384
/** RFC 2986 requests carry one or two attributes. */
const attributeLimit = 20

/** Reads a request and checks that it is signed with the key that it names (proof of possession). */
export function readCertificateRequest(der: Uint8Array): Result<CertificateRequest, CertificateRequestError> {
  if (der.length > requestByteLimit) return failure({ code: 'malformed-request', reason: 'too-large' })
  try {
    return requestOf(der)
  } catch (error) {
    if (error instanceof MalformedFields) return failure({ code: 'malformed-request', reason: error.what })
    throw error
  }
}

function requestOf(der: Uint8Array): Result<CertificateRequest, CertificateRequestError> {
  const outer = soleField(der, 'request')
  if (outer.tag !== universal.sequence) throw new MalformedFields('request')
  const request = new FieldReader(outer.content)
  const signedPart = request.expect(universal.sequence, 'request')
  const { scheme } = signatureAlgorithmOf(request.sequence('signatureAlgorithm'))
  const signature = bitStringOf(request.expect(universal.bitString, 'signature'), 'signature').bytes
  request.end('request')

  const fields = new FieldReader(signedPart.content)
  const version = fields.expect(universal.integer, 'version').content
  if (version.length !== 1 || version[0] !== 0) throw new MalformedFields('version')
  const subject = nameOfField(fields.any('subject'))
  const publicKeyInfo = fields.expect(universal.sequence, 'publicKey').der
  const requested = requestedExtensions(fields.optional(0xa0, 'attributes')?.content ?? new Uint8Array())
  fields.end('request')

  if (!scheme || isWeakScheme(scheme) || !verifySignature(publicKeyInfo, scheme, signedPart.der, signature)) {
    return failure({ code: 'bad-signature' })
  }
  const emails = requested?.subjectAltName?.emails ?? []
  return success({
    subject,
    publicKeyInfo,
    keyAlgorithm: keyAlgorithmOfInfo(publicKeyInfo),
    emails,
    otherNames: (requested?.subjectAltName?.names.length ?? 0) - emails.length,
  })
}

function requestedExtensions(content: Uint8Array): ReturnType<typeof extensionsOf> | undefined {
  const attributes = new FieldReader(content)
  for (let count = 0; !attributes.atEnd; count++) {
    if (count >= attributeLimit) throw new MalformedFields('attributes')
    const attribute = attributes.sequence('attributes')
    const type = oidOf(attribute.expect(universal.oid, 'attributes'), 'attributes')
    const values = new FieldReader(attribute.expect(universal.set, 'attributes').content)
    attribute.end('attributes')
    if (type !== oids.extensionRequest) continue
    const extensions = extensionsOf(values.sequence('extensionRequest'))
    values.end('extensionRequest')
    if (extensions.malformed.length > 0) throw new MalformedFields('extensionRequest')
    return extensions
  }
  return undefined
}
