/**
 * A profile: one folder that only its owner may read, with the database, its last good copy, the spool and the logs.
 *
 * A damaged database is named and never touched; one from a newer program neither. The profile may be open in several
 * processes at once.
 */

import { chmodSync, closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import { makeFolder } from '../base/makeFolder.ts'
import { failure, type Result, success } from '../base/result.ts'
import {
  backupIsStale,
  backupPathOf,
  createPrivateFile,
  databasePathOf,
  removeUnfinishedBackups,
  restoreBackup,
  writeBackup,
} from './backup.ts'
import { configureConnection, createDatabase, type Database } from './database.ts'
import { type Migration, migrate } from './migrate.ts'
import { migrations } from './migrations/all.ts'
import { openSnapshot } from './snapshot.ts'
import { openSpool, type Spool } from './spool.ts'
import { loadSqlite } from './sqlite.ts'
import { meaningOf } from './sqliteFailure.ts'

export type ProfileKind = 'real' | 'sandbox'

export interface Profile {
  readonly folder: string
  readonly kind: ProfileKind
  readonly database: Database
  readonly spool: Spool
  /** The database as it stands now, for long reading; the caller closes it soon. The profile's end is its end. */
  snapshot(): Promise<Database>
  /**
   * Renews the copy of the database now: for changes after which an older copy would be a loss (a new key) or a risk (it
   * still opens with a passphrase that was given up). A full disk leaves the older one.
   */
  renewBackup(): void
  /** Renews the copy of the database, empties the spool, and lets go of both. */
  close(): Promise<void>
}

export type ProfileTrouble =
  | { readonly code: 'database-damaged'; readonly file: string; readonly backup?: string }
  | { readonly code: 'database-newer'; readonly found: number; readonly known: number }
  | { readonly code: 'profile-unusable'; readonly folder: string; readonly reason: string }
  | { readonly code: 'disk-full' }

export interface ProfileOptions {
  readonly kind: ProfileKind
  readonly clock: Clock
  /** The schema's steps; tests open older ones. */
  readonly migrations?: readonly Migration[]
}

/** Opens the profile in `folder`, making it where there is none. */
export async function openProfile(folder: string, options: ProfileOptions): Promise<Result<Profile, ProfileTrouble>> {
  const path = databasePathOf(folder)
  let database: Database | undefined
  try {
    makeFolder(folder, 0o700)
    if (process.platform !== 'win32' && (statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700)
    if (looksDamaged(path)) return failure(damaged(path))
    createPrivateFile(path)
    if (process.platform !== 'win32') chmodSync(path, 0o600)
    const connection = (await loadSqlite())(path)
    database = createDatabase(connection)
    configureConnection(connection)
    const isIntact = database.get<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check === 'ok'
    const prepared = isIntact ? prepare(database, folder, options) : failure(damaged(path))
    if (!prepared.ok) {
      database.close()
      return prepared
    }
    removeUnfinishedBackups(path)
    renewBackup(database, path)
    return success(profileOf(folder, path, options.kind, database, await openSpool(folder)))
  } catch (error) {
    database?.close()
    return failure(troubleOf(error, folder, path))
  }
}

function prepare(database: Database, folder: string, options: ProfileOptions): Result<undefined, ProfileTrouble> {
  const migrated = migrate(database, options.migrations ?? migrations)
  if (!migrated.ok) return migrated
  database.run('INSERT INTO profile (id, kind, created_at) VALUES (1, ?, ?) ON CONFLICT DO NOTHING', [
    options.kind,
    options.clock().toISOString(),
  ])
  const found = database.get<{ kind: string }>('SELECT kind FROM profile')?.kind
  // A sandbox's people and root must never be taken for real ones.
  if (found !== options.kind) return failure({ code: 'profile-unusable', folder, reason: `kind-${found}` })
  return success(undefined)
}

function profileOf(folder: string, path: string, kind: ProfileKind, database: Database, spool: Spool): Profile {
  let isOpen = true
  const snapshots = new Set<Database>()
  return {
    folder,
    kind,
    database,
    spool,
    async snapshot() {
      const opened = await openSnapshot(path)
      const close = () => {
        if (snapshots.delete(snapshot)) opened.close()
      }
      const snapshot: Database = { ...opened, close }
      snapshots.add(snapshot)
      return snapshot
    },
    renewBackup: () => renewBackup(database, path),
    async close() {
      if (!isOpen) return
      isOpen = false
      await spool.close()
      // The journal is written back below, and would wait for them.
      for (const snapshot of snapshots) snapshot.close()
      try {
        // Closing would write the journal into the database, and make it look newer than its copy.
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
        renewBackup(database, path)
      } catch (error) {
        // What the database itself holds is safe already.
        if (meaningOf(error) === 'other') throw error
      } finally {
        database.close()
      }
    },
  }
}

/** Without room for a new copy the older one stays: who has to make room needs the profile open. */
function renewBackup(database: Database, path: string): void {
  try {
    if (backupIsStale(path)) writeBackup(database, path)
  } catch (error) {
    if (meaningOf(error) !== 'disk-full') throw error
  }
}

/** Puts a damaged database aside and the last good copy in its place. The profile must be closed. */
export async function restoreProfileBackup(
  folder: string,
  clock: Clock,
): Promise<Result<{ readonly aside: string }, { readonly code: 'not-found'; readonly what: string } | ProfileTrouble>> {
  const path = databasePathOf(folder)
  if (!existsSync(backupPathOf(path))) return failure({ code: 'not-found', what: 'backup' })
  try {
    return success({ aside: restoreBackup(path, clock()) })
  } catch (error) {
    return failure(troubleOf(error, folder, path))
  }
}

const fileHeader = 'SQLite format 3\0'

/**
 * What can be seen before SQLite touches the file: another beginning, an emptied file, or none at all beside a copy.
 * SQLite would make a new database of the last two, and the person would find everything gone.
 */
function looksDamaged(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return existsSync(backupPathOf(path))
  const header = Buffer.alloc(fileHeader.length)
  const handle = openSync(path, 'r')
  try {
    readSync(handle, header, 0, header.length, 0)
  } finally {
    closeSync(handle)
  }
  return header.toString('latin1') !== fileHeader
}

function damaged(path: string): ProfileTrouble {
  const backup = backupPathOf(path)
  return { code: 'database-damaged', file: path, ...(existsSync(backup) ? { backup } : {}) }
}

function troubleOf(error: unknown, folder: string, path: string): ProfileTrouble {
  const meaning = meaningOf(error)
  if (meaning === 'damaged') return damaged(path)
  if (meaning === 'disk-full') return { code: 'disk-full' }
  const code = (error as { code?: unknown } | null)?.code
  // What neither SQLite nor the file system said is a bug of ours.
  if (meaning === 'other' && typeof code !== 'string') throw error
  return { code: 'profile-unusable', folder, reason: meaning === 'other' ? String(code) : meaning }
}
