/**
 * The key by which Thunderbird's preferences name a certificate (nsNSSCertificate::GetDbKey): base64 over eight zero bytes, the
 * lengths of serial number and issuer with four bytes each, and the two as they stand in the certificate.
 */

import { contentOf, encodingOf, universal } from '../../asn1/der.ts'
import { DerReader, soleElement } from '../../asn1/derReader.ts'
import { base64Text, concatBytes } from '../../base/bytes.ts'

/** `certificateDer` must be a certificate: throws MalformedDer for anything else. */
export function databaseKeyOf(certificateDer: Uint8Array): string {
  const fields = DerReader.inside(soleElement(certificateDer, 'certificate')).sequence('tbsCertificate')
  fields.optional(0xa0, 'version')
  const serialNumber = contentOf(fields.expect(universal.integer, 'serialNumber'))
  fields.expect(universal.sequence, 'signature')
  const issuer = encodingOf(fields.expect(universal.sequence, 'issuer'))
  const lengths = Buffer.alloc(16)
  lengths.writeUInt32BE(serialNumber.length, 8)
  lengths.writeUInt32BE(issuer.length, 12)
  return base64Text(concatBytes(lengths, serialNumber, issuer))
}
