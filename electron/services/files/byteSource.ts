/** The bytes that a caller means: given directly, or handed over before. */

import type { ByteSource } from '../../../shared/contract/values.ts'
import { base64Bytes } from '../../base/bytes.ts'
import type { ServiceContext } from '../context.ts'
import { raise } from '../raise.ts'

/** Reads a source whole. Ends the procedure with `not-found`, or `too-large` beyond `limit` bytes. */
export async function bytesOf(context: ServiceContext, source: ByteSource, limit: number): Promise<Uint8Array> {
  if ('bytes' in source) {
    const bytes = base64Bytes(source.bytes)
    return bytes.length > limit ? raise({ code: 'too-large', limit, size: bytes.length }) : bytes
  }
  const file = context.application.handover.get(source.spoolId)
  if (!file) return raise({ code: 'not-found', what: 'file' })
  if (file.size > limit) return raise({ code: 'too-large', limit, size: file.size })
  const bytes = new Uint8Array(file.size)
  let length = 0
  // Piece by piece, with turns for others between them.
  for await (const piece of file.open()) {
    bytes.set(piece, length)
    length += piece.length
  }
  return bytes.subarray(0, length)
}
