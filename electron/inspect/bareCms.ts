/**
 * A CMS file without a mail around it (.p7m, .p7s with content, PEM): it is given the header that a mail would have had
 * (RFC 8551 §3.2.1), so that one reader serves both. Everything else is returned as it is.
 */

import { readPem } from '../asn1/pem.ts'
import { base64Bytes, concatBytes, latin1Bytes, latin1Text } from '../base/bytes.ts'

const header = latin1Bytes(
  'MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: binary\r\n\r\n',
)

const cmsLabels = new Set(['CMS', 'PKCS7', 'PKCS #7 SIGNED DATA'])
/** A ContentInfo: SEQUENCE, definite or indefinite, then an OID below 1.2.840.113549.1 (9 or 11 bytes long). */
const contentInfoStart = /^\x30(?:[\x00-\x7f]|\x80|[\x81-\x86][\s\S]{1,6}?)\x06[\x09\x0b]\x2a\x86\x48\x86\xf7\x0d\x01/

function isContentInfo(bytes: Uint8Array): boolean {
  return contentInfoStart.test(latin1Text(bytes.subarray(0, 32)))
}

/** The bytes of a message: `bytes` themselves, or a message around the CMS structure that they are. */
export function messageAround(bytes: Uint8Array): Uint8Array {
  if (isContentInfo(bytes)) return concatBytes(header, bytes)
  const start = latin1Text(bytes.subarray(0, 64))
  if (/^\s*-----BEGIN [A-Z0-9# ]+-----/.test(start)) {
    const block = readPem(latin1Text(bytes)).find(({ label }) => cmsLabels.has(label))
    return block ? concatBytes(header, block.bytes) : bytes
  }
  // Base64 without armour begins like this where the structure does.
  if (/^\s*MI[A-Za-z0-9+/\r\n]{16}/.test(start)) {
    const decoded = base64Bytes(latin1Text(bytes))
    if (isContentInfo(decoded)) return concatBytes(header, decoded)
  }
  return bytes
}
