/**
 * Revocation lists and OCSP answers that were fetched, in the profile's database, so that a server is asked once until its
 * answer runs out; and which addresses failed, since when. Nothing here says what an answer is worth: it is evidence, and
 * is judged each time. Whoever keeps one has checked its signature, so that nobody on the way can push a good one out.
 */

import { hexText, utf8Bytes } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import { digestOf } from '../../crypto/digest.ts'
import { type Database, unlessDiskFull } from '../../storage/database.ts'
import type { Certificate } from '../certificate.ts'
import { nameKey } from '../name.ts'
import { type Crl, parseCrl, parseCrlInTurns } from './crl.ts'
import { type OcspResponse, parseOcspResponse } from './ocsp.ts'

/**
 * One address; OCSP's answers are about one certificate (its SHA-256, lower-case hexadecimal), lists are those for one CA
 * (`listOwnerOf`): another CA, or whoever stands before the server, must not put its own list in the place of that.
 */
export type Source =
  | { readonly kind: 'crl'; readonly url: string; readonly owner: string }
  | { readonly kind: 'ocsp'; readonly url: string; readonly certificate: string }
  | { readonly kind: 'issuer'; readonly url: string }

export interface AnswerTimes {
  readonly thisUpdate: Date
  readonly nextUpdate?: Date
}

interface Kept<Value> extends AnswerTimes {
  readonly value: Value
  readonly fetchedAt: Date
}

export interface SourceFailure {
  readonly code: string
  /** The first failure since the last success. */
  readonly since: Date
  readonly lastAt: Date
}

export interface RevocationCache {
  crl(url: string, owner: string): Kept<Crl> | undefined
  /** Reads a list into memory with turns for others, if one is kept, so that `crl` has it at once. */
  bringToHand(url: string, owner: string): Promise<void>
  ocsp(url: string, certificate: string): Kept<OcspResponse> | undefined
  /**
   * False where an answer is older than the one that is kept, and not taken. On a full disk it is kept in memory: what was
   * learnt must not be forgotten for want of room. `value` is what whoever fetched it has read already: a large list takes some
   * tenths of a second.
   */
  keep(
    source: Exclude<Source, { kind: 'issuer' }>,
    content: Uint8Array,
    times: AnswerTimes,
    value?: Crl | OcspResponse,
  ): boolean
  /** The newest time at which anything that is kept was signed. */
  newestThisUpdate(): Date | undefined
  failure(source: Source): SourceFailure | undefined
  keepFailure(source: Source, code: string): void
  /** It answered. */
  forgetFailure(source: Source): void
}

/**
 * The lists of a dozen CAs with a hundred thousand revocations between them. The profile's backup copies it, so that it must
 * not grow with the years.
 */
const contentByteLimit = 33_554_432
/** An address that a year of mail named and that never answered. */
const failureLimit = 1_000
/** Answers that no disk has room for: those of a few mails. */
const unsavedLimit = 8
/** Lists that were read stay in memory up to this many bytes: of a mailbox, they are the same few. */
const memoryByteLimit = 33_554_432

interface Row {
  readonly this_update: string
  readonly next_update: string | null
  readonly fetched_at: string
}

interface Read {
  readonly fetchedAt: string
  readonly size: number
  readonly value: Crl | OcspResponse | undefined
}

export function createRevocationCache({ database, clock }: { database: Database; clock: Clock }): RevocationCache {
  const read = createReadValues()
  const unsaved = new Map<string, Row & { readonly content: Uint8Array }>()

  const bringing = new Map<string, Promise<void>>()

  function rowOf(key: readonly string[], name: string): Row | undefined {
    return (
      unsaved.get(name) ??
      database.get<Row>(`SELECT this_update, next_update, fetched_at FROM revocation_answers WHERE ${whereSource}`, key)
    )
  }

  function contentOf(key: readonly string[], name: string): Uint8Array | undefined {
    return (
      unsaved.get(name)?.content ??
      database.get<{ content: Uint8Array }>(`SELECT content FROM revocation_answers WHERE ${whereSource}`, key)?.content
    )
  }

  function kept<Value extends Crl | OcspResponse>(
    source: Source,
    parse: (content: Uint8Array) => Value | undefined,
  ): Kept<Value> | undefined {
    const key = keyOf(source)
    const name = key.join(' ')
    const row = rowOf(key, name)
    if (!row) return undefined
    let known = read.get(name, row.fetched_at)
    if (!known) {
      const content = contentOf(key, name)
      if (!content) return undefined
      known = { fetchedAt: row.fetched_at, size: content.length, value: parse(content) }
      read.set(name, known)
    }
    // Unreadable: another version of the program wrote it.
    if (known.value === undefined) return undefined
    return {
      value: known.value as Value,
      thisUpdate: new Date(row.this_update),
      ...(row.next_update === null ? {} : { nextUpdate: new Date(row.next_update) }),
      fetchedAt: new Date(row.fetched_at),
    }
  }

  async function bring(key: readonly string[], name: string): Promise<void> {
    const row = rowOf(key, name)
    if (!row || read.get(name, row.fetched_at)) return
    const content = contentOf(key, name)
    if (!content) return
    const crl = await parseCrlInTurns(content)
    // A newer one may have come meanwhile.
    if (read.has(name)) return
    read.set(name, { fetchedAt: row.fetched_at, size: content.length, value: crl.ok ? crl.value : undefined })
  }

  return {
    bringToHand(url, owner) {
      const key = keyOf({ kind: 'crl', url, owner })
      const name = key.join(' ')
      const known = bringing.get(name)
      if (known) return known
      const begun = bring(key, name).finally(() => bringing.delete(name))
      bringing.set(name, begun)
      return begun
    },

    crl: (url, owner) =>
      kept({ kind: 'crl', url, owner }, (content) => {
        const crl = parseCrl(content)
        return crl.ok ? crl.value : undefined
      }),

    ocsp: (url, certificate) =>
      kept({ kind: 'ocsp', url, certificate }, (content) => {
        const response = parseOcspResponse(content)
        return response.ok ? response.value : undefined
      }),

    keep(source, content, { thisUpdate, nextUpdate }, value) {
      const key = keyOf(source)
      const name = key.join(' ')
      const row: Row = {
        this_update: thisUpdate.toISOString(),
        next_update: nextUpdate?.toISOString() ?? null,
        fetched_at: clock().toISOString(),
      }
      const saved = unlessDiskFull(() => database.transaction(() => save(database, key, row, content)))
      unsaved.delete(name)
      if (saved.ok && !saved.value) return false
      read.forget(name)
      if (value) read.set(name, { fetchedAt: row.fetched_at, size: content.length, value })
      if (saved.ok) return true
      unsaved.set(name, { ...row, content })
      const [oldest] = unsaved.keys()
      if (unsaved.size > unsavedLimit && oldest !== undefined) unsaved.delete(oldest)
      return true
    },

    newestThisUpdate() {
      const newest = database.get<{ at: string | null }>('SELECT MAX(this_update) AS at FROM revocation_answers')?.at
      return typeof newest === 'string' ? new Date(newest) : undefined
    },

    failure(source) {
      const row = database.get<{ code: string; since: string; last_at: string }>(
        `SELECT code, since, last_at FROM fetch_failures WHERE ${whereSource}`,
        keyOf(source),
      )
      return row && { code: row.code, since: new Date(row.since), lastAt: new Date(row.last_at) }
    },

    keepFailure(source, code) {
      const now = clock().toISOString()
      unlessDiskFull(() =>
        database.transaction(() => {
          database.run(
            `INSERT INTO fetch_failures (kind, url, certificate, code, since, last_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET code = excluded.code, last_at = excluded.last_at`,
            [...keyOf(source), code, now, now],
          )
          database.run(
            'DELETE FROM fetch_failures WHERE rowid NOT IN (SELECT rowid FROM fetch_failures ORDER BY last_at DESC LIMIT ?)',
            [failureLimit],
          )
        }),
      )
    },

    forgetFailure(source) {
      const key = keyOf(source)
      if (!database.get(`SELECT 1 FROM fetch_failures WHERE ${whereSource}`, key)) return
      unlessDiskFull(() => database.run(`DELETE FROM fetch_failures WHERE ${whereSource}`, key))
    },
  }
}

const whereSource = 'kind = ? AND url = ? AND certificate = ?'

/** Whose certificates a list was fetched for: the comparable form of their issuer's name, as SHA-256 in hexadecimal. */
export function listOwnerOf({ issuer }: Certificate): string {
  return hexText(digestOf('sha256', utf8Bytes(nameKey(issuer))))
}

/** What tells sources apart. */
export function keyOf(source: Source): [kind: string, url: string, about: string] {
  const about = source.kind === 'ocsp' ? source.certificate : source.kind === 'crl' ? source.owner : ''
  return [source.kind, source.url, about]
}

function save(database: Database, key: readonly string[], row: Row, content: Uint8Array): boolean {
  const { changes } = database.run(
    `INSERT INTO revocation_answers (kind, url, certificate, this_update, next_update, fetched_at, size, content)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET this_update = excluded.this_update, next_update = excluded.next_update,
       fetched_at = excluded.fetched_at, size = excluded.size, content = excluded.content
     WHERE excluded.this_update >= revocation_answers.this_update`,
    [...key, row.this_update, row.next_update, row.fetched_at, content.length, content],
  )
  removeOldest(database)
  return changes > 0
}

function removeOldest(database: Database): void {
  database.run(
    `DELETE FROM revocation_answers WHERE rowid IN (
       SELECT rowid FROM (
         SELECT rowid, SUM(size) OVER (ORDER BY fetched_at DESC, rowid DESC) AS total FROM revocation_answers
       ) WHERE total > ?
     )`,
    [contentByteLimit],
  )
}

/** What was parsed, by name and as of which fetch; the ones read longest ago go. */
function createReadValues() {
  const values = new Map<string, Read>()
  let bytes = 0
  const remove = (name: string): void => {
    bytes -= values.get(name)?.size ?? 0
    values.delete(name)
  }
  return {
    get(name: string, fetchedAt: string): Read | undefined {
      const known = values.get(name)
      return known?.fetchedAt === fetchedAt ? known : undefined
    },
    has: (name: string) => values.has(name),
    forget: remove,
    set(name: string, value: Read): void {
      remove(name)
      values.set(name, value)
      bytes += value.size
      for (const oldest of [...values.keys()]) {
        if (bytes <= memoryByteLimit) break
        remove(oldest)
      }
    },
  }
}
