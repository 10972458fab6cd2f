/**
 * The signing-certificate attributes of Enhanced Security Services (RFC 2634 §5.4, RFC 5035 §3): the signer names the
 * certificate by its hash. Without them another certificate of the same key and identifier, from whichever CA issues one
 * without proof of possession, gives a signature another owner (RFC 2634 §5.1).
 *
 * Only the first identifier is asked, the signer's own; the others would limit the chain.
 */

import { derExplicit, derOctetString, derSequence, universal } from '../../asn1/der.ts'
import { contentOf, DerReader, encodingOf, MalformedDer } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { equalBytes } from '../../base/bytes.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { digestOf } from '../../crypto/digest.ts'
import { digestByOid } from '../../crypto/digestOid.ts'
import type { DigestName } from '../../crypto/privateKey.ts'
import { readAlgorithm } from './algorithms.ts'
import { type Attributes, attributesOfType } from './attributes.ts'
import { serialNumber } from './identifierWriter.ts'

type AttributeName = 'signingCertificate' | 'signingCertificateV2'

export interface CertificateHash {
  /** Undefined for a digest that Siegel doesn't compute: then no certificate can be told to be the one. */
  readonly digest: DigestName | undefined
  readonly hash: Uint8Array
}

/** The first ESSCertID or ESSCertIDv2; throws MalformedDer. */
function firstHash(value: Uint8Array, name: AttributeName): CertificateHash {
  const certificates = new DerReader(value).sequence(name).sequence(name)
  const first = certificates.sequence(name)
  const named = name === 'signingCertificateV2' && first.nextTag === universal.sequence
  const usual = name === 'signingCertificate' ? 'sha1' : 'sha256'
  const digest = named ? digestByOid(readAlgorithm(first, name).oid) : usual
  return { digest, hash: contentOf(first.expect(universal.octetString, name)) }
}

/** Every hash that the signer states of the own certificate, or the attribute that can't be read. */
export function certificateHashesOf(
  attributes: Attributes | undefined,
): readonly CertificateHash[] | { readonly malformed: AttributeName } {
  const hashes: CertificateHash[] = []
  if (!attributes) return hashes
  for (const name of ['signingCertificate', 'signingCertificateV2'] as const) {
    try {
      for (const { values } of attributesOfType(attributes, oids[name])) {
        for (const value of values) hashes.push(firstHash(encodingOf(value), name))
      }
    } catch (error) {
      if (error instanceof MalformedDer) return { malformed: name }
      throw error
    }
  }
  return hashes
}

/** Whether a certificate is the one that all of the hashes mean. */
export function hasHashes({ der }: Certificate, hashes: readonly CertificateHash[]): boolean {
  return hashes.every(({ digest, hash }) => digest !== undefined && equalBytes(digestOf(digest, der), hash))
}

/**
 * The value of signing-certificate-v2 (RFC 5035 §3): one ESSCertIDv2 by SHA-256, which as the default isn't written, with
 * the certificate's issuer as its only directoryName.
 */
export function signingCertificateV2(certificate: Certificate): Uint8Array {
  const issuerSerial = derSequence(derSequence(derExplicit(4, certificate.issuer.der)), serialNumber(certificate))
  const identifier = derSequence(derOctetString(digestOf('sha256', certificate.der)), issuerSerial)
  return derSequence(derSequence(identifier))
}
