/**
 * Which entities are layers: multipart/signed (RFC 8551 §3.5.3), application/pkcs7-mime with its older and misused spellings
 * (§3.2, §3.9), and CMS files without any mail around them. Decided by the CMS itself where names disagree with it.
 */

import { oidText, readHeader, universal } from '../asn1/der.ts'
import { contentOf, DerReader, MalformedDer } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { readPem } from '../asn1/pem.ts'
import { concatBytes, latin1Text } from '../base/bytes.ts'
import { heldBytes, piecesOf, type SeekableBytes } from '../base/seekableBytes.ts'
import { decodedChunks, type Entity } from '../mime/entity.ts'
import { fileNameOf } from '../mime/fileName.ts'
import { decodedPieces } from '../mime/transfer.ts'

export type Wrapping = 'clear-signed' | 'cms' | 'detached-signature'

const pkcs7Mime = /^application\/(x-)?(pkcs7-mime|cms)$/
const pkcs7Signature = /^application\/(x-)?pkcs7-signature$/

/** What an entity claims to be, or undefined for an ordinary one. */
export async function wrappingOf(entity: Entity): Promise<Wrapping | undefined> {
  const claimed = claimedWrappingOf(entity)
  if (claimed !== 'by-name') return claimed
  // A name alone is no proof; the content must look the part too.
  if (!cmsKindOf((await cmsOfEntity(entity)).head)) return undefined
  return fileNameOf(entity)?.toLowerCase().endsWith('.p7s') ? 'detached-signature' : 'cms'
}

function claimedWrappingOf(entity: Entity): Wrapping | 'by-name' | undefined {
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
    if (/\.p7[ms]$/i.test(fileNameOf(entity) ?? '')) return 'by-name'
  }
  return undefined
}

/** The protocol of a multipart/signed that is not S/MIME. */
export function foreignProtocolOf(entity: Entity): string | undefined {
  if (entity.contentType.type !== 'multipart/signed' || claimedWrappingOf(entity)) return undefined
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
/** Enough to tell DER from its texts. */
const formBytes = 2_048
/** PEM of a whole mail is unusual; what is larger is taken as it stands. */
const mostPemBytes = 67_108_864

/** CMS that was found, with its first bytes. */
export interface FoundCms {
  readonly head: Uint8Array
  chunks(): AsyncIterable<Uint8Array>
}

/** The DER or BER in the body of an entity, which may be PEM or, with its transfer encoding undeclared, base64. */
export function cmsOfEntity(entity: Entity): Promise<FoundCms> {
  return cmsIn(() => decodedChunks(entity))
}

/** The same of a file. */
export function cmsOfFile(source: SeekableBytes): Promise<FoundCms> {
  return cmsIn(() => piecesOf(source))
}

async function cmsIn(chunks: () => AsyncIterable<Uint8Array>): Promise<FoundCms> {
  const head = await headOf(chunks(), formBytes)
  if (head[0] === universal.sequence && (head[1] ?? 0) >= 0x80) return { head, chunks }
  const start = latin1Text(head)
  if (start.includes('-----BEGIN ')) {
    const whole = await headOf(chunks(), mostPemBytes)
    const block = readPem(latin1Text(whole)).find(({ label }) => pemLabels.has(label))
    return block
      ? { head: block.bytes.subarray(0, formBytes), chunks: () => piecesOf(heldBytes(block.bytes)) }
      : { head, chunks }
  }
  if (!/^\s*MI/.test(start) || !looksLikeText.test(start)) return { head, chunks }
  const decoded = () => decodedPieces(chunks(), 'base64')
  const decodedHead = await headOf(decoded(), formBytes)
  return cmsKindOf(decodedHead) ? { head: decodedHead, chunks: decoded } : { head, chunks }
}

async function headOf(chunks: AsyncIterable<Uint8Array>, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    parts.push(chunk.subarray(0, length - size))
    size += chunk.length
    if (size >= length) break
  }
  return concatBytes(...parts)
}
