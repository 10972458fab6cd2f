/**
 * The mails that a person has open: an identifier stands for bytes and facts that stay on the privileged side. A few are
 * kept; the oldest is forgotten, and locking the vault forgets all of them, since they hold decrypted text.
 */

import type { Report } from '../../../shared/contract/report.ts'
import type { Random } from '../../base/random.ts'
import type { SeekableBytes } from '../../base/seekableBytes.ts'
import { randomId } from '../../crypto/identifier.ts'
import type { OpenedMessage } from '../../smime/open.ts'

/** A reader looks at one mail, perhaps compares a few; each can hold megabytes and files in the spool. */
const openAtOnce = 8

export interface OpenedEntry {
  readonly source: SeekableBytes
  readonly message: OpenedMessage
  readonly report: Report
  /** Lets go of the source, where it lies in a file of its own. */
  discard?(): Promise<void>
}

export interface OpenedMails {
  add(entry: OpenedEntry): string
  get(openedId: string): OpenedEntry | undefined
  close(openedId: string): void
  closeAll(): void
}

export function createOpenedMails(random: Random): OpenedMails {
  const entries = new Map<string, OpenedEntry>()

  function close(id: string): void {
    const entry = entries.get(id)
    entries.delete(id)
    if (!entry) return
    // What can't be removed now goes with the profile's spool.
    entry.message.discard().catch(() => undefined)
    entry.discard?.().catch(() => undefined)
  }

  return {
    add(entry) {
      const id = randomId(random)
      entries.set(id, entry)
      const [oldest] = entries.keys()
      if (entries.size > openAtOnce && oldest !== undefined) close(oldest)
      return id
    },
    get: (id) => entries.get(id),
    close,
    closeAll: () => {
      for (const id of [...entries.keys()]) close(id)
    },
  }
}
