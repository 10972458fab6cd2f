/**
 * Contents of layers in the profile's spool: small ones stay in memory, larger ones go to files that are noise to everybody
 * but this process. They live as long as the opened message.
 */

import { concatBytes, release } from '../base/bytes.ts'
import { heldBytes } from '../base/seekableBytes.ts'
import { startHyphenLines } from '../mime/hyphenLines.ts'
import { type Spool, type SpoolFile, spooledBytes } from '../storage/spool.ts'
import type { ContentStore } from './cms/contentStore.ts'
import { overBudget } from './cms/failure.ts'

/** Leaves opening a message; openMessage turns it into its error. */
export class SpoolFull extends Error {}

/** Mails without large attachments stay below; a message may have some twenty contents. */
const heldLimit = 2_097_152

/** Pieces that wait to be written: with one, whoever makes them still waits for the disk now and then. */
const piecesInWriting = 4

export interface SpooledStore extends ContentStore {
  /** Removes everything that was kept. */
  discard(): Promise<void>
}

export function createSpooledStore(spool: Spool): SpooledStore {
  const files: SpoolFile[] = []

  async function newFile(): Promise<SpoolFile> {
    const created = await spool.create()
    if (!created.ok) throw new SpoolFull()
    files.push(created.value)
    return created.value
  }

  return {
    async keep(chunks, limit, own) {
      const held: Uint8Array[] = []
      let size = 0
      let file: SpoolFile | undefined
      /** The disk works while the next pieces are made. */
      const writing: Promise<void>[] = []
      const hyphenLines = startHyphenLines()
      try {
        for await (const chunk of chunks) {
          size += chunk.length
          if (size > limit) throw overBudget('content')
          hyphenLines.add(chunk)
          if (!file && size <= heldLimit) {
            held.push(chunk)
            continue
          }
          if (!file) {
            file = await newFile()
            for (const earlier of held.splice(0)) await write(file, earlier, own)
          }
          const written = write(file, chunk, own)
          // Nobody may be waiting yet when it fails.
          written.catch(() => undefined)
          writing.push(written)
          if (writing.length > piecesInWriting) await writing.shift()
        }
        await Promise.all(writing)
      } catch (error) {
        // A layer that doesn't hold leaves nothing behind.
        await file?.discard()
        throw error
      }
      if (!file) return heldBytes(concatBytes(...held))
      const lines = hyphenLines.end()
      return { ...spooledBytes(file), ...(lines ? { hyphenLines: lines } : {}) }
    },
    async discard() {
      await Promise.all(files.splice(0).map((file) => file.discard()))
    },
  }
}

async function write(file: SpoolFile, bytes: Uint8Array, own: 'own' | undefined): Promise<void> {
  const written = await file.write(bytes)
  if (!written.ok) throw new SpoolFull()
  if (own) release(bytes)
}
