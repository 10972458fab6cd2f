/**
 * Back-off after wrong passphrases. Each attempt is counted in the database before it is tried, so that neither a restart
 * nor a kill at the right moment gives attempts for free.
 */

import type { Clock } from '../base/clock.ts'
import type { Database } from '../storage/database.ts'

/** Typing errors: these many wrong ones cost no waiting. */
const freeAttempts = 3
/** The longest wait. More would only lock out the owner: at 450 ms and 15 minutes an attempt, guessing is over already. */
const longestWaitSeconds = 900

interface AttemptRow {
  failed_attempts: number
  last_attempt_at: string | null
}

/** Seconds to wait after the given number of wrong attempts: 0, 0, 0, 2, 4, 8, … */
export function waitAfter(failedAttempts: number): number {
  if (failedAttempts <= freeAttempts) return 0
  return Math.min(longestWaitSeconds, 2 ** Math.min(failedAttempts - freeAttempts, 20))
}

export interface Attempts {
  /** Counts an attempt and answers undefined, or the seconds to wait before one is taken. */
  begin(): number | undefined
  /** The attempt was right: the count starts anew. */
  succeed(): void
  /** Seconds until the next attempt is taken. */
  waitSeconds(): number
}

export function createAttempts(database: Database, clock: Clock): Attempts {
  function waitSeconds(): number {
    const row = database.get<AttemptRow>('SELECT failed_attempts, last_attempt_at FROM vault')
    if (!row || row.last_attempt_at === null) return 0
    const wait = waitAfter(row.failed_attempts)
    const elapsed = (clock().getTime() - Date.parse(row.last_attempt_at)) / 1000
    if (elapsed >= 0) return Math.ceil(Math.max(0, wait - elapsed))
    // The clock was set back. The wait begins anew: until the old time comes again, the owner would be locked out.
    if (wait > 0) database.run('UPDATE vault SET last_attempt_at = ?', [clock().toISOString()])
    return wait
  }
  return {
    waitSeconds,
    begin: () =>
      database.transaction(() => {
        const wait = waitSeconds()
        if (wait > 0) return wait
        database.run('UPDATE vault SET failed_attempts = failed_attempts + 1, last_attempt_at = ?', [
          clock().toISOString(),
        ])
        return undefined
      }),
    succeed: () => {
      database.run('UPDATE vault SET failed_attempts = 0, last_attempt_at = NULL')
    },
  }
}
