/** CompressedData from a stream (RFC 3274): zlib, with a bound, because a small message can unpack to terabytes. */

import { pipeline, Readable } from 'node:stream'
import { createInflate } from 'node:zlib'
import { universal } from '../../asn1/der.ts'
import { DerReader, MalformedDer } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { readAlgorithm } from './algorithms.ts'
import type { BerReader } from './berReader.ts'
import type { CmsContent, LayerOptions } from './content.ts'
import { CmsFailure } from './failure.ts'
import { readEncapsulated, readVersion } from './readSigned.ts'

export async function readCompressedData(reader: BerReader, options: LayerOptions): Promise<CmsContent> {
  await reader.enter(universal.sequence, 'compressedData')
  await readVersion(reader)
  const { oid } = readAlgorithm(new DerReader(await reader.element('compressionAlgorithm')), 'compressionAlgorithm')
  if (oid !== oids.zlibCompress) throw new CmsFailure({ code: 'unsupported-algorithm', algorithm: oid })
  const { contentType, content } = await readEncapsulated(reader, options, inflated)
  if (!content) throw new MalformedDer('eContent')
  await reader.leave('compressedData')
  return { kind: 'compressed', content, contentType }
}

/** Unpacks as it is read; whoever stops reading stops the unpacking. */
async function* inflated(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let sourceFailure: unknown
  let fed = 0
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of packed) {
        fed += chunk.length
        yield chunk
      }
    } catch (error) {
      sourceFailure = error
      throw error
    }
  }
  const inflate = createInflate()
  pipeline(Readable.from(watched(), { objectMode: false }), inflate, () => {
    // The failure reaches whoever reads from `inflate`.
  })
  try {
    for await (const chunk of inflate) yield chunk as Uint8Array
    // RFC 1950 §2.2: the stream ends with its checksum; what follows it belongs to nothing.
    if (inflate.bytesWritten !== fed) throw new CmsFailure({ code: 'damaged' })
  } catch (error) {
    if (sourceFailure) throw sourceFailure
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new CmsFailure({ code: 'damaged' })
    }
    throw error
  }
}
