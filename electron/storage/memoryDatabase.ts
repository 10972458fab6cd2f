/** A database in memory with the schema of an earlier version: for rows that come from outside and are looked at first. */

import { createDatabase, type Database } from './database.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/all.ts'
import { loadSqlite } from './sqlite.ts'

/** The newest version of the schema that this program knows. */
export const schemaVersion = migrations.at(-1)?.version ?? 0

/** Empty, with the schema of `version`, which lies between 1 and `schemaVersion`. The caller closes it. */
export async function openMemoryDatabase(version: number): Promise<Database> {
  const connection = (await loadSqlite())(':memory:')
  const database = createDatabase(connection)
  // What comes from outside must not run functions from a schema, nor leave rows that refer to nothing.
  connection.exec('PRAGMA trusted_schema = OFF')
  connection.exec('PRAGMA foreign_keys = ON')
  migrate(database, migrations, version)
  return database
}

/** Takes the steps from the version it has to the present one. */
export function migrateToPresent(database: Database): void {
  migrate(database, migrations)
}
