/** Writing RecipientInfos: key transport for RSA certificates (RFC 5652 §6.2.1, RFC 3560), ephemeral key agreement for curves (RFC 5753 §3.1.1, RFC 8418), encapsulation for ML-KEM (RFC 9629). */

import {
  context,
  derBitString,
  derElement,
  derExplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { wipe } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type Certificate, subjectKeyIdentifierOf } from '../../certificates/certificate.ts'
import { publicKeyBitsOf } from '../../crypto/keyInfo.ts'
import { wrapKey } from '../../crypto/keyWrap.ts'
import type { PostQuantum } from '../../crypto/postQuantum.ts'
import type { MlKemSet } from '../../crypto/postQuantumSets.ts'
import { encapsulateFor, encryptKey, keyAgreementWithEphemeral } from '../../crypto/publicKey.ts'
import { digestIdentifier } from './algorithms.ts'
import { issuerAndSerial, keyIdentifier } from './identifierWriter.ts'
import { kemRecipientInfo } from './kemRecipient.ts'
import { agreementSchemeByOid, keyEncryptionKeyOf, wrapOidByKeyBytes } from './keyAgreement.ts'

export interface CmsRecipient {
  readonly certificate: Certificate
  /** For RSA certificates; PKCS#1 v1.5 unless told otherwise, because every reader knows it. */
  readonly transport?: 'rsa-pkcs1' | 'rsa-oaep'
  /** OAEP's digest, for label and mask alike; SHA-256 unless told otherwise. */
  readonly oaepDigest?: 'sha1' | 'sha256' | 'sha384' | 'sha512'
  /** Names the recipient by subjectKeyIdentifier instead of issuer and serial number, which every reader knows. */
  readonly byKeyIdentifier?: boolean
}

type Unsupported = { readonly code: 'unsupported-algorithm'; readonly algorithm: string }

function unsupported(algorithm: string): Result<Uint8Array, Unsupported> {
  return failure({ code: 'unsupported-algorithm', algorithm })
}

/** RSAES-OAEP-params with one digest for the label and for the mask (RFC 4055 §4.1); SHA-1 is the default that isn't written. */
export function oaepIdentifier(digest: OaepDigest): Uint8Array {
  if (digest === 'sha1') return derSequence(derOid(oids.rsaesOaep), derSequence())
  const identifier = digestIdentifier(digest)
  return derSequence(
    derOid(oids.rsaesOaep),
    derSequence(derExplicit(0, identifier), derExplicit(1, derSequence(derOid(oids.mgf1), identifier))),
  )
}

type OaepDigest = NonNullable<CmsRecipient['oaepDigest']>

/** RecipientIdentifier (RFC 5652 §6.2.1). */
function transportIdentifier({ certificate, byKeyIdentifier }: CmsRecipient): Uint8Array {
  return byKeyIdentifier ? keyIdentifier(certificate) : issuerAndSerial(certificate)
}

/** KeyAgreeRecipientIdentifier (RFC 5652 §6.2.2). */
function agreementIdentifier({ certificate, byKeyIdentifier }: CmsRecipient): Uint8Array {
  if (!byKeyIdentifier) return issuerAndSerial(certificate)
  return derElement(context(0), derOctetString(subjectKeyIdentifierOf(certificate)))
}

function keyTransRecipient(recipient: CmsRecipient, contentKey: Uint8Array): Result<Uint8Array, Unsupported> {
  const oaep = recipient.transport === 'rsa-oaep'
  const digest = recipient.oaepDigest ?? 'sha256'
  const encryptedKey = encryptKey(
    recipient.certificate.publicKeyInfo,
    oaep ? { kind: 'rsa-oaep', digest, mgfDigest: digest } : { kind: 'rsa-pkcs1' },
    contentKey,
  )
  if (!encryptedKey.ok) return unsupported('RSA')
  return success(
    derSequence(
      derInteger(recipient.byKeyIdentifier ? 2 : 0),
      transportIdentifier(recipient),
      oaep ? oaepIdentifier(digest) : derSequence(derOid(oids.rsaEncryption), derNull()),
      derOctetString(encryptedKey.value),
    ),
  )
}

/** A scheme as strong as the key (RFC 5753 §8, RFC 8418 §2). */
function schemeFor(algorithm: Certificate['keyAlgorithm']): string {
  if (algorithm.kind !== 'ec') return oids.stdDhHkdfSha256
  const byCurve = { 'P-256': oids.stdDhSha256Kdf, 'P-384': oids.stdDhSha384Kdf, 'P-521': oids.stdDhSha512Kdf }
  return byCurve[algorithm.curve]
}

/** A fresh ephemeral key for each recipient. */
function keyAgreeRecipient(recipient: CmsRecipient, contentKey: Uint8Array): Result<Uint8Array, Unsupported> {
  const { keyAlgorithm, publicKeyInfo } = recipient.certificate
  const agreed = keyAgreementWithEphemeral(publicKeyInfo)
  const ephemeralKey = agreed.ok ? publicKeyBitsOf(agreed.value.ephemeralPublicKeyInfo) : undefined
  const schemeOid = schemeFor(keyAlgorithm)
  const scheme = agreementSchemeByOid(schemeOid)
  if (!agreed.ok || !ephemeralKey || !scheme) return unsupported('ECDH')
  // RFC 3565 §2.3.2: the parameters of AES key wrap are absent. It is as strong as what it wraps (RFC 5753 §8).
  const wrapAlgorithm = derSequence(derOid(wrapOidByKeyBytes(contentKey.length)))
  const { sharedSecret } = agreed.value
  const wrappingKey = keyEncryptionKeyOf(scheme, sharedSecret, wrapAlgorithm, contentKey.length, undefined)
  try {
    const originatorKey = derElement(
      context(1),
      derSequence(derOid(keyAlgorithm.kind === 'x25519' ? oids.x25519 : oids.ecPublicKey)),
      derBitString(ephemeralKey),
    )
    return success(
      derElement(
        context(1),
        derInteger(3),
        derExplicit(0, originatorKey),
        derSequence(derOid(schemeOid), wrapAlgorithm),
        derSequence(derSequence(agreementIdentifier(recipient), derOctetString(wrapKey(wrappingKey, contentKey)))),
      ),
    )
  } finally {
    wipe(wrappingKey)
  }
}

function kemRecipient(
  recipient: CmsRecipient,
  parameterSet: MlKemSet,
  contentKey: Uint8Array,
  postQuantum: PostQuantum | undefined,
): Result<Uint8Array, Unsupported> {
  const made = postQuantum && encapsulateFor(postQuantum, parameterSet, recipient.certificate.publicKeyInfo)
  if (!made?.ok) return unsupported(parameterSet)
  return success(kemRecipientInfo(transportIdentifier(recipient), parameterSet, made.value, contentKey))
}

/** One DER RecipientInfo. ML-KEM wants `postQuantum`. */
export function recipientInfoFor(
  recipient: CmsRecipient,
  contentKey: Uint8Array,
  postQuantum?: PostQuantum,
): Result<Uint8Array, Unsupported> {
  const algorithm = recipient.certificate.keyAlgorithm
  switch (algorithm.kind) {
    case 'rsa':
      return keyTransRecipient(recipient, contentKey)
    case 'ec':
    case 'x25519':
      return keyAgreeRecipient(recipient, contentKey)
    case 'ml-kem':
      return kemRecipient(recipient, algorithm.parameterSet, contentKey, postQuantum)
    case 'ml-dsa':
      return unsupported(algorithm.parameterSet)
    case 'ed25519':
      return unsupported('Ed25519')
    case 'unsupported':
      return unsupported(algorithm.oid)
  }
}
