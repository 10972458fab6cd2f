/**
 * One SQLite database: statements, transactions, and what a full disk does to them. Synchronous, as SQLite is; the
 * statements themselves belong to each domain's store.
 *
 * Errors: `DiskFull` is thrown where there is no room; every other exception is a bug or a broken machine.
 */

import { failure, type Result, success } from '../base/result.ts'
import type { DatabaseSync } from './sqlite.ts'
import { DiskFull, meaningOf } from './sqliteFailure.ts'

export type SqlValue = null | number | bigint | string | Uint8Array
export type SqlRow = Record<string, SqlValue>
export type SqlParameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>

export interface Statement {
  all<Row = SqlRow>(parameters?: SqlParameters): Row[]
  get<Row = SqlRow>(parameters?: SqlParameters): Row | undefined
  run(parameters?: SqlParameters): { readonly changes: number; readonly lastInsertRowid: number }
}

export interface Database {
  /** Statements are kept: the same text is compiled once. Parameters are `?` in order or `:name`. */
  prepare(sql: string): Statement
  all<Row = SqlRow>(sql: string, parameters?: SqlParameters): Row[]
  get<Row = SqlRow>(sql: string, parameters?: SqlParameters): Row | undefined
  run(sql: string, parameters?: SqlParameters): { readonly changes: number; readonly lastInsertRowid: number }
  /**
   * Rows one after the other, for those that don't fit into memory together. Each walk is compiled anew, so that two of them
   * don't meet. Whoever writes to what is walked through sees anything.
   */
  each<Row = SqlRow>(sql: string, parameters?: readonly SqlValue[]): IterableIterator<Row>
  /** Several statements without parameters. */
  exec(sql: string): void
  /**
   * Everything `work` does, or nothing of it: an exception rolls back and goes on. Inside another transaction it is a part
   * of that one that can be undone by itself. `work` must not wait for anything.
   */
  transaction<Value>(work: () => Value): Value
  close(): void
}

/** Two processes may share a profile: a writer waits this long for the other one's transaction. */
const busyTimeoutMs = 10_000

export function createDatabase(connection: DatabaseSync): Database {
  const statements = new Map<string, Statement>()
  let depth = 0

  function guarded<Value>(work: () => Value): Value {
    try {
      return work()
    } catch (error) {
      if (meaningOf(error) === 'disk-full') throw new DiskFull()
      throw error
    }
  }

  function prepare(sql: string): Statement {
    const known = statements.get(sql)
    if (known) return known
    const prepared = connection.prepare(sql)
    const bound = (parameters: SqlParameters = []): SqlValue[] =>
      Array.isArray(parameters) ? [...parameters] : ([parameters] as unknown as SqlValue[])
    const statement: Statement = {
      all: <Row>(parameters?: SqlParameters) => guarded(() => prepared.all(...bound(parameters)) as Row[]),
      get: <Row>(parameters?: SqlParameters) => guarded(() => prepared.get(...bound(parameters)) as Row | undefined),
      run: (parameters) =>
        guarded(() => {
          const { changes, lastInsertRowid } = prepared.run(...bound(parameters))
          return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) }
        }),
    }
    statements.set(sql, statement)
    return statement
  }

  function transaction<Value>(work: () => Value): Value {
    const outermost = depth === 0
    const name = `level_${depth}`
    guarded(() => connection.exec(outermost ? 'BEGIN IMMEDIATE' : `SAVEPOINT ${name}`))
    depth++
    try {
      const value = work()
      guarded(() => connection.exec(outermost ? 'COMMIT' : `RELEASE ${name}`))
      return value
    } catch (error) {
      // SQLite itself may have rolled back already, as it does when the disk is full.
      if (connection.isTransaction !== false) {
        connection.exec(outermost ? 'ROLLBACK' : `ROLLBACK TO ${name}; RELEASE ${name}`)
      }
      throw error
    } finally {
      depth--
    }
  }

  return {
    prepare,
    all: (sql, parameters) => prepare(sql).all(parameters),
    get: (sql, parameters) => prepare(sql).get(parameters),
    run: (sql, parameters) => prepare(sql).run(parameters),
    each: <Row>(sql: string, parameters: readonly SqlValue[] = []) =>
      connection.prepare(sql).iterate(...parameters) as IterableIterator<Row>,
    exec: (sql) => guarded(() => connection.exec(sql)),
    transaction,
    close: () => {
      statements.clear()
      connection.close()
    },
  }
}

/** Settings of every connection. WAL with full synchronization: what a transaction committed survives a power cut. */
export function configureConnection(connection: DatabaseSync): void {
  connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  connection.exec('PRAGMA journal_mode = WAL')
  connection.exec('PRAGMA synchronous = FULL')
  connection.exec('PRAGMA foreign_keys = ON')
  // A database from elsewhere must not run functions from its schema.
  connection.exec('PRAGMA trusted_schema = OFF')
  // A deleted secret is overwritten, not only unlinked.
  connection.exec('PRAGMA secure_delete = ON')
}

/** Runs `work` and turns a full disk into a value. */
export function unlessDiskFull<Value>(work: () => Value): Result<Value, { readonly code: 'disk-full' }> {
  try {
    return success(work())
  } catch (error) {
    if (error instanceof DiskFull) return failure({ code: 'disk-full' })
    throw error
  }
}
