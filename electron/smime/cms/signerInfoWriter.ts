/**
 * Writing SignerInfo (RFC 5652 §5.3) with the signed attributes of S/MIME: contentType, messageDigest, signingTime,
 * sMIMECapabilities (RFC 8551 §2.5), signingCertificateV2 (RFC 5035) and CMSAlgorithmProtection (RFC 6211).
 *
 * RSA signs by PKCS#1 v1.5, which every verifier knows, or by RSASSA-PSS (RFC 4056) where it is asked for.
 */

import {
  context,
  derElement,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derUtcOrGeneralizedTime,
  sortedSetOf,
  universal,
} from '../../asn1/der.ts'
import { DerReader } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type SignatureAlgorithm, signatureAlgorithmOf } from '../../certificates/algorithms.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { signatureAlgorithmDer } from '../../certificates/issue.ts'
import { digestBytes } from '../../crypto/digestOid.ts'
import { defaultScheme, type PrivateKeyHandle, type SignatureScheme } from '../../crypto/privateKey.ts'
import { digestIdentifier } from './algorithms.ts'
import { derAttribute } from './attributes.ts'
import { issuerAndSerial, keyIdentifier } from './identifierWriter.ts'
import { signingCertificateV2 } from './signingCertificate.ts'

export interface CmsSigner {
  readonly certificate: Certificate
  /** Further certificates for the receiver, without the root. */
  readonly chain: readonly Certificate[]
  readonly key: PrivateKeyHandle
  /**
   * For Ed25519 and ML-DSA keys always SHA-512 (RFC 8419 §3.1, RFC 9882 §3.3); keys for RSASSA-PSS alone may prescribe
   * another (RFC 4055 §3.3).
   */
  readonly digest: 'sha256' | 'sha384' | 'sha512'
  /** For RSA keys; PKCS#1 v1.5 unless told otherwise. Keys for RSASSA-PSS alone always use that. */
  readonly padding?: 'pkcs1' | 'pss'
  readonly signingTime: Date
  /** DER SMIMECapabilities. */
  readonly capabilities?: Uint8Array
  /** Names the signer by subjectKeyIdentifier instead of issuer and serial number, which every verifier knows. */
  readonly byKeyIdentifier?: boolean
}

export type SignatureDigest = CmsSigner['digest']

type UnsupportedKey = { readonly code: 'unsupported-algorithm'; readonly algorithm: string }

/** The digest that is as strong as the key: for ECDSA the curve's (RFC 5753 §8), else SHA-256. */
export function usualDigest({ algorithm }: PrivateKeyHandle): SignatureDigest {
  if (algorithm.kind !== 'ec') return 'sha256'
  const byCurve = { 'P-256': 'sha256', 'P-384': 'sha384', 'P-521': 'sha512' } as const
  return byCurve[algorithm.curve]
}

/** RFC 4056 §3: one digest for the content and for the mask, and a salt as long as it. */
function pss(digest: SignatureDigest, leastSalt = 0): SignatureScheme {
  return { kind: 'rsa-pss', digest, mgfDigest: digest, saltLength: Math.max(digestBytes(digest), leastSalt) }
}

/** RFC 4055 §1.2, §3.3: a key that calls itself id-RSASSA-PSS does nothing else, and its parameters, if any, bind. */
function pssKeyOf({ publicKeyInfo }: Certificate): { readonly prescribed?: SignatureAlgorithm } | undefined {
  const algorithm = () => new DerReader(publicKeyInfo).sequence('publicKey').sequence('publicKey')
  const fields = algorithm()
  if (fields.oid('publicKey') !== oids.rsassaPss) return undefined
  return fields.atEnd ? {} : { prescribed: signatureAlgorithmOf(algorithm()) }
}

/**
 * How a signer signs. `unsupported-algorithm`: the key agrees or wraps and doesn't sign, or it is an RSASSA-PSS key that
 * prescribes SHA-1 or two digests.
 */
export function signatureSchemeFor(signer: CmsSigner): Result<SignatureScheme, UnsupportedKey> {
  const { algorithm } = signer.key
  if (algorithm.kind === 'x25519') return failure({ code: 'unsupported-algorithm', algorithm: 'X25519' })
  if (algorithm.kind === 'ml-kem') return failure({ code: 'unsupported-algorithm', algorithm: algorithm.parameterSet })
  if (algorithm.kind !== 'rsa') return success(defaultScheme(algorithm, signer.digest))
  const pssKey = pssKeyOf(signer.certificate)
  if (!pssKey && signer.padding !== 'pss') return success(defaultScheme(algorithm, signer.digest))
  if (!pssKey?.prescribed) return success(pss(signer.digest))
  const { scheme } = pssKey.prescribed
  return scheme?.kind === 'rsa-pss' && scheme.digest === scheme.mgfDigest && isSignatureDigest(scheme.digest)
    ? success(pss(scheme.digest, scheme.saltLength))
    : failure({ code: 'unsupported-algorithm', algorithm: 'RSA-PSS' })
}

function isSignatureDigest(digest: string): digest is SignatureDigest {
  return digest === 'sha256' || digest === 'sha384' || digest === 'sha512'
}

/** A signer with what the key leaves no choice about. */
export interface PreparedSigner {
  readonly signer: CmsSigner
  readonly scheme: SignatureScheme
  /** Of the content. */
  readonly digest: SignatureDigest
}

/** Throws RangeError where `signatureSchemeFor` says that the key can't: the caller chose it. */
export function preparedSigner(signer: CmsSigner): PreparedSigner {
  const scheme = signatureSchemeFor(signer)
  if (!scheme.ok) throw new RangeError(`a key that does not sign: ${scheme.error.algorithm}`)
  const digest = 'digest' in scheme.value && isSignatureDigest(scheme.value.digest) ? scheme.value.digest : 'sha512'
  return { signer, scheme: scheme.value, digest }
}

/** With PKCS#1 v1.5 the key's own OID, which is what every verifier knows (RFC 3370 §3.2). */
function signatureIdentifier(scheme: SignatureScheme): Uint8Array {
  return scheme.kind === 'rsa-pkcs1'
    ? derSequence(derOid(oids.rsaEncryption), derNull())
    : signatureAlgorithmDer(scheme)
}

/** CMSAlgorithmProtection (RFC 6211 §2): nobody may swap the algorithms under the signature. */
function algorithmProtection(digest: Uint8Array, signature: Uint8Array): Uint8Array {
  const implicit = Uint8Array.from(signature)
  implicit[0] = context(1)
  return derSequence(digest, implicit)
}

/** The signed attributes in DER's order. */
function signedAttributes({ signer, scheme, digest }: PreparedSigner, messageDigest: Uint8Array): Uint8Array[] {
  const protection = algorithmProtection(digestIdentifier(digest), signatureIdentifier(scheme))
  return sortedSetOf([
    derAttribute(oids.contentType, derOid(oids.data)),
    derAttribute(oids.signingTime, derUtcOrGeneralizedTime(signer.signingTime)),
    derAttribute(oids.messageDigest, derOctetString(messageDigest)),
    derAttribute(oids.signingCertificateV2, signingCertificateV2(signer.certificate)),
    derAttribute(oids.cmsAlgorithmProtection, protection),
    ...(signer.capabilities ? [derAttribute(oids.smimeCapabilities, signer.capabilities)] : []),
  ])
}

/** RFC 5652 §5.3: 3 where the signer is named by the key. */
export function signerVersion({ byKeyIdentifier }: CmsSigner): 1 | 3 {
  return byKeyIdentifier ? 3 : 1
}

/** One DER SignerInfo. `messageDigest` is that of the content, by `prepared.digest`. Throws what the key throws. */
export async function signerInfo(prepared: PreparedSigner, messageDigest: Uint8Array): Promise<Uint8Array> {
  const { signer, scheme, digest } = prepared
  const attributes = signedAttributes(prepared, messageDigest)
  // RFC 5652 §5.4: signed as a SET OF, written as [0] IMPLICIT.
  const signature = await signer.key.sign(scheme, derElement(universal.set, ...attributes))
  return derSequence(
    derInteger(signerVersion(signer)),
    signer.byKeyIdentifier ? keyIdentifier(signer.certificate) : issuerAndSerial(signer.certificate),
    digestIdentifier(digest),
    derElement(context(0), ...attributes),
    signatureIdentifier(scheme),
    derOctetString(signature),
  )
}
