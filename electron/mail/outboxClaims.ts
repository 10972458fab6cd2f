/**
 * Claims on mails of the outbox: one process at a time hands a mail in. A claim lasts a minute and is renewed while the
 * process lives, so that a mail is free again soon after a crash.
 */

import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { randomId } from '../crypto/identifier.ts'
import { type Database, unlessDiskFull } from '../storage/database.ts'

const claimMs = 60_000

export interface ClaimColumns {
  readonly claimed_by: string | null
  readonly claimed_until: string | null
}

export interface OutboxClaims {
  /** False when the mail is claimed already, here or by another process. */
  take(id: string): boolean
  give(id: string): void
  isTaken(row: ClaimColumns & { readonly id: string }): boolean
}

export function createOutboxClaims(options: { database: Database; clock: Clock; random: Random }): OutboxClaims {
  const { database, clock } = options
  const self = randomId(options.random)
  const renewals = new Map<string, ReturnType<typeof setInterval>>()

  /** A claim that ends later than any can was made before the clock was set back. */
  function isOthers({ claimed_by: by, claimed_until: until }: ClaimColumns): boolean {
    if (by === null || by === self || until === null) return false
    const left = Date.parse(until) - clock().getTime()
    return left > 0 && left <= claimMs
  }

  function write(id: string): void {
    const until = new Date(clock().getTime() + claimMs).toISOString()
    database.run('UPDATE outbox SET claimed_by = ?, claimed_until = ? WHERE id = ?', [self, until, id])
  }

  function renew(id: string): void {
    try {
      unlessDiskFull(() => write(id))
    } catch {
      // The profile was closed in the middle: nothing is handed in any more.
      stop(id)
    }
  }

  function stop(id: string): void {
    clearInterval(renewals.get(id))
    renewals.delete(id)
  }

  return {
    take(id) {
      if (renewals.has(id)) return false
      const seen = database.get<ClaimColumns>('SELECT claimed_by, claimed_until FROM outbox WHERE id = ?', [id])
      if (seen && isOthers(seen)) return false
      // Looking and claiming in one transaction. Where a full disk forbids writing, what was seen has to do.
      const claimed = unlessDiskFull(() =>
        database.transaction(() => {
          const row = database.get<ClaimColumns>('SELECT claimed_by, claimed_until FROM outbox WHERE id = ?', [id])
          if (!row || isOthers(row)) return false
          write(id)
          return true
        }),
      )
      if (claimed.ok && !claimed.value) return false
      const timer = setInterval(() => renew(id), claimMs / 3)
      timer.unref()
      renewals.set(id, timer)
      return true
    },

    give(id) {
      stop(id)
      database.run('UPDATE outbox SET claimed_by = NULL, claimed_until = NULL WHERE id = ? AND claimed_by = ?', [
        id,
        self,
      ])
    },

    isTaken: (row) => renewals.has(row.id) || isOthers(row),
  }
}
