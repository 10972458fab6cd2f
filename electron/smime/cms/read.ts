/**
 * Reading CMS (RFC 5652, 5083, 3274): SignedData, EnvelopedData, AuthEnvelopedData and CompressedData, one layer at a time.
 *
 * The outer structure streams (berReader.ts); content is decrypted as it comes. Authenticated content is kept back until
 * its tag has been checked. Bytes after the ContentInfo belong to nothing: they are passed over, and told.
 */

import { context, universal } from '../../asn1/der.ts'
import { oidOf, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { contentTypeText } from './algorithms.ts'
import { BerReader } from './berReader.ts'
import { cmsBudget } from './budget.ts'
import type { Chunks } from './chunks.ts'
import type { CmsContent, LayerOptions } from './content.ts'
import { type ContentStore, memoryStore } from './contentStore.ts'
import { type CmsError, CmsFailure, cmsErrorOf } from './failure.ts'
import { readCompressedData } from './readCompressed.ts'
import { readAuthEnvelopedData, readEnvelopedData } from './readEnveloped.ts'
import { readSignedData } from './readSigned.ts'
import type { DecryptionKey } from './recipientKey.ts'

export type { Chunks } from './chunks.ts'
export type { CmsContent } from './content.ts'
export type { CmsError, RecipientFact } from './failure.ts'
export type { DecryptionKey } from './recipientKey.ts'

export interface ReadOptions {
  readonly keys: readonly DecryptionKey[]
  /** Bytes of content, decrypted and unpacked. */
  readonly maxBytes?: number
  /** Where content goes; memory without it. */
  readonly store?: ContentStore
}

async function readContentInfo(reader: BerReader, options: LayerOptions): Promise<CmsContent> {
  await reader.enter(universal.sequence, 'contentInfo')
  const contentType = oidOf(soleElement(await reader.element('contentType'), 'contentType'), 'contentType')
  await reader.enter(context(0), 'content')
  const content = await readByType(contentType, reader, options)
  await reader.leave('content')
  await reader.leave('contentInfo')
  return content
}

function readByType(contentType: string, reader: BerReader, options: LayerOptions): Promise<CmsContent> {
  switch (contentType) {
    case oids.signedData:
      return readSignedData(reader, options)
    case oids.envelopedData:
      return readEnvelopedData(reader, options)
    case oids.authEnvelopedData:
      return readAuthEnvelopedData(reader, options)
    case oids.compressedData:
      return readCompressedData(reader, options)
    default:
      throw new CmsFailure({ code: 'unsupported-algorithm', algorithm: contentTypeText(contentType) })
  }
}

/** Reads one ContentInfo in BER or DER. Signatures are not judged here: `verifySigners` does that. */
export async function readCms(
  source: Uint8Array | Chunks,
  options: ReadOptions,
): Promise<Result<CmsContent, CmsError>> {
  const reader = new BerReader(source)
  try {
    const { keys, store = memoryStore, maxBytes: limit = cmsBudget.contentBytes } = options
    const content = await readContentInfo(reader, { keys, store, limit })
    return success((await reader.atEnd()) ? content : { ...content, trailingBytes: true })
  } catch (thrown) {
    return failure(cmsErrorOf(thrown))
  } finally {
    await reader.close()
  }
}
