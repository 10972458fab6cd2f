/**
 * Encrypted content as a stream. Large content goes through a thread of its own: reading, encoding and signing then share the
 * time with cipher and base64. Small content doesn't wait for a thread to start. Both ways write the same bytes.
 */

import { wipe } from '../../base/bytes.ts'
import type { Chunks } from './chunks.ts'
import { type EncryptionPlan, startEncryptedWriter } from './encryptedWriter.ts'
import { type BlockWriter, openEncryptionThread } from './encryptionThread.ts'

/** Bytes that are handed over at once: enough that a message between threads doesn't count, few enough to stay in the cache. */
const blockBytes = 131_072
/** With so many blocks (2 MiB) a thread is worth the 50 ms of its start. */
const threadBlocks = 16
/** Blocks on their way at any time: enough to bridge a pause of the writer's; each more costs memory and the cache. */
const blocksAhead = 4

/**
 * Reads `content` and writes it as the plan says, whose key is wiped. Throws what `content` throws. The thread has ended when
 * the stream has: at its end, after an error, and when the reader stops early. Where much is expected (bytes; it needn't be
 * true), the thread starts before the content comes.
 */
export async function* writeEncrypted(
  content: Chunks,
  plan: EncryptionPlan,
  expectedBytes = 0,
  openThread: (plan: EncryptionPlan) => BlockWriter = openEncryptionThread,
): AsyncGenerator<Uint8Array> {
  const early: Uint8Array[][] = []
  let thread = expectedBytes >= threadBlocks * blockBytes ? openThread(plan) : undefined
  const written: Promise<Uint8Array>[] = []
  try {
    for await (const block of inBlocks(content)) {
      if (thread) written.push(thread.write(block))
      else if (early.push(block) === threadBlocks) {
        thread = openThread(plan)
        written.push(...early.splice(0).map(thread.write, thread))
      }
      if (written.length > blocksAhead) yield await (written.shift() as Promise<Uint8Array>)
    }
    if (thread) {
      written.push(thread.end())
      for (const block of written) yield await block
    } else {
      const writer = startEncryptedWriter(plan)
      for (const block of early) yield writer.update(block)
      yield writer.end()
    }
  } finally {
    await thread?.close()
    wipe(plan.contentKey)
  }
}

/** The content in blocks of one size, the last one shorter; each in the pieces it came in. */
async function* inBlocks(content: Chunks): AsyncGenerator<Uint8Array[]> {
  let block: Uint8Array[] = []
  let length = 0
  for await (const chunk of content) {
    for (let offset = 0; offset < chunk.length; ) {
      const piece = chunk.subarray(offset, offset + blockBytes - length)
      block.push(piece)
      length += piece.length
      offset += piece.length
      if (length === blockBytes) {
        yield block
        block = []
        length = 0
      }
    }
  }
  if (length > 0) yield block
}
