/**
 * The mails that a person has open: an identifier stands for bytes and facts that stay on the privileged side. A few are
 * kept; the oldest is forgotten, and locking the vault forgets all of them, since they hold decrypted text.
 */

import type { Report } from '../../shared/contract/report.ts'
import type { Random } from '../base/random.ts'
import { randomId } from '../crypto/identifier.ts'
import type { OpenedMessage } from '../smime/open.ts'

/** A reader looks at one mail, perhaps compares a few; each can hold tens of megabytes. */
const openAtOnce = 8

export interface OpenedEntry {
  readonly source: Uint8Array
  readonly message: OpenedMessage
  readonly report: Report
}

export interface OpenedMails {
  add(entry: OpenedEntry): string
  get(openedId: string): OpenedEntry | undefined
  close(openedId: string): void
  closeAll(): void
}

export function createOpenedMails(random: Random): OpenedMails {
  const entries = new Map<string, OpenedEntry>()
  return {
    add(entry) {
      const id = randomId(random)
      entries.set(id, entry)
      const [oldest] = entries.keys()
      if (entries.size > openAtOnce && oldest !== undefined) entries.delete(oldest)
      return id
    },
    get: (id) => entries.get(id),
    close: (id) => {
      entries.delete(id)
    },
    closeAll: () => entries.clear(),
  }
}
