/**
 * Which SQLite is used: Node's own (node:sqlite) where there is one, else @photostructure/sqlite, which has the same
 * interface. Both are synchronous.
 */

import type { DatabaseSync } from 'node:sqlite'

export type { DatabaseSync }
export type OpenDatabase = (path: string, options?: { readOnly?: boolean }) => DatabaseSync

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options?: { readOnly?: boolean }) => DatabaseSync
}

export async function loadSqlite(): Promise<OpenDatabase> {
  // Asked at run time: Node 20 has no node:sqlite, and an import of it would end the program.
  const builtIn = process.getBuiltinModule?.('node:sqlite') as SqliteModule | undefined
  const module = builtIn ?? ((await import('@photostructure/sqlite')) as unknown as SqliteModule)
  return (path, options) => new module.DatabaseSync(path, options ?? {})
}
