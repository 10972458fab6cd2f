/**
 * A profile's database as it stands at one moment, for whoever reads all of it with turns for others: what is written
 * meanwhile isn't seen in it, and nobody who writes waits for it.
 */

import { createDatabase, type Database } from './database.ts'
import { loadSqlite } from './sqlite.ts'

/** The caller closes it soon: as long as it is open, SQLite's journal grows with everything that is written. */
export async function openSnapshot(databasePath: string): Promise<Database> {
  const connection = (await loadSqlite())(databasePath, { readOnly: true })
  const database = createDatabase(connection)
  try {
    connection.exec('PRAGMA trusted_schema = OFF')
    connection.exec('BEGIN')
    // The moment is that of the first look.
    database.get('SELECT 1 FROM profile')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
