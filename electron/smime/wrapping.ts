/**
 * Which entities are layers: multipart/signed (RFC 8551 §3.5.3), application/pkcs7-mime with its older and misused spellings
 * (§3.2, §3.9), and CMS files without any mail around them. Decided by the CMS itself where names disagree with it.
 */

import { oidText, readHeader, universal } from '../asn1/der.ts'
import { contentOf, DerReader, MalformedDer } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { readPem } from '../asn1/pem.ts'
import { latin1Text } from '../base/bytes.ts'
import { decodedBody, type Entity } from '../mime/entity.ts'
import { fileNameOf } from '../mime/fileName.ts'
import { decodeBase64 } from '../mime/transfer.ts'

export type Wrapping = 'clear-signed' | 'cms' | 'detached-signature'

const pkcs7Mime = /^application\/(x-)?(pkcs7-mime|cms)$/
const pkcs7Signature = /^application\/(x-)?pkcs7-signature$/

/** What an entity claims to be, or undefined for an ordinary one. */
export function wrappingOf(entity: Entity): Wrapping | undefined {
  const { type, parameters } = entity.contentType
  if (type === 'multipart/signed') {
    const protocol = (parameters.get('protocol') ?? '').toLowerCase()
    const second = entity.children[1]?.contentType.type ?? ''
    // Without a protocol, or with a wrong one, the second part says what it is.
    if (pkcs7Signature.test(protocol) || pkcs7Signature.test(second)) return 'clear-signed'
    // A multipart/signed without parts claims to be signed, by whatever; only other protocols are no business of ours.
    return protocol === '' ? 'clear-signed' : undefined
  }
  if (pkcs7Mime.test(type)) return 'cms'
  if (pkcs7Signature.test(type)) return 'detached-signature'
  if (type === 'application/octet-stream' || type === 'application/x-unknown' || /^application\/p7m$/.test(type)) {
    const name = fileNameOf(entity)?.toLowerCase() ?? ''
    // A name alone is no proof; the content must look the part too.
    if (name.endsWith('.p7m') && cmsKindOf(cmsBytesOf(decodedBody(entity)))) return 'cms'
    if (name.endsWith('.p7s') && cmsKindOf(cmsBytesOf(decodedBody(entity)))) return 'detached-signature'
  }
  return undefined
}

/** The protocol of a multipart/signed that is not S/MIME. */
export function foreignProtocolOf(entity: Entity): string | undefined {
  if (entity.contentType.type !== 'multipart/signed' || wrappingOf(entity)) return undefined
  return (entity.contentType.parameters.get('protocol') ?? '').slice(0, 100)
}

export type CmsKind = 'signed' | 'enveloped' | 'auth-enveloped' | 'compressed'

const kinds = new Map<string, CmsKind>([
  [oids.signedData, 'signed'],
  [oids.envelopedData, 'enveloped'],
  [oids.authEnvelopedData, 'auth-enveloped'],
  [oids.compressedData, 'compressed'],
])

/** An OID and two headers lie within these bytes. */
const peekBytes = 64

/** The kind that the first bytes of a ContentInfo state (RFC 5652 §3), or undefined. */
export function cmsKindOf(bytes: Uint8Array): CmsKind | undefined {
  const head = bytes.subarray(0, peekBytes)
  const outer = readHeader(head, 0)
  if (!outer.ok || outer.value.tag !== universal.sequence) return undefined
  try {
    const oid = oidText(contentOf(new DerReader(head, outer.value.contentStart).expect(universal.oid, 'contentType')))
    return oid === undefined ? undefined : kinds.get(oid)
  } catch (error) {
    if (error instanceof MalformedDer) return undefined
    throw error
  }
}

const pemLabels = new Set(['PKCS7', 'CMS', 'PKCS #7 SIGNED DATA'])
const looksLikeText = /^[A-Za-z0-9+/=\s]+$/

/** The DER or BER in a body or file that may be PEM or, with its transfer encoding undeclared, base64. */
export function cmsBytesOf(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === universal.sequence && (bytes[1] ?? 0) >= 0x80) return bytes
  const start = latin1Text(bytes.subarray(0, 2_048))
  if (start.includes('-----BEGIN ')) {
    const block = readPem(latin1Text(bytes)).find(({ label }) => pemLabels.has(label))
    return block?.bytes ?? bytes
  }
  if (!/^\s*MI/.test(start) || !looksLikeText.test(start)) return bytes
  const decoded = decodeBase64(bytes)
  return cmsKindOf(decoded) ? decoded : bytes
}
