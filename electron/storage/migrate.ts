/**
 * Brings a database to the schema that this program knows. SQLite's user_version holds the last step taken; each step is
 * one transaction together with its version, so that a killed process leaves a step whole or not begun.
 */

import { failure, type Result, success } from '../base/result.ts'
import type { Database } from './database.ts'

export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

export type MigrationFailure = { readonly code: 'database-newer'; readonly found: number; readonly known: number }

export function schemaVersionOf(database: Database): number {
  return database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0
}

/** Takes the steps that are missing; answers how many those were. */
export function migrate(
  database: Database,
  migrations: readonly Migration[],
  upTo = Number.MAX_SAFE_INTEGER,
): Result<number, MigrationFailure> {
  const known = migrations.at(-1)?.version ?? 0
  const found = schemaVersionOf(database)
  if (found > known) return failure({ code: 'database-newer', found, known })
  let taken = 0
  for (const { version, sql } of migrations) {
    if (version > upTo) break
    if (version <= found) continue
    const done = database.transaction(() => {
      // Another process may have taken this step while we waited for the lock.
      if (schemaVersionOf(database) >= version) return false
      database.exec(sql)
      database.exec(`PRAGMA user_version = ${version}`)
      return true
    })
    if (done) taken++
  }
  return success(taken)
}
