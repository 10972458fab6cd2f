/**
 * One person's mailbox on disk: each mail as it came, in a file of its own, and an index that says which folder it lies in.
 * The index is replaced as a whole, after the mails that it names are written; what a crash leaves behind is a mail that no
 * index names, never an index that names a missing mail.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HoodiecrowMailbox, HoodiecrowMessage } from 'hoodiecrow-imap'
import { z } from 'zod'
import { latin1Bytes, latin1Text } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { randomId } from '../crypto/identifier.ts'
import { makePrivateFolder, writePrivateFile } from './state.ts'

const indexSchema = z.object({
  version: z.literal(1),
  folders: z.array(
    z.object({
      path: z.string(),
      uidvalidity: z.number().int(),
      uidnext: z.number().int(),
      messages: z.array(
        z.object({
          uid: z.number().int(),
          flags: z.array(z.string()),
          internaldate: z.string(),
          file: z.string().regex(/^[A-Za-z0-9_-]+\.eml$/),
        }),
      ),
    }),
  ),
})

export interface StoredFolder {
  readonly path: string
  readonly uidvalidity: number
  readonly uidnext: number
  readonly messages: HoodiecrowMessage[]
}

export interface MailStore {
  /** Undefined for a mailbox that is new. */
  load(): StoredFolder[] | undefined
  /** Writes what is new and drops what is gone. Calls queue; the last state wins. */
  save(folders: readonly HoodiecrowMailbox[]): Promise<void>
}

const indexFile = 'index.json'

export async function openMailStore(folder: string, random: Random): Promise<MailStore> {
  await makePrivateFolder(folder)
  let queue = Promise.resolve()

  async function write(folders: readonly HoodiecrowMailbox[]): Promise<void> {
    const kept = new Set<string>()
    const index = {
      version: 1,
      folders: await Promise.all(
        folders.map(async ({ path, uidvalidity, uidnext, messages }) => ({
          path,
          uidvalidity,
          uidnext,
          messages: await Promise.all(
            messages.map(async (message) => {
              const file = await fileOf(message)
              kept.add(file)
              return { uid: message.uid, flags: message.flags, internaldate: message.internaldate, file }
            }),
          ),
        })),
      ),
    }
    await writePrivateFile(join(folder, indexFile), JSON.stringify(index))
    for (const file of readdirSync(folder)) {
      if (file.endsWith('.eml') && !kept.has(file)) await rm(join(folder, file), { force: true })
    }
  }

  async function fileOf(message: HoodiecrowMessage): Promise<string> {
    if (message.file !== undefined) return message.file
    const file = `${randomId(random)}.eml`
    await writeFile(join(folder, file), latin1Bytes(message.raw), { mode: 0o600, flush: true })
    message.file = file
    return file
  }

  return {
    load() {
      let text: string
      try {
        text = readFileSync(join(folder, indexFile), 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
      return indexSchema.parse(JSON.parse(text)).folders.map((stored) => ({
        ...stored,
        messages: stored.messages.map((message) => ({
          ...message,
          raw: latin1Text(readFileSync(join(folder, message.file))),
        })),
      }))
    },
    save(folders) {
      const written = queue.then(() => write(folders))
      queue = written.catch(() => {})
      return written
    },
  }
}
