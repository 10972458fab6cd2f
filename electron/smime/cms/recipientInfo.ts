/** RecipientInfos (RFC 5652 §6.2, RFC 5753 §3.1.1, RFC 3560, RFC 9629) as they were written, and how each manages the content key. */

import { context, type Element, universal } from '../../asn1/der.ts'
import { DerReader, MalformedDer, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { digestByOid, digestText } from '../../crypto/digestOid.ts'
import type { DigestName, KeyTransport } from '../../crypto/privateKey.ts'
import { readAlgorithm } from './algorithms.ts'
import { type Encapsulation, readKemRecipient } from './kemRecipient.ts'
import { type AgreementScheme, agreementSchemeByOid, wrapKeyBytesByOid } from './keyAgreement.ts'
import { type CertificateIdentifier, readCertificateIdentifier, readIssuerAndSerial } from './signerInfo.ts'

export type KeyManagement =
  | { readonly kind: 'transport'; readonly transport: KeyTransport }
  | {
      readonly kind: 'agreement'
      readonly scheme: AgreementScheme
      /** The originator's public key bits: a point, or X25519's 32 bytes. */
      readonly originatorKey: Uint8Array
      readonly wrapAlgorithm: Uint8Array
      readonly wrapKeyBytes: number
      readonly userKeyingMaterial: Uint8Array | undefined
    }
  | Encapsulation
  /** Named, not used: passwords, shared keys, algorithms that Siegel doesn't compute. */
  | { readonly kind: 'other' }

export interface RecipientInfo {
  /** Undefined for recipients that no certificate stands for. */
  readonly identifier: CertificateIdentifier | undefined
  readonly management: KeyManagement
  /** Plainly: "RSA-OAEP (SHA-256)". */
  readonly text: string
  readonly encryptedKey: Uint8Array
}

/** Reads one RecipientInfo; key agreement may carry several recipients. Throws MalformedDer. */
export function readRecipientInfo(encoding: Uint8Array): RecipientInfo[] {
  const outer = soleElement(encoding, 'recipientInfo')
  switch (outer.tag) {
    case universal.sequence:
      return [readKeyTransport(DerReader.inside(outer))]
    case context(1):
      return readKeyAgreement(DerReader.inside(outer))
    case context(2):
      return [otherRecipient('key encryption key')]
    case context(3):
      return [otherRecipient('password')]
    case context(4):
      return [readOtherRecipient(DerReader.inside(outer))]
    default:
      throw new MalformedDer('recipientInfo')
  }
}

function readOtherRecipient(fields: DerReader): RecipientInfo {
  const type = fields.oid('oriType')
  if (type !== oids.kemRecipientInfo) return otherRecipient(type)
  const { management, ...recipient } = readKemRecipient(fields)
  return { ...recipient, management: management ?? { kind: 'other' } }
}

function otherRecipient(text: string): RecipientInfo {
  return { identifier: undefined, management: { kind: 'other' }, text, encryptedKey: new Uint8Array() }
}

function readKeyTransport(fields: DerReader): RecipientInfo {
  fields.integer('version')
  const identifier = readCertificateIdentifier(fields, 'rid')
  const { oid, parameters } = readAlgorithm(fields, 'keyEncryptionAlgorithm')
  const encryptedKey = fields.octetString('encryptedKey')
  fields.end('keyTransRecipientInfo')
  if (oid === oids.rsaEncryption) {
    const management: KeyManagement = { kind: 'transport', transport: { kind: 'rsa-pkcs1' } }
    return { identifier, management, text: 'RSA PKCS#1 v1.5', encryptedKey }
  }
  if (oid === oids.rsaesOaep) return { identifier, ...readOaep(parameters), encryptedKey }
  return { identifier, management: { kind: 'other' }, text: oid, encryptedKey }
}

function digestInside(element: Element | undefined): DigestName | undefined {
  if (!element) return 'sha1'
  return digestByOid(readAlgorithm(DerReader.inside(element), 'oaep').oid)
}

/** MGF1's digest, or undefined for another mask. */
function maskInside(element: Element | undefined): DigestName | undefined {
  if (!element) return 'sha1'
  const { oid, parameters } = readAlgorithm(DerReader.inside(element), 'oaep')
  if (oid !== oids.mgf1 || !parameters) return undefined
  return digestByOid(readAlgorithm(new DerReader(parameters), 'oaep').oid)
}

/** RSAES-OAEP-params (RFC 4055 §4.1); missing ones are SHA-1 and no label. */
function readOaep(parameters: Uint8Array | undefined): { management: KeyManagement; text: string } {
  const fields = parameters ? new DerReader(parameters).sequence('oaep') : new DerReader(new Uint8Array())
  const digest = digestInside(fields.optional(context(0), 'oaep'))
  const mgfDigest = maskInside(fields.optional(context(1), 'oaep'))
  const source = fields.optional(context(2), 'oaep')
  fields.end('oaep')
  const label = source ? labelInside(source) : new Uint8Array()
  if (!digest || !mgfDigest || !label) return { management: { kind: 'other' }, text: 'RSA-OAEP' }
  const mask = digest === mgfDigest ? '' : `, MGF1 ${digestText(mgfDigest)}`
  return {
    management: { kind: 'transport', transport: { kind: 'rsa-oaep', digest, mgfDigest, label } },
    text: `RSA-OAEP (${digestText(digest)}${mask})`,
  }
}

function labelInside(element: Element): Uint8Array | undefined {
  const { oid, parameters } = readAlgorithm(DerReader.inside(element), 'oaep')
  return oid === oids.pSpecified && parameters ? new DerReader(parameters).octetString('oaep') : undefined
}

function readKeyAgreement(fields: DerReader): RecipientInfo[] {
  fields.integer('version')
  const originator = readOriginator(DerReader.inside(fields.expect(context(0), 'originator')))
  const ukm = fields.optional(context(1), 'ukm')
  const userKeyingMaterial = ukm ? DerReader.inside(ukm).octetString('ukm') : undefined
  const algorithm = readAlgorithm(fields, 'keyEncryptionAlgorithm')
  const recipients = fields.sequence('recipientEncryptedKeys')
  fields.end('keyAgreeRecipientInfo')

  const scheme = agreementSchemeByOid(algorithm.oid)
  const wrap =
    scheme && algorithm.parameters ? readAlgorithm(new DerReader(algorithm.parameters), 'keyWrapAlgorithm') : undefined
  const wrapKeyBytes = wrap && wrapKeyBytesByOid(wrap.oid)
  const management: KeyManagement =
    scheme && wrap && wrapKeyBytes && originator
      ? {
          kind: 'agreement',
          scheme,
          originatorKey: originator.key,
          wrapAlgorithm: wrap.encoding,
          wrapKeyBytes,
          userKeyingMaterial,
        }
      : { kind: 'other' }
  const text =
    scheme && originator
      ? `${originator.text} (${digestText(scheme.digest)}, ${wrapKeyBytes ? `AES-${wrapKeyBytes * 8} key wrap` : (wrap?.oid ?? '?')})`
      : algorithm.oid
  const found: RecipientInfo[] = []
  while (!recipients.atEnd) {
    const recipient = recipients.sequence('recipientEncryptedKey')
    const identifier = readAgreementIdentifier(recipient)
    const encryptedKey = recipient.octetString('encryptedKey')
    recipient.end('recipientEncryptedKey')
    found.push({ identifier, management, text, encryptedKey })
  }
  return found
}

const curveByPointLength: Readonly<Record<number, string>> = { 65: 'P-256', 97: 'P-384', 133: 'P-521' }

/** The originator's ephemeral key; undefined for a static one, which needs a certificate that CMS doesn't carry here. */
function readOriginator(fields: DerReader): { key: Uint8Array; text: string } | undefined {
  if (fields.nextTag !== context(1)) return undefined
  const originator = DerReader.inside(fields.any('originatorKey'))
  // RFC 5753 §3.1.1: the parameters are absent, NULL or the curve; the recipient's own key decides.
  const { oid } = readAlgorithm(originator, 'originatorKey')
  const key = originator.bitString('originatorKey')
  originator.end('originatorKey')
  const curve = curveByPointLength[key.length]
  return { key, text: oid === oids.x25519 ? 'X25519' : curve ? `ECDH ${curve}` : 'ECDH' }
}

function readAgreementIdentifier(fields: DerReader): CertificateIdentifier {
  if (fields.nextTag === universal.sequence) return readIssuerAndSerial(fields.sequence('rid'))
  const keyIdentifier = DerReader.inside(fields.expect(context(0), 'rid'))
  return { kind: 'key-identifier', keyIdentifier: keyIdentifier.octetString('rid') }
}
