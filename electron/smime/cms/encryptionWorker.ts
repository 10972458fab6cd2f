/** The thread behind encryptionThread.ts: its plan is the worker's data; each block that comes is answered by what it becomes. */

import { parentPort, workerData } from 'node:worker_threads'
import { type EncryptionPlan, startEncryptedWriter } from './encryptedWriter.ts'
import type { BlockReply, BlockRequest } from './encryptionThread.ts'

const writer = startEncryptedWriter(workerData as EncryptionPlan)

parentPort?.on('message', ({ block, length, last }: BlockRequest) => {
  const written = transferable(last ? writer.end() : writer.update([block.subarray(0, length)]))
  const reply: BlockReply = { block, written }
  parentPort?.postMessage(reply, [block.buffer, written.buffer])
})
parentPort?.postMessage(undefined)

/** Bytes in a buffer of their own: what is cut from the platform's pool can't be given away. */
function transferable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes
  const alone = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength
  return alone ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes)
}
