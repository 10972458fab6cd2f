/**
 * Where the content of a layer goes while it is decrypted or unpacked. Nobody sees any of it before the layer is found right.
 */

import { heldBytes, type SeekableBytes } from '../../base/seekableBytes.ts'
import { type Chunks, collect } from './chunks.ts'

export interface ContentStore {
  /**
   * Takes everything; throws what `chunks` throws and `over-budget` beyond `limit` bytes, and hands nothing out then. `own`: the
   * chunks are nobody else's, so that the memory of those that went to disk can be used again.
   */
  keep(chunks: Chunks, limit: number, own?: 'own'): Promise<SeekableBytes>
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
  return { store: { keep: (chunks, limit, own) => store.keep(counted(chunks), limit, own) }, bytes: () => bytes }
}
