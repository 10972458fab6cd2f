/** Writing SignerIdentifier and RecipientIdentifier (RFC 5652 §5.3, §6.2.1); signerInfo.ts reads them. */

import { context, derElement, derInteger, derSequence, universal } from '../../asn1/der.ts'
import { hexBytes } from '../../base/bytes.ts'
import { type Certificate, subjectKeyIdentifierOf } from '../../certificates/certificate.ts'

/** The certificate's serialNumber as its DER INTEGER. */
export function serialNumber(certificate: Certificate): Uint8Array {
  const octets = hexBytes(certificate.serialNumber)
  // The hexadecimal has no sign's zero byte, and derInteger puts it back; the negative numbers of some issuers stay as they are.
  const negative = certificate.oddities.some(({ code }) => code === 'negative-serial')
  return negative ? derElement(universal.integer, octets) : derInteger(octets)
}

/** IssuerAndSerialNumber (RFC 5652 §10.2.4). */
export function issuerAndSerial(certificate: Certificate): Uint8Array {
  return derSequence(certificate.issuer.der, serialNumber(certificate))
}

/** `[0] IMPLICIT SubjectKeyIdentifier`; of a certificate that states none, the SHA-1 of its key (RFC 5280 §4.2.1.2). */
export function keyIdentifier(certificate: Certificate): Uint8Array {
  return derElement(context(0, false), subjectKeyIdentifierOf(certificate))
}
