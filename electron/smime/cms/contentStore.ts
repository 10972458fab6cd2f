/**
 * Where the content of a layer goes while it is decrypted or unpacked. Nobody sees any of it before the layer is found right.
 */

import { heldBytes, type SeekableBytes } from '../../base/seekableBytes.ts'
import { type Chunks, collect } from './chunks.ts'

export interface ContentStore {
  /** Takes everything; throws what `chunks` throws and `over-budget` beyond `limit` bytes, and hands nothing out then. */
  keep(chunks: Chunks, limit: number): Promise<SeekableBytes>
}

export const memoryStore: ContentStore = {
  keep: async (chunks, limit) => heldBytes(await collect(chunks, limit)),
}

/** A store that counts what comes to it, whether it is kept or not. */
export function countingStore(store: ContentStore): { readonly store: ContentStore; bytes(): number } {
  let bytes = 0
  async function* counted(chunks: Chunks): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      bytes += chunk.length
      yield chunk
    }
  }
  return { store: { keep: (chunks, limit) => store.keep(counted(chunks), limit) }, bytes: () => bytes }
}
