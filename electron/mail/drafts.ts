/** Letters that are not finished, sealed by the vault: a draft may hold what will only ever leave encrypted. */

import type { Draft } from '../../shared/contract/compose.ts'
import { utf8Bytes, utf8Text, wipe } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'
import { randomId } from '../crypto/identifier.ts'
import type { Vault } from '../keystore/vault.ts'
import { type Database, unlessDiskFull } from '../storage/database.ts'

type VaultShut = { readonly code: 'locked' | 'no-vault' }

export interface SavedDraft {
  readonly id: string
  readonly savedAt: string
  readonly draft: Partial<Draft>
}

export interface DraftStore {
  /** The newest first. A draft that no longer opens is left out; it stays in the table for a backup's sake. */
  list(): Result<SavedDraft[], VaultShut>
  /** With an identifier replaces that draft, or makes it where it is gone. */
  save(draft: Partial<Draft>, id?: string): Result<string, VaultShut | { readonly code: 'disk-full' }>
  discard(id: string): boolean
}

interface DraftRow {
  readonly id: string
  readonly saved_at: string
  readonly sealed: Uint8Array
}

const table = 'drafts'

export function createDraftStore(options: {
  database: Database
  vault: Vault
  clock: Clock
  random: Random
}): DraftStore {
  const { database, vault, clock, random } = options
  return {
    list() {
      const state = vault.state()
      if (state !== 'unlocked') return failure({ code: state === 'none' ? 'no-vault' : 'locked' })
      const drafts: SavedDraft[] = []
      for (const row of database.all<DraftRow>('SELECT * FROM drafts ORDER BY saved_at DESC, id', [])) {
        const opened = vault.open(table, row.id, row.sealed)
        if (!opened.ok) continue
        drafts.push({ id: row.id, savedAt: row.saved_at, draft: JSON.parse(utf8Text(opened.value)) as Partial<Draft> })
        wipe(opened.value)
      }
      return success(drafts)
    },

    save(draft, id = randomId(random)) {
      const plain = utf8Bytes(JSON.stringify(draft))
      const sealed = vault.seal(table, id, plain)
      wipe(plain)
      if (!sealed.ok) return sealed
      const written = unlessDiskFull(() =>
        database.run(
          `INSERT INTO drafts (id, saved_at, sealed) VALUES (?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET saved_at = excluded.saved_at, sealed = excluded.sealed`,
          [id, clock().toISOString(), sealed.value],
        ),
      )
      return written.ok ? success(id) : written
    },

    discard(id) {
      return database.run('DELETE FROM drafts WHERE id = ?', [id]).changes > 0
    },
  }
}
