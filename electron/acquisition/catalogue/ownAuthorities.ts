/** Authorities that a person adds: their company's ACME directory, or the page where it takes requests. */

import type { Database } from '../../storage/database.ts'

export interface OwnAuthority {
  readonly id: string
  readonly name: string
  readonly issues: 'acme' | 'csr'
  /** The ACME directory, or the page that takes requests; https only. */
  readonly url: string
  /** What the CA calls this customer (RFC 8555 §7.3.4). */
  readonly bindingKeyId?: string
  readonly createdAt: string
  /** A backup brought it, and nobody has agreed to where it leads. */
  readonly fromBackup?: boolean
}

export interface OwnAuthorityStore {
  /** By name. */
  list(): OwnAuthority[]
  add(authority: OwnAuthority): void
  /** The person knows where it leads. */
  trust(id: string): void
  /** False when there was none. */
  remove(id: string): boolean
}

interface Row {
  readonly id: string
  readonly name: string
  readonly issues: OwnAuthority['issues']
  readonly url: string
  readonly binding_key_id: string | null
  readonly created_at: string
  readonly from_backup: number
}

export function createOwnAuthorityStore(database: Database): OwnAuthorityStore {
  return {
    list: () => database.all<Row>('SELECT * FROM own_authorities ORDER BY name, id').map(authorityOf),
    add({ id, name, issues, url, bindingKeyId, createdAt, fromBackup = false }) {
      database.run(
        `INSERT INTO own_authorities (id, name, issues, url, binding_key_id, created_at, from_backup)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [id, name, issues, url, bindingKeyId ?? null, createdAt, fromBackup ? 1 : 0],
      )
    },
    trust(id) {
      database.run('UPDATE own_authorities SET from_backup = 0 WHERE id = ?', [id])
    },
    remove: (id) => database.run('DELETE FROM own_authorities WHERE id = ?', [id]).changes > 0,
  }
}

function authorityOf(row: Row): OwnAuthority {
  return {
    id: row.id,
    name: row.name,
    issues: row.issues,
    url: row.url,
    ...(row.binding_key_id === null ? {} : { bindingKeyId: row.binding_key_id }),
    createdAt: row.created_at,
    ...(row.from_backup === 1 ? { fromBackup: true } : {}),
  }
}
