/**
 * Writing SignedData (RFC 5652 §5, RFC 8551): detached for multipart/signed, with its content for
 * application/pkcs7-mime, and certs-only. One signer; RSA PKCS#1 v1.5, ECDSA or Ed25519 with signed attributes.
 */

import {
  context,
  derElement,
  derExplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  derSetOf,
  derUtcOrGeneralizedTime,
  sortedSetOf,
  universal,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { concatBytes, hexBytes } from '../../base/bytes.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { startDigest } from '../../crypto/digest.ts'
import { postQuantumOid } from '../../crypto/postQuantumSets.ts'
import { defaultScheme, type PrivateKeyHandle } from '../../crypto/privateKey.ts'
import { digestIdentifier } from './algorithms.ts'
import { derAttribute } from './attributes.ts'
import { closeIndefinite, octetSegments, openIndefinite } from './berWriter.ts'
import type { Chunks } from './chunks.ts'

export interface CmsSigner {
  readonly certificate: Certificate
  /** Further certificates for the receiver, without the root. */
  readonly chain: readonly Certificate[]
  readonly key: PrivateKeyHandle
  /** For Ed25519 and ML-DSA keys always SHA-512 (RFC 8419 §3.1, RFC 9882 §3.3). */
  readonly digest: 'sha256' | 'sha384' | 'sha512'
  readonly signingTime: Date
  /** DER SMIMECapabilities. */
  readonly capabilities?: Uint8Array
}

type SignatureDigest = CmsSigner['digest']

/** The digest of the content, which some keys prescribe. */
export function digestFor(signer: CmsSigner): SignatureDigest {
  const { kind } = signer.key.algorithm
  return kind === 'ed25519' || kind === 'ml-dsa' ? 'sha512' : signer.digest
}

/** RFC 3370 §3.2 (rsaEncryption is what every verifier knows), RFC 5754 §3.3, RFC 8419 §2.2, RFC 9882 §2. */
function signatureIdentifier(signer: CmsSigner): Uint8Array {
  if (signer.key.algorithm.kind === 'rsa') return derSequence(derOid(oids.rsaEncryption), derNull())
  if (signer.key.algorithm.kind === 'ed25519') return derSequence(derOid(oids.ed25519))
  if (signer.key.algorithm.kind === 'ml-dsa') {
    return derSequence(derOid(postQuantumOid(signer.key.algorithm.parameterSet)))
  }
  const byDigest = { sha256: oids.ecdsaWithSha256, sha384: oids.ecdsaWithSha384, sha512: oids.ecdsaWithSha512 }
  return derSequence(derOid(byDigest[digestFor(signer)]))
}

/** IssuerAndSerialNumber (RFC 5652 §10.2.4). */
export function issuerAndSerial(certificate: Certificate): Uint8Array {
  const octets = hexBytes(certificate.serialNumber)
  // The hexadecimal has no sign's zero byte, and derInteger puts it back; the negative numbers of some issuers stay as they are.
  const negative = certificate.oddities.some(({ code }) => code === 'negative-serial')
  const serial = negative ? derElement(universal.integer, octets) : derInteger(octets)
  return derSequence(certificate.issuer.der, serial)
}

/** CMSAlgorithmProtection (RFC 6211 §2): nobody may swap the algorithms under the signature. */
function algorithmProtection(digest: Uint8Array, signature: Uint8Array): Uint8Array {
  const implicit = Uint8Array.from(signature)
  implicit[0] = context(1)
  return derSequence(digest, implicit)
}

/** The signed attributes in DER's order. */
function signedAttributes(signer: CmsSigner, messageDigest: Uint8Array): Uint8Array[] {
  const digest = digestIdentifier(digestFor(signer))
  return sortedSetOf([
    derAttribute(oids.contentType, derOid(oids.data)),
    derAttribute(oids.signingTime, derUtcOrGeneralizedTime(signer.signingTime)),
    derAttribute(oids.messageDigest, derOctetString(messageDigest)),
    derAttribute(oids.cmsAlgorithmProtection, algorithmProtection(digest, signatureIdentifier(signer))),
    ...(signer.capabilities ? [derAttribute(oids.smimeCapabilities, signer.capabilities)] : []),
  ])
}

async function signerInfo(signer: CmsSigner, messageDigest: Uint8Array): Promise<Uint8Array> {
  const attributes = signedAttributes(signer, messageDigest)
  const scheme = defaultScheme(signer.key.algorithm, signer.digest)
  // RFC 5652 §5.4: signed as a SET OF, written as [0] IMPLICIT.
  const signature = await signer.key.sign(scheme, derElement(universal.set, ...attributes))
  return derSequence(
    derInteger(1),
    issuerAndSerial(signer.certificate),
    digestIdentifier(digestFor(signer)),
    derElement(context(0), ...attributes),
    signatureIdentifier(signer),
    derOctetString(signature),
  )
}

function certificateSet(certificates: readonly Certificate[]): Uint8Array {
  const unique = new Map(certificates.map((certificate) => [certificate.sha256, certificate.der]))
  return derElement(context(0), ...sortedSetOf([...unique.values()]))
}

function contentInfo(signedData: Uint8Array): Uint8Array {
  return derSequence(derOid(oids.signedData), derExplicit(0, signedData))
}

/** A DER ContentInfo without the content: the second part of multipart/signed. Reads `content` once. */
export async function signDetached(content: Chunks, signer: CmsSigner): Promise<Uint8Array> {
  const passing = signPassing(content, signer)
  for (;;) {
    const next = await passing.next()
    if (next.done) return next.value
  }
}

/** The content passes through, and the ContentInfo of `signDetached` over exactly these bytes is what the generator returns. */
export async function* signPassing(content: Chunks, signer: CmsSigner): AsyncGenerator<Uint8Array, Uint8Array> {
  const digest = startDigest(digestFor(signer))
  for await (const chunk of content) {
    digest.update(chunk)
    yield chunk
  }
  return contentInfo(
    derSequence(
      derInteger(1),
      derSet(digestIdentifier(digestFor(signer))),
      derSequence(derOid(oids.data)),
      certificateSet([signer.certificate, ...signer.chain]),
      derSet(await signerInfo(signer, digest.end())),
    ),
  )
}

/** A BER ContentInfo with the content inside, written as the content comes. */
export async function* signOpaque(content: Chunks, signer: CmsSigner): AsyncGenerator<Uint8Array> {
  const digest = startDigest(digestFor(signer))
  yield concatBytes(
    openIndefinite(universal.sequence),
    derOid(oids.signedData),
    openIndefinite(context(0), universal.sequence),
    derInteger(1),
    derSet(digestIdentifier(digestFor(signer))),
    openIndefinite(universal.sequence),
    derOid(oids.data),
    openIndefinite(context(0), universal.octetString | 0x20),
  )
  async function* digested(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      digest.update(chunk)
      yield chunk
    }
  }
  yield* octetSegments(digested())
  yield concatBytes(
    // OCTET STRING, [0], EncapsulatedContentInfo
    closeIndefinite(3),
    certificateSet([signer.certificate, ...signer.chain]),
    derSet(await signerInfo(signer, digest.end())),
    // SignedData, [0], ContentInfo
    closeIndefinite(3),
  )
}

/** A DER ContentInfo that only carries certificates (RFC 8551 §3.8). */
export function certsOnly(certificates: readonly Certificate[]): Uint8Array {
  return contentInfo(
    derSequence(derInteger(1), derSetOf(), derSequence(derOid(oids.data)), certificateSet(certificates), derSetOf()),
  )
}
