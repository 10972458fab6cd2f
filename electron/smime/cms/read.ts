/**
 * Reading CMS (RFC 5652, 5083, 3274): SignedData, EnvelopedData, AuthEnvelopedData and CompressedData, one layer at a time.
 *
 * The outer structure streams (berReader.ts); content is decrypted as it comes. Authenticated content is kept back until
 * its tag has been checked. Bytes after the ContentInfo are passed over: they belong to nothing.
 */

import { context, universal } from '../../asn1/der.ts'
import { oidOf, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { contentTypeText } from './algorithms.ts'
import { BerReader } from './berReader.ts'
import { cmsBudget } from './budget.ts'
import type { Chunks } from './chunks.ts'
import type { CmsContent } from './content.ts'
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
}

async function readContentInfo(reader: BerReader, options: ReadOptions): Promise<CmsContent> {
  const limit = options.maxBytes ?? cmsBudget.contentBytes
  await reader.enter(universal.sequence, 'contentInfo')
  const contentType = oidOf(soleElement(await reader.element('contentType'), 'contentType'), 'contentType')
  await reader.enter(context(0), 'content')
  const content = await readByType(contentType, reader, options.keys, limit)
  await reader.leave('content')
  await reader.leave('contentInfo')
  return content
}

function readByType(
  contentType: string,
  reader: BerReader,
  keys: readonly DecryptionKey[],
  limit: number,
): Promise<CmsContent> {
  switch (contentType) {
    case oids.signedData:
      return readSignedData(reader, limit)
    case oids.envelopedData:
      return readEnvelopedData(reader, keys, limit)
    case oids.authEnvelopedData:
      return readAuthEnvelopedData(reader, keys, limit)
    case oids.compressedData:
      return readCompressedData(reader, limit)
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
    return success(await readContentInfo(reader, options))
  } catch (thrown) {
    return failure(cmsErrorOf(thrown))
  } finally {
    await reader.close()
  }
}
