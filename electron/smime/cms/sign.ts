/**
 * Writing SignedData (RFC 5652 §5, RFC 8551): detached for multipart/signed, with its content for
 * application/pkcs7-mime, and certs-only. One signer or several over the same content; none of them signs another's signature.
 */

import {
  context,
  derElement,
  derExplicit,
  derInteger,
  derOid,
  derSequence,
  derSetOf,
  sortedSetOf,
  universal,
} from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { concatBytes } from '../../base/bytes.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { type Digest, startDigest } from '../../crypto/digest.ts'
import { digestIdentifier } from './algorithms.ts'
import { closeIndefinite, octetSegments, openIndefinite } from './berWriter.ts'
import type { Chunks } from './chunks.ts'
import {
  type CmsSigner,
  type PreparedSigner,
  preparedSigner,
  type SignatureDigest,
  signerInfo,
  signerVersion,
} from './signerInfoWriter.ts'

export type { CmsSigner } from './signerInfoWriter.ts'

/** At least one. */
export type Signers = readonly [CmsSigner, ...CmsSigner[]]

/** The digests of the content that these signers sign, each once and in their order. */
export function digestsFor(signers: Signers): SignatureDigest[] {
  return [...new Set(signers.map((signer) => preparedSigner(signer).digest))]
}

function certificateSet(certificates: readonly Certificate[]): Uint8Array {
  const unique = new Map(certificates.map((certificate) => [certificate.sha256, certificate.der]))
  return derElement(context(0), ...sortedSetOf([...unique.values()]))
}

function contentInfo(signedData: Uint8Array): Uint8Array {
  return derSequence(derOid(oids.signedData), derExplicit(0, signedData))
}

/** All digests that signers ask for, over one pass. */
class ContentDigests {
  readonly #running: ReadonlyMap<SignatureDigest, Digest>

  constructor(names: readonly SignatureDigest[]) {
    this.#running = new Map(names.map((name) => [name, startDigest(name)]))
  }

  /** Yields what it is given. */
  async *over(content: Chunks): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of content) {
      for (const digest of this.#running.values()) digest.update(chunk)
      yield chunk
    }
  }

  end(): ReadonlyMap<SignatureDigest, Uint8Array> {
    return new Map([...this.#running].map(([name, digest]) => [name, digest.end()]))
  }
}

/** CMSVersion (RFC 5652 §5.1): 3 as soon as one SignerInfo has 3; the content is always id-data here. */
function signedDataVersion(signers: Signers): Uint8Array {
  return derInteger(Math.max(...signers.map(signerVersion)))
}

function digestAlgorithms(signers: Signers): Uint8Array {
  return derSetOf(...digestsFor(signers).map(digestIdentifier))
}

/** What follows the content. */
async function certificatesAndSignerInfos(
  signers: Signers,
  digests: ReadonlyMap<SignatureDigest, Uint8Array>,
): Promise<Uint8Array[]> {
  const infoOf = (prepared: PreparedSigner) => {
    const messageDigest = digests.get(prepared.digest)
    if (!messageDigest) throw new Error('a digest that was not computed')
    return signerInfo(prepared, messageDigest)
  }
  const infos = await Promise.all(signers.map(preparedSigner).map(infoOf))
  const certificates = signers.flatMap(({ certificate, chain }) => [certificate, ...chain])
  return [certificateSet(certificates), derSetOf(...infos)]
}

/**
 * A DER ContentInfo without the content: the second part of multipart/signed. Reads `content` once. Throws RangeError for
 * a key that `signatureSchemeFor` refuses, as all of these do.
 */
export async function signDetached(content: Chunks, ...signers: Signers): Promise<Uint8Array> {
  const passing = signPassing(content, ...signers)
  for (;;) {
    const next = await passing.next()
    if (next.done) return next.value
  }
}

/** The content passes through, and the ContentInfo of `signDetached` over exactly these bytes is what the generator returns. */
export async function* signPassing(content: Chunks, ...signers: Signers): AsyncGenerator<Uint8Array, Uint8Array> {
  const digests = new ContentDigests(digestsFor(signers))
  yield* digests.over(content)
  return contentInfo(
    derSequence(
      signedDataVersion(signers),
      digestAlgorithms(signers),
      derSequence(derOid(oids.data)),
      ...(await certificatesAndSignerInfos(signers, digests.end())),
    ),
  )
}

/** A BER ContentInfo with the content inside, written as the content comes. */
export async function* signOpaque(content: Chunks, ...signers: Signers): AsyncGenerator<Uint8Array> {
  const digests = new ContentDigests(digestsFor(signers))
  yield concatBytes(
    openIndefinite(universal.sequence),
    derOid(oids.signedData),
    openIndefinite(context(0), universal.sequence),
    signedDataVersion(signers),
    digestAlgorithms(signers),
    openIndefinite(universal.sequence),
    derOid(oids.data),
    openIndefinite(context(0), universal.octetString | 0x20),
  )
  yield* octetSegments(digests.over(content))
  yield concatBytes(
    // OCTET STRING, [0], EncapsulatedContentInfo
    closeIndefinite(3),
    ...(await certificatesAndSignerInfos(signers, digests.end())),
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
