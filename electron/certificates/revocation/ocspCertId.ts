/**
 * CertID (RFC 6960 §4.1.1): how OCSP names a certificate, by digests of its issuer's name and key and by its serial number.
 * The digests are names here, not proofs: SHA-1 does, and most responders know nothing else.
 */

import { derElement, derInteger, derNull, derOctetString, derOid, derSequence, universal } from '../../asn1/der.ts'
import { contentOf, type DerReader, MalformedDer } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { equalBytes } from '../../base/bytes.ts'
import { type DigestName, digestOf } from '../../crypto/digest.ts'
import { digestByOid, isWeakDigest } from '../../crypto/digestOid.ts'
import { algorithmIdentifierOf, publicKeyBitsOf } from '../algorithms.ts'
import { type Certificate, serialHex } from '../certificate.ts'
import type { Name } from '../name.ts'

export interface CertId {
  /** Undefined for a digest that Siegel doesn't compute. */
  readonly digest: DigestName | undefined
  readonly issuerNameHash: Uint8Array
  readonly issuerKeyHash: Uint8Array
  /** As `Certificate.serialNumber` spells it. */
  readonly serialNumber: string
}

/** What responders are asked with: all know SHA-1, some no longer answer to it. */
export type CertIdDigest = 'sha1' | 'sha256'

/** Digests over the issuer's name as the certificate in question writes it, and over the issuer's key without tag and length. */
function issuerHashes(digest: DigestName, name: Name, issuer: Certificate) {
  return {
    name: digestOf(digest, name.der),
    key: digestOf(digest, publicKeyBitsOf(issuer.publicKeyInfo)),
  }
}

/** The DER of the CertID for a certificate and the one that issued it. */
export function certIdDer(certificate: Certificate, issuer: Certificate, digest: CertIdDigest): Uint8Array {
  const hashes = issuerHashes(digest, certificate.issuer, issuer)
  return derSequence(
    derSequence(derOid(oids[digest]), derNull()),
    derOctetString(hashes.name),
    derOctetString(hashes.key),
    serialDer(certificate),
  )
}

function serialDer({ serialNumber, oddities }: Certificate): Uint8Array {
  const octets = Buffer.from(serialNumber, 'hex')
  // Forbidden (RFC 5280 §4.1.2.2) but issued: its two's complement must not become a positive number.
  const negative = oddities.some(({ code }) => code === 'negative-serial')
  return negative ? derElement(universal.integer, octets) : derInteger(octets)
}

/** Reads the fields of a CertID; throws MalformedDer. */
export function certIdOf(reader: DerReader): CertId {
  const what = 'certID'
  const { oid } = algorithmIdentifierOf(reader.sequence(what), what)
  const issuerNameHash = contentOf(reader.expect(universal.octetString, what))
  const issuerKeyHash = contentOf(reader.expect(universal.octetString, what))
  const serial = contentOf(reader.expect(universal.integer, what))
  if (serial.length === 0) throw new MalformedDer(what)
  reader.end(what)
  return { digest: digestByOid(oid), issuerNameHash, issuerKeyHash, serialNumber: serialHex(serial) }
}

/** RFC 6960 §3.2 (1): whether the answer is about the certificate that was asked about, name, key and number alike. */
export function matchesCertId(id: CertId, certificate: Certificate, issuer: Certificate): boolean {
  return id.serialNumber === certificate.serialNumber && namesIssuer(id, certificate.issuer, issuer)
}

/** Whether it is about a certificate of this issuer, which writes its name so. */
export function namesIssuer(id: CertId, name: Name, issuer: Certificate): boolean {
  // With MD5 somebody could have made a second CA of the same digest.
  if (!id.digest || (isWeakDigest(id.digest) && id.digest !== 'sha1')) return false
  const hashes = issuerHashes(id.digest, name, issuer)
  return equalBytes(id.issuerNameHash, hashes.name) && equalBytes(id.issuerKeyHash, hashes.key)
}
