/** Certificate requests that left as a file, kept until their answer comes: days later, after a restart, from anywhere. */

import type { GeneratedKeyType } from '../crypto/privateKey.ts'
import type { Database } from '../storage/database.ts'
import type { MailUse } from './csr.ts'

export interface StoredRequest {
  readonly id: string
  /** The same for the two requests of one person who wants separate keys. */
  readonly pairId: string
  readonly name: string
  readonly address: string
  readonly use: MailUse
  /** Id in the catalogue; empty where the person didn't say. */
  readonly authority: string
  readonly keyType: GeneratedKeyType
  readonly keyId: string
  /** DER, PKCS#10. */
  readonly request: Uint8Array
  readonly state: 'waiting' | 'done' | 'cancelled'
  /** The private key is gone, as the person wanted. */
  readonly keyDiscarded: boolean
  /** The identity that the new one follows. */
  readonly renews?: string
  readonly identityId?: string
  readonly createdAt: string
  readonly updatedAt: string
}

export interface RequestStore {
  /** The newest first; the two of a pair beside each other. */
  list(): StoredRequest[]
  get(id: string): StoredRequest | undefined
  /** Inserts or replaces the row; durable when it returns. */
  save(request: StoredRequest): void
}

interface Row {
  readonly id: string
  readonly pair_id: string
  readonly name: string
  readonly address: string
  readonly use: MailUse
  readonly authority: string
  readonly key_type: GeneratedKeyType
  readonly key_id: string
  readonly request: Uint8Array
  readonly state: StoredRequest['state']
  readonly key_discarded: number
  readonly renews: string | null
  readonly identity_id: string | null
  readonly created_at: string
  readonly updated_at: string
}

export function createRequestStore(database: Database): RequestStore {
  return {
    list: () =>
      database
        .all<Row>('SELECT * FROM certificate_requests ORDER BY created_at DESC, pair_id, use DESC')
        .map(requestOf),
    get(id) {
      const row = database.get<Row>('SELECT * FROM certificate_requests WHERE id = ?', [id])
      return row && requestOf(row)
    },
    save(request) {
      database.run(
        `INSERT OR REPLACE INTO certificate_requests (id, pair_id, name, address, use, authority, key_type, key_id, request,
           state, key_discarded, renews, identity_id, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          request.id,
          request.pairId,
          request.name,
          request.address,
          request.use,
          request.authority,
          request.keyType,
          request.keyId,
          request.request,
          request.state,
          request.keyDiscarded ? 1 : 0,
          request.renews ?? null,
          request.identityId ?? null,
          request.createdAt,
          request.updatedAt,
        ],
      )
    },
  }
}

function requestOf(row: Row): StoredRequest {
  return {
    id: row.id,
    pairId: row.pair_id,
    name: row.name,
    address: row.address,
    use: row.use,
    authority: row.authority,
    keyType: row.key_type,
    keyId: row.key_id,
    request: row.request,
    state: row.state,
    keyDiscarded: row.key_discarded === 1,
    ...(row.renews === null ? {} : { renews: row.renews }),
    ...(row.identity_id === null ? {} : { identityId: row.identity_id }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
