/**
 * Accounts at CAs as they lie in the profile. Their private keys come in sealed; the store never sees one open. An account
 * outlives the enrolments that used it: it renews and revokes.
 */

import type { Database } from '../storage/database.ts'

/** The tables that account keys are sealed for: those of the first versions lay with their enrolments. */
export const accountTable = 'acme_accounts'
export const nextKeyTable = 'acme_accounts.next_key'
export const bindingTable = 'acme_accounts.binding_key'

export interface StoredAcmeAccount {
  readonly id: string
  /** The directory's URL, or 'sandbox'. */
  readonly directory: string
  readonly sealedKey: Uint8Array
  readonly sealedIn: 'acme_accounts' | 'enrolments'
  /** Undefined until the CA has registered it. */
  readonly url?: string
  /** URL of the terms of service that the person agreed to. */
  readonly terms?: string
  /** A key change that began: the CA knows this key or the other one. */
  readonly sealedNextKey?: Uint8Array
  /** Where the CA sends its own notices, as it was told last. */
  readonly contact?: string
  readonly bindingKeyId?: string
  /** Until it is registered. */
  readonly sealedBindingKey?: Uint8Array
  /** This CA sends its challenge mail only after the challenge was answered. */
  readonly answersFirst: boolean
  readonly closed: boolean
  /** It came from a backup, and the person hasn't agreed to its use: whoever wrote the backup knows its key. */
  readonly fromBackup?: boolean
  readonly createdAt: string
}

export interface AcmeAccountStore {
  /** The newest first. */
  list(): StoredAcmeAccount[]
  get(id: string): StoredAcmeAccount | undefined
  /** Inserts or replaces the row; durable when it returns. */
  save(account: StoredAcmeAccount): void
}

interface Row {
  readonly id: string
  readonly directory: string
  readonly account_key: Uint8Array
  readonly sealed_in: StoredAcmeAccount['sealedIn']
  readonly url: string | null
  readonly terms: string | null
  readonly next_key: Uint8Array | null
  readonly binding_key_id: string | null
  readonly binding_key: Uint8Array | null
  readonly answers_first: number
  readonly closed: number
  readonly from_backup: number
  readonly contact: string | null
  readonly created_at: string
}

export function createAcmeAccountStore(database: Database): AcmeAccountStore {
  return {
    list: () => database.all<Row>('SELECT * FROM acme_accounts ORDER BY created_at DESC, id').map(accountOf),
    get(id) {
      const row = database.get<Row>('SELECT * FROM acme_accounts WHERE id = ?', [id])
      return row && accountOf(row)
    },
    save(account) {
      database.run(
        `INSERT OR REPLACE INTO acme_accounts (id, directory, account_key, sealed_in, url, terms, next_key, binding_key_id,
           binding_key, answers_first, closed, created_at, from_backup, contact)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          account.id,
          account.directory,
          account.sealedKey,
          account.sealedIn,
          account.url ?? null,
          account.terms ?? null,
          account.sealedNextKey ?? null,
          account.bindingKeyId ?? null,
          account.sealedBindingKey ?? null,
          account.answersFirst ? 1 : 0,
          account.closed ? 1 : 0,
          account.createdAt,
          account.fromBackup ? 1 : 0,
          account.contact ?? null,
        ],
      )
    },
  }
}

function accountOf(row: Row): StoredAcmeAccount {
  return {
    id: row.id,
    directory: row.directory,
    sealedKey: row.account_key,
    sealedIn: row.sealed_in,
    ...(row.url === null ? {} : { url: row.url }),
    ...(row.terms === null ? {} : { terms: row.terms }),
    ...(row.next_key === null ? {} : { sealedNextKey: row.next_key }),
    ...(row.binding_key_id === null ? {} : { bindingKeyId: row.binding_key_id }),
    ...(row.binding_key === null ? {} : { sealedBindingKey: row.binding_key }),
    answersFirst: row.answers_first === 1,
    closed: row.closed === 1,
    ...(row.contact === null ? {} : { contact: row.contact }),
    ...(row.from_backup === 1 ? { fromBackup: true } : {}),
    createdAt: row.created_at,
  }
}
