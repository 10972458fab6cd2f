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
import type { Certificate } from '../../certificates/certificate.ts'
import { publicKeyBitsOf } from '../../crypto/keyInfo.ts'
import { wrapKey } from '../../crypto/keyWrap.ts'
import type { PostQuantum } from '../../crypto/postQuantum.ts'
import type { MlKemSet } from '../../crypto/postQuantumSets.ts'
import { encapsulateFor, encryptKey, keyAgreementWithEphemeral } from '../../crypto/publicKey.ts'
import { digestIdentifier } from './algorithms.ts'
import { kemRecipientInfo } from './kemRecipient.ts'
import { type AgreementScheme, keyEncryptionKeyOf } from './keyAgreement.ts'
import { issuerAndSerial } from './sign.ts'

export interface CmsRecipient {
  readonly certificate: Certificate
  /** For RSA certificates; PKCS#1 v1.5 unless told otherwise, because every reader knows it. */
  readonly transport?: 'rsa-pkcs1' | 'rsa-oaep'
}

type Unsupported = { readonly code: 'unsupported-algorithm'; readonly algorithm: string }

function unsupported(algorithm: string): Result<Uint8Array, Unsupported> {
  return failure({ code: 'unsupported-algorithm', algorithm })
}

/** RSAES-OAEP-params with SHA-256 for the label and for the mask (RFC 4055 §4.1). */
function oaepIdentifier(): Uint8Array {
  const digest = digestIdentifier('sha256')
  return derSequence(
    derOid(oids.rsaesOaep),
    derSequence(derExplicit(0, digest), derExplicit(1, derSequence(derOid(oids.mgf1), digest))),
  )
}

function keyTransRecipient(recipient: CmsRecipient, contentKey: Uint8Array): Result<Uint8Array, Unsupported> {
  const oaep = recipient.transport === 'rsa-oaep'
  const encryptedKey = encryptKey(
    recipient.certificate.publicKeyInfo,
    oaep ? { kind: 'rsa-oaep', digest: 'sha256', mgfDigest: 'sha256' } : { kind: 'rsa-pkcs1' },
    contentKey,
  )
  if (!encryptedKey.ok) return unsupported('RSA')
  return success(
    derSequence(
      derInteger(0),
      issuerAndSerial(recipient.certificate),
      oaep ? oaepIdentifier() : derSequence(derOid(oids.rsaEncryption), derNull()),
      derOctetString(encryptedKey.value),
    ),
  )
}

const ellipticScheme: AgreementScheme = { derivation: 'x9.63', digest: 'sha256' }
const montgomeryScheme: AgreementScheme = { derivation: 'hkdf', digest: 'sha256' }

/** A fresh ephemeral key for each recipient, AES-256 key wrap. */
function keyAgreeRecipient({ certificate }: CmsRecipient, contentKey: Uint8Array): Result<Uint8Array, Unsupported> {
  const agreed = keyAgreementWithEphemeral(certificate.publicKeyInfo)
  const ephemeralKey = agreed.ok ? publicKeyBitsOf(agreed.value.ephemeralPublicKeyInfo) : undefined
  if (!agreed.ok || !ephemeralKey) return unsupported('ECDH')
  const montgomery = certificate.keyAlgorithm.kind === 'x25519'
  // RFC 3565 §2.3.2: the parameters of AES key wrap are absent.
  const wrapAlgorithm = derSequence(derOid(oids.aes256Wrap))
  const scheme = montgomery ? montgomeryScheme : ellipticScheme
  const wrappingKey = keyEncryptionKeyOf(scheme, agreed.value.sharedSecret, wrapAlgorithm, 32, undefined)
  try {
    const originatorKey = derElement(
      context(1),
      derSequence(derOid(montgomery ? oids.x25519 : oids.ecPublicKey)),
      derBitString(ephemeralKey),
    )
    return success(
      derElement(
        context(1),
        derInteger(3),
        derExplicit(0, originatorKey),
        derSequence(derOid(montgomery ? oids.stdDhHkdfSha256 : oids.stdDhSha256Kdf), wrapAlgorithm),
        derSequence(derSequence(issuerAndSerial(certificate), derOctetString(wrapKey(wrappingKey, contentKey)))),
      ),
    )
  } finally {
    wipe(wrappingKey)
  }
}

function kemRecipient(
  { certificate }: CmsRecipient,
  parameterSet: MlKemSet,
  contentKey: Uint8Array,
  postQuantum: PostQuantum | undefined,
): Result<Uint8Array, Unsupported> {
  const made = postQuantum && encapsulateFor(postQuantum, parameterSet, certificate.publicKeyInfo)
  if (!made?.ok) return unsupported(parameterSet)
  return success(kemRecipientInfo(issuerAndSerial(certificate), parameterSet, made.value, contentKey))
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
