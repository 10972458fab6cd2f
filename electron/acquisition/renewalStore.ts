/** What is remembered for keeping a certificate going: the CA's wish (RFC 9773), reminders that were given, revocations. */

import { z } from 'zod'
import { type RevocationWish, revocationWish } from '../../shared/contract/renewal.ts'
import type { Database } from '../storage/database.ts'

export interface RenewalTime {
  /** What the CA suggested last; absent where it said nothing. */
  readonly suggested?: { readonly start: Date; readonly end: Date; readonly explanationUrl?: string }
  /** The moment of that window that chance chose. */
  readonly renewAt?: Date
  readonly askAgainAt: Date
}

export interface OwnRevocation {
  readonly revokedAt: Date
  readonly reason: RevocationWish
}

export interface RenewalStore {
  time(identityId: string): RenewalTime | undefined
  saveTime(identityId: string, time: RenewalTime): void
  /** Stages in days before the end. What was given in the future was given by a clock that was wrong, and doesn't count. */
  remindersGiven(identityId: string, now: Date): readonly number[]
  saveReminder(identityId: string, stage: number, at: Date): void
  revocation(identityId: string): OwnRevocation | undefined
  saveRevocation(identityId: string, revocation: OwnRevocation): void
}

interface TimeRow {
  readonly window_start: string | null
  readonly window_end: string | null
  readonly explanation_url: string | null
  readonly renew_at: string | null
  readonly ask_again_at: string
}

const revocationRow = z.object({ revoked_at: z.string(), reason: revocationWish })

export function createRenewalStore(database: Database): RenewalStore {
  return {
    time(identityId) {
      const row = database.get<TimeRow>('SELECT * FROM renewal_times WHERE identity_id = ?', [identityId])
      return row && timeOf(row)
    },
    saveTime(identityId, { suggested, renewAt, askAgainAt }) {
      database.run(
        `INSERT OR REPLACE INTO renewal_times
           (identity_id, window_start, window_end, explanation_url, renew_at, ask_again_at) VALUES (?, ?, ?, ?, ?, ?)`,
        [
          identityId,
          suggested?.start.toISOString() ?? null,
          suggested?.end.toISOString() ?? null,
          suggested?.explanationUrl ?? null,
          renewAt?.toISOString() ?? null,
          askAgainAt.toISOString(),
        ],
      )
    },
    remindersGiven: (identityId, now) =>
      database
        .all<{ stage: number }>('SELECT stage FROM reminders_given WHERE identity_id = ? AND given_at <= ?', [
          identityId,
          now.toISOString(),
        ])
        .map(({ stage }) => stage),
    saveReminder(identityId, stage, at) {
      database.run('INSERT OR REPLACE INTO reminders_given (identity_id, stage, given_at) VALUES (?, ?, ?)', [
        identityId,
        stage,
        at.toISOString(),
      ])
    },
    revocation(identityId) {
      const row = database.get('SELECT revoked_at, reason FROM own_revocations WHERE identity_id = ?', [identityId])
      if (!row) return undefined
      const { revoked_at, reason } = revocationRow.parse(row)
      return { revokedAt: new Date(revoked_at), reason }
    },
    saveRevocation(identityId, { revokedAt, reason }) {
      database.run('INSERT OR REPLACE INTO own_revocations (identity_id, revoked_at, reason) VALUES (?, ?, ?)', [
        identityId,
        revokedAt.toISOString(),
        reason,
      ])
    },
  }
}

function timeOf(row: TimeRow): RenewalTime {
  const suggested =
    row.window_start === null || row.window_end === null
      ? undefined
      : {
          start: new Date(row.window_start),
          end: new Date(row.window_end),
          ...(row.explanation_url === null ? {} : { explanationUrl: row.explanation_url }),
        }
  return {
    ...(suggested ? { suggested } : {}),
    ...(row.renew_at === null ? {} : { renewAt: new Date(row.renew_at) }),
    askAgainAt: new Date(row.ask_again_at),
  }
}
