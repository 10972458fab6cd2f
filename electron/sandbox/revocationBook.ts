/**
 * What the sandbox's CA has revoked, kept in its folder: a revocation outlives the orders, which a restart forgets. And the
 * lists of it (RFC 5280 §5), signed anew when somebody asks.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { issueCrl, type RevokedEntry } from '../certificates/revocation/issueCrl.ts'
import { type RevocationReason, revocationReasons } from '../certificates/revocation/status.ts'
import { writePrivateFile } from './state.ts'

const entrySchema = z.object({
  /** Hexadecimal, as in `Certificate.serialNumber`. */
  serial: z.string(),
  revokedAt: z.iso.datetime(),
  reason: z.enum(revocationReasons.filter((reason) => reason !== undefined)),
})

export interface RevocationBook {
  /** Undefined for one that wasn't revoked. */
  entry(serial: string): RevokedEntry | undefined
  /** Durable when it returns. */
  revoke(serial: string, reason: RevocationReason): Promise<void>
  /** The list of that issuer, DER: all that was revoked for the issuing CA's, nothing for the root's. */
  list(of: 'issuing' | 'root'): Promise<Uint8Array>
}

const bookFile = 'revoked.json'
/** Whoever plays with revocation wants to see it: others learn of it within this time, as they would in a day elsewhere. */
const listMinutes = 10

/** A broken file is an exception: whoever damaged it should know. */
export async function openRevocationBook(
  folder: string,
  issuers: Readonly<Record<'issuing' | 'root', Parameters<typeof issueCrl>[0]['issuer']>>,
  clock: Clock,
): Promise<RevocationBook> {
  const file = join(folder, bookFile)
  let entries = await readEntries(file)
  let lastNumber = 0
  /** One after the other: each file holds all that came before. */
  let writing: Promise<void> = Promise.resolve()

  return {
    entry: (serial) => entries.find((entry) => entry.serial === serial),

    revoke(serial, reason) {
      const written = writing.then(async () => {
        const next = [...entries, { serial, revokedAt: clock(), reason }]
        await writePrivateFile(file, JSON.stringify(next, undefined, 2))
        entries = next
      })
      // The next one is written, whatever became of this.
      writing = written.catch(() => undefined)
      return written
    },

    list(of) {
      const thisUpdate = clock()
      // §5.2.3: it grows from list to list, over restarts as well.
      lastNumber = Math.max(lastNumber + 1, Math.floor(thisUpdate.getTime() / 1000))
      return issueCrl({
        issuer: issuers[of],
        number: lastNumber,
        thisUpdate,
        nextUpdate: new Date(thisUpdate.getTime() + listMinutes * 60_000),
        entries: of === 'issuing' ? entries : [],
      })
    },
  }
}

async function readEntries(file: string) {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]'
    throw error
  })
  return z
    .array(entrySchema)
    .parse(JSON.parse(text))
    .map(({ revokedAt, ...entry }) => ({ ...entry, revokedAt: new Date(revokedAt) }))
}
