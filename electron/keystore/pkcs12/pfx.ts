/**
 * The outside of a PKCS#12 file (RFC 7292 §4): the contents, still encrypted, and what vouches for them. Reading throws
 * MalformedDer.
 */

import { type Element, universal } from '../../asn1/der.ts'
import { DerReader, MalformedDer, octetsOf, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { armouredText, readPem } from '../../asn1/pem.ts'
import { failure, type Result, success } from '../../base/result.ts'

/** Certificates and keys have a few kilobytes each; smart card exports with photographs were seen at 1 MB. */
export const pkcs12ByteLimit = 8_388_608
/** Contents in one file: writers use two or three. */
const contentLimit = 64

type PfxFailure =
  | { readonly code: 'damaged-file' }
  | { readonly code: 'unsupported-algorithm'; readonly algorithm: string }
  | { readonly code: 'over-budget'; readonly limit: string }

export type Content =
  | { readonly kind: 'plain'; readonly bytes: Uint8Array }
  | { readonly kind: 'encrypted'; readonly algorithm: Element; readonly bytes: Uint8Array }

export interface Pfx {
  readonly contents: readonly Content[]
  readonly authSafe: Uint8Array
  readonly macData: Element | undefined
}

/** Whether the bytes look like PKCS#12, also of a kind that isn't read, so that another reader isn't asked in vain. */
export function looksLikePkcs12(bytes: Uint8Array): boolean {
  try {
    const read = parsePfx(unarmoured(bytes))
    return read.ok || read.error.code === 'unsupported-algorithm'
  } catch (error) {
    if (error instanceof MalformedDer) return false
    throw error
  }
}

/** The file's bytes as BER, without PEM's armour where it has some. */
export function unarmoured(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === universal.sequence) return bytes
  const block = readPem(armouredText(bytes.subarray(0, pkcs12ByteLimit))).find(({ label }) => label === 'PKCS12')
  return block?.bytes ?? bytes
}

export function parsePfx(der: Uint8Array): Result<Pfx, PfxFailure> {
  // What stands behind it is passed over, as other programs do: a line end from a web page, zeros up to a block's end. The MAC
  // and the encryption stand for what is inside.
  const pfx = DerReader.inside(new DerReader(der).any('pfx'))
  if (pfx.integer('version') !== 3) return failure({ code: 'damaged-file' })
  const contentInfo = pfx.sequence('authSafe')
  const type = contentInfo.oid('contentType')
  if (type !== oids.data) return failure({ code: 'unsupported-algorithm', algorithm: type })
  const authSafe = DerReader.inside(contentInfo.expect(0xa0, 'authSafe')).octetString('authSafe')
  const macData = pfx.optional(universal.sequence, 'macData')
  pfx.end('pfx')

  const contents: Content[] = []
  for (const element of DerReader.inside(soleElement(authSafe, 'authenticatedSafe')).rest('contentInfo')) {
    if (contents.length >= contentLimit) return failure({ code: 'over-budget', limit: 'contents' })
    const info = DerReader.inside(element)
    const kind = info.oid('contentType')
    const body = DerReader.inside(info.expect(0xa0, 'content'))
    if (kind === oids.data) contents.push({ kind: 'plain', bytes: body.octetString('data') })
    else if (kind === oids.encryptedData) contents.push(encryptedContent(body.sequence('encryptedData')))
    else return failure({ code: 'unsupported-algorithm', algorithm: kind })
  }
  return success({ contents, authSafe, macData })
}

/** EncryptedData (RFC 5652 §8). */
function encryptedContent(encryptedData: DerReader): Content {
  encryptedData.integer('version')
  const info = encryptedData.sequence('encryptedContentInfo')
  info.oid('contentType')
  const algorithm = info.expect(universal.sequence, 'contentEncryptionAlgorithm')
  return { kind: 'encrypted', algorithm, bytes: octetsOf(info.any('encryptedContent'), 'encryptedContent') }
}
