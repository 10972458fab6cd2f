/** Which backups were made of a profile, what they hold, and when one was rehearsed. Rows become values here. */

import type { BackupState } from '../../../shared/contract/backup.ts'
import type { Database } from '../../storage/database.ts'

export interface BackupRecords {
  state(now: Date): BackupState
  /** Every private key of the profile, with a certificate or without. */
  keyIds(): string[]
  keep(backup: { readonly id: string; readonly madeAt: string; readonly keyIds: readonly string[] }): void
  /** False when it is none of this profile's. */
  rehearsed(id: string, at: Date): boolean
}

interface BackupRow {
  readonly id: string
  readonly made_at: string
  readonly key_ids: string
  readonly rehearsed_at: string | null
}

export function backupRecords(database: Database): BackupRecords {
  const keyIds = (): string[] => database.all<{ id: string }>('SELECT id FROM private_keys').map(({ id }) => id)
  return {
    keyIds,

    state(now) {
      const last = database.get<BackupRow>(
        // Those of a clock that was wrong come last: nothing made since would ever be newer.
        'SELECT * FROM backups ORDER BY made_at > ?, made_at DESC, id LIMIT 1',
        [now.toISOString()],
      )
      const paper = database.get<{ key_id: string; made_at: string }>('SELECT key_id, made_at FROM paper_key')
      const inIt = new Set<unknown>(last ? JSON.parse(last.key_ids) : [])
      const keys = keyIds()
      const keysMissing = keys.filter((id) => !inIt.has(id)).length
      return {
        ...(last ? { last: { id: last.id, madeAt: last.made_at, ...rehearsal(last) } } : {}),
        keys: keys.length,
        keysMissing,
        need: needOf(last, keys.length, keysMissing),
        ...(paper ? { paperKey: { keyId: paper.key_id, madeAt: paper.made_at } } : {}),
      }
    },

    keep({ id, madeAt, keyIds }) {
      database.run(
        `INSERT INTO backups (id, made_at, key_ids) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET key_ids = excluded.key_ids`,
        [id, madeAt, JSON.stringify(keyIds)],
      )
    },

    rehearsed: (id, at) =>
      database.run('UPDATE backups SET rehearsed_at = ? WHERE id = ?', [at.toISOString(), id]).changes > 0,
  }
}

function rehearsal({ rehearsed_at: at }: BackupRow): { rehearsedAt?: string } {
  return at === null ? {} : { rehearsedAt: at }
}

/** Passwords and contacts change all the time; what makes a backup worthless is a key that isn't in it. */
function needOf(last: BackupRow | undefined, keys: number, keysMissing: number): BackupState['need'] {
  if (keys === 0) return 'nothing'
  if (!last) return 'make'
  if (keysMissing > 0) return 'renew'
  return last.rehearsed_at === null ? 'rehearse' : 'nothing'
}
