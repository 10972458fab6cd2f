/**
 * What lies inside a backup, before it is sealed and after it is opened: lines of JSON, each ended by a line feed.
 *
 *     {"siegel":"backup","format":1,"schema":12,"id":…,"madeAt":…,"profile":"real"}   the first line
 *     {"table":"contacts","columns":["id","name",…]}    the rows that follow are of this table
 *     ["…","…",{"bytes":"base64"},7,null]               a row; what the vault had sealed is plain
 *     {"proof":{"sha256":…,"text":…,"letter":base64}}   a letter to try a key with (backupProof.ts)
 *
 * Rows are those of the schema's version that the head names. Reading puts them into a database in memory of that version and
 * lets it take the steps to the present: so a later program reads an older backup, and SQLite holds every type and constraint.
 * Only then is it checked value by value, and nothing of it has touched the profile.
 *
 * The text holds private keys while it is at work; the buffers that this code owns are overwritten, strings can't be.
 */

import { z } from 'zod'
import { base64Bytes, base64Text, utf8Bytes, utf8Text, wipe } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { inTurns, type Steps } from '../../base/turns.ts'
import { backupByteLimit } from '../../keystore/backupFile.ts'
import type { Vault } from '../../keystore/vault.ts'
import type { Database, SqlRow, SqlValue } from '../../storage/database.ts'
import { migrateToPresent, openMemoryDatabase, schemaVersion } from '../../storage/memoryDatabase.ts'
import { type BackedUpTable, backedUpTables } from './backupTables.ts'

const format = 1
/** Some 200,000 contacts with all that belongs to them; beyond, somebody fills the memory with empty rows. */
const rowLimit = 1_000_000
/** The largest row is a draft of 5 million characters. */
const lineLimit = 33_554_432
/** One for each identity. */
const proofLimit = 10_000
/** Between two turns for others. */
const rowsAtOnce = 200
const bytesAtOnce = 1_048_576

const head = z.object({
  siegel: z.literal('backup'),
  format: z.number().int(),
  schema: z.number().int().positive(),
  id: z.string().min(1).max(64),
  madeAt: z.iso.datetime(),
  profile: z.enum(['real', 'sandbox']),
})
export type BackupHead = Readonly<z.infer<typeof head>>

const proof = z.object({
  /** Of the certificate. */
  sha256: z.string().length(64),
  /** What the opened letter says. */
  text: z.string().max(200),
  letter: z.base64().max(100_000),
})
export type KeyProof = Readonly<z.infer<typeof proof>>

const tableLine = z.object({ table: z.string().max(64), columns: z.array(z.string().max(64)).max(64) })

export interface BackupContents {
  readonly head: BackupHead
  readonly proofs: readonly KeyProof[]
  /** Of the present schema; sealed columns hold plain values. */
  readonly database: Database
  close(): void
}

type Collected = {
  readonly content: Uint8Array /** Rows that the vault could no longer open. */
  readonly unreadable: number
}
type CollectFailure =
  | { readonly code: 'locked' | 'no-vault' }
  | { readonly code: 'not-found'; readonly what: 'private-key' }
  | { readonly code: 'too-large'; readonly limit: number }

/**
 * Writes down what the profile holds. `database` is a snapshot: nobody changes half of it between the steps. The caller wipes
 * the content. `limit` is for tests.
 */
export function* collectBackup(
  database: Database,
  vault: Vault,
  about: Pick<BackupHead, 'id' | 'madeAt' | 'profile'>,
  proofs: readonly KeyProof[],
  limit = backupByteLimit,
): Steps<Result<Collected, CollectFailure>> {
  const lines = growingLines(limit, sizeOf(database))
  lines.add({ siegel: 'backup', format, schema: schemaVersion, ...about })
  let unreadable = 0
  try {
    for (const table of backedUpTables) {
      const columns = columnsOf(database, table.name)
      lines.add({ table: table.name, columns })
      let [rows, bytes] = [0, 0]
      for (const row of database.each(`SELECT * FROM ${table.name} ORDER BY rowid`)) {
        // Nobody waits for the rest of it.
        if (lines.isFull()) break
        const opened = openedRow(row, table, vault)
        if (opened.ok) bytes += lines.add(columns.map((column) => cellOf(opened.value[column] ?? null)))
        else if (opened.error.code !== 'damaged') return failure({ code: opened.error.code })
        else if (table.vital) return failure({ code: 'not-found', what: 'private-key' })
        else unreadable++
        if (++rows >= rowsAtOnce || bytes >= bytesAtOnce) {
          yield
          rows = 0
          bytes = 0
        }
      }
    }
    for (const one of proofs) lines.add({ proof: one })
    return lines.isFull() ? failure({ code: 'too-large', limit }) : success({ content: lines.taken(), unreadable })
  } finally {
    lines.close()
  }
}

function openedRow(
  row: SqlRow,
  table: BackedUpTable,
  vault: Vault,
): Result<SqlRow, { readonly code: 'locked' | 'no-vault' | 'damaged' }> {
  const opened: SqlRow = { ...row }
  for (const [column, placeOf] of Object.entries(table.sealed ?? {})) {
    const sealed = row[column]
    if (!(sealed instanceof Uint8Array)) continue
    const plain = vault.open(...placeOf(row), sealed)
    if (!plain.ok) return plain
    opened[column] = plain.value
  }
  return success(opened)
}

/** About as much as its rows will take. Memory that isn't written to costs nothing; to grow costs a copy of everything. */
function sizeOf(database: Database): number {
  const pages = database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0
  const size = database.get<{ page_size: number }>('PRAGMA page_size')?.page_size ?? 0
  return pages * size * 1.5
}

/** Lines one behind the other: there are millions of them. What they grew out of is overwritten. */
function growingLines(limit: number, expected: number) {
  let bytes = new Uint8Array(Math.ceil(Math.min(limit, Math.max(expected, 65_536))))
  let length = 0
  let isFull = false
  const grow = (least: number) => {
    const larger = new Uint8Array(Math.max(least, bytes.length * 2))
    larger.set(bytes.subarray(0, length))
    wipe(bytes.subarray(0, length))
    bytes = larger
  }
  return {
    /** How many bytes it took. */
    add(value: unknown): number {
      const line = utf8Bytes(`${JSON.stringify(value)}\n`)
      isFull ||= length + line.length > limit
      if (!isFull) {
        if (length + line.length > bytes.length) grow(length + line.length)
        bytes.set(line, length)
        length += line.length
      }
      wipe(line)
      return line.length
    },
    /** A line found no room, and none behind it was taken: without one of them the others would mean something else. */
    isFull: () => isFull,
    /** From now on the caller's to wipe. */
    taken(): Uint8Array {
      const content = bytes.subarray(0, length)
      bytes = new Uint8Array()
      length = 0
      return content
    },
    close: () => wipe(bytes.subarray(0, length)),
  }
}

function cellOf(value: SqlValue): unknown {
  return value instanceof Uint8Array ? { bytes: base64Text(value) } : value
}

function columnsOf(database: Database, table: string): string[] {
  return database.all<{ name: string }>('SELECT name FROM pragma_table_info(?)', [table]).map(({ name }) => name)
}

export type ContentsFailure =
  | { readonly code: 'damaged-file' }
  | { readonly code: 'backup-newer' }
  | { readonly code: 'over-budget'; readonly limit: string }

/** Reads the lines into a database in memory. The caller closes the value; the content stays the caller's to wipe. */
export async function readContents(content: Uint8Array): Promise<Result<BackupContents, ContentsFailure>> {
  const lines = linesOf(content)
  const parsed = head.safeParse(firstOf(lines))
  if (!parsed.success) return failure({ code: 'damaged-file' })
  if (parsed.data.format > format || parsed.data.schema > schemaVersion) return failure({ code: 'backup-newer' })
  const database = await openMemoryDatabase(parsed.data.schema)
  const proofs: KeyProof[] = []
  let filled: Result<undefined, ContentsFailure> | undefined
  try {
    filled = await inTurns(fill(database, lines, proofs))
  } finally {
    if (!filled?.ok) database.close()
  }
  if (!filled.ok) return filled
  return success({ head: parsed.data, proofs, database, close: () => database.close() })
}

/** Half of a database is nobody's: where this fails, the caller closes it. */
function* fill(
  database: Database,
  lines: Generator<Line>,
  proofs: KeyProof[],
): Steps<Result<undefined, ContentsFailure>> {
  let insert: ((row: readonly SqlValue[]) => void) | undefined
  let rows = 0
  let read = 0
  try {
    // Nobody else knows this database: its transaction may last for many turns.
    database.exec('BEGIN')
    for (const { value, length } of lines) {
      read += length
      if (Array.isArray(value)) {
        if (++rows > rowLimit) return failure({ code: 'over-budget', limit: 'rows' })
        insert?.(rowOf(value))
      } else {
        const table = tableLine.safeParse(value)
        if (table.success) insert = insertInto(database, table.data)
        else if (proofs.length >= proofLimit) return failure({ code: 'over-budget', limit: 'letters' })
        else proofs.push(z.object({ proof }).parse(value).proof)
      }
      if (rows % rowsAtOnce === 0 || read >= bytesAtOnce) {
        yield
        read = 0
      }
    }
    database.exec('COMMIT')
    migrateToPresent(database)
    return success(undefined)
  } catch {
    // A line that is none of these, a type or a constraint of the schema that doesn't hold, a step that can't be taken.
    return failure({ code: 'damaged-file' })
  }
}

/** The values of a row, by hand: there are hundreds of thousands. Throws where one is of another kind. */
function rowOf(cells: readonly unknown[]): SqlValue[] {
  return cells.map((cell) => {
    if (typeof cell === 'string' || cell === null || (typeof cell === 'number' && Number.isFinite(cell))) return cell
    const text = typeof cell === 'object' && 'bytes' in cell ? cell.bytes : undefined
    if (typeof text !== 'string') throw new TypeError('neither text nor a number nor bytes')
    const bytes = base64Bytes(text)
    // The decoder passes over what is no base64.
    if (base64Text(bytes) !== text) throw new TypeError('no base64')
    return bytes
  })
}

/** Nothing is written for a table that this program doesn't back up: it may have been given up. */
function insertInto(
  database: Database,
  { table, columns }: z.infer<typeof tableLine>,
): ((row: readonly SqlValue[]) => void) | undefined {
  if (!backedUpTables.some(({ name }) => name === table)) return undefined
  const known = new Set(columnsOf(database, table))
  if (columns.length === 0 || columns.some((column) => !known.has(column))) throw new RangeError('unknown column')
  const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
  return (row) => {
    if (row.length !== columns.length) throw new RangeError('another number of values')
    database.run(sql, row)
  }
}

interface Line {
  readonly value: unknown
  /** Of its text, in bytes. */
  readonly length: number
}

function firstOf(lines: Generator<Line>): unknown {
  try {
    const first = lines.next()
    return first.done ? undefined : first.value.value
  } catch {
    return undefined
  }
}

/** Throws where a line is no JSON or too long. */
function* linesOf(content: Uint8Array): Generator<Line> {
  for (let start = 0; start < content.length; ) {
    const found = content.indexOf(10, start)
    const end = found < 0 ? content.length : found
    if (end - start > lineLimit) throw new RangeError('line too long')
    yield { value: JSON.parse(utf8Text(content.subarray(start, end))), length: end - start }
    start = end + 1
  }
}
