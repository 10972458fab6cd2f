/** The SQL of identities and their keys: rows become values here. Transactions are the caller's. */

import { equalBytes } from '../base/bytes.ts'
import type { Database } from '../storage/database.ts'
import type { IdentitySource, StoredIdentity } from './storedIdentity.ts'

interface IdentityRow {
  id: string
  key_id: string
  certificate: Uint8Array
  sha256: string
  source: IdentitySource
  retired: number
  created_at: string
  backed_up_at: string | null
}

interface AddressRow {
  address: string
  normalized: string
  preferred: number
}

export interface NewIdentity {
  readonly id: string
  readonly keyId: string
  readonly sha256: string
  readonly source: IdentitySource
  readonly createdAt: Date
  readonly certificateDer: Uint8Array
  readonly addresses: readonly { readonly address: string; readonly normalized: string }[]
  readonly chain: readonly Uint8Array[]
}

export function identityStatements(database: Database) {
  function addressesOf(id: string): AddressRow[] {
    return database.all<AddressRow>(
      'SELECT address, normalized, preferred FROM identity_addresses WHERE identity_id = ? ORDER BY position',
      [id],
    )
  }

  function identityOf(row: IdentityRow | undefined): StoredIdentity | undefined {
    if (!row) return undefined
    const addresses = addressesOf(row.id)
    const chain = database.all<{ certificate: Uint8Array }>(
      'SELECT certificate FROM identity_chain WHERE identity_id = ? ORDER BY position',
      [row.id],
    )
    return {
      id: row.id,
      keyId: row.key_id,
      certificateDer: row.certificate,
      sha256: row.sha256,
      addresses: addresses.map(({ address }) => address),
      retired: row.retired === 1,
      preferred: addresses.some(({ preferred }) => preferred === 1),
      source: row.source,
      createdAt: new Date(row.created_at),
      ...(row.backed_up_at === null ? {} : { backedUpAt: new Date(row.backed_up_at) }),
      chain: chain.map(({ certificate }) => certificate),
    }
  }

  function preferFor(id: string, normalized: string): void {
    database.run('UPDATE identity_addresses SET preferred = 0 WHERE normalized = ? AND preferred = 1', [normalized])
    // A certificate may spell one address twice; one row carries the preference.
    database.run(
      `UPDATE identity_addresses SET preferred = 1 WHERE identity_id = ? AND position =
         (SELECT min(position) FROM identity_addresses WHERE identity_id = ? AND normalized = ?)`,
      [id, id, normalized],
    )
  }

  return {
    all(): StoredIdentity[] {
      const rows = database.all<IdentityRow>('SELECT * FROM identities ORDER BY created_at DESC, id')
      const identities = rows.map(identityOf).filter((identity) => identity !== undefined)
      return [...identities.filter(({ preferred }) => preferred), ...identities.filter(({ preferred }) => !preferred)]
    },
    byId: (id: string) => identityOf(database.get<IdentityRow>('SELECT * FROM identities WHERE id = ?', [id])),
    bySha256: (sha256: string) =>
      identityOf(database.get<IdentityRow>('SELECT * FROM identities WHERE sha256 = ?', [sha256])),

    keyIdOf(publicKeyInfo: Uint8Array): string | undefined {
      const row = database.get<{ id: string; public_key_info: Uint8Array }>(
        'SELECT id, public_key_info FROM private_keys WHERE public_key_info = ?',
        [publicKeyInfo],
      )
      return row && equalBytes(row.public_key_info, publicKeyInfo) ? row.id : undefined
    },
    keys: () =>
      database
        .all<{ id: string; public_key_info: Uint8Array }>('SELECT id, public_key_info FROM private_keys')
        .map(({ id, public_key_info: publicKeyInfo }) => ({ keyId: id, publicKeyInfo })),
    publicKeyInfoOf: (keyId: string) =>
      database.get<{ public_key_info: Uint8Array }>('SELECT public_key_info FROM private_keys WHERE id = ?', [keyId])
        ?.public_key_info,
    compromisedKeys: () =>
      database.all<{ key_id: string }>('SELECT key_id FROM compromised_keys').map((row) => row.key_id),
    insertCompromised(keyId: string, at: Date): void {
      database.run('INSERT INTO compromised_keys (key_id, learnt_at) VALUES (?, ?) ON CONFLICT DO NOTHING', [
        keyId,
        at.toISOString(),
      ])
    },
    sealedKeyOf: (keyId: string) =>
      database.get<{ sealed: Uint8Array }>('SELECT sealed FROM private_keys WHERE id = ?', [keyId])?.sealed,
    insertKey(keyId: string, publicKeyInfo: Uint8Array, sealed: Uint8Array, at: Date): void {
      database.run('INSERT INTO private_keys (id, public_key_info, sealed, created_at) VALUES (?, ?, ?, ?)', [
        keyId,
        publicKeyInfo,
        sealed,
        at.toISOString(),
      ])
    },

    /** The schema lets only a key go whose request was given up that way, and that nothing else uses. */
    deleteKey: (keyId: string) => database.run('DELETE FROM private_keys WHERE id = ?', [keyId]),

    insertIdentity(identity: NewIdentity): void {
      const { id, keyId, certificateDer, sha256, source, createdAt } = identity
      database.run(
        'INSERT INTO identities (id, key_id, certificate, sha256, source, created_at) VALUES (?, ?, ?, ?, ?, ?)',
        [id, keyId, certificateDer, sha256, source, createdAt.toISOString()],
      )
      identity.addresses.forEach(({ address, normalized }, position) => {
        database.run(
          'INSERT INTO identity_addresses (identity_id, position, address, normalized) VALUES (?, ?, ?, ?)',
          [id, position, address, normalized],
        )
      })
      identity.chain.forEach((certificate, position) => {
        database.run('INSERT INTO identity_chain (identity_id, position, certificate) VALUES (?, ?, ?)', [
          id,
          position,
          certificate,
        ])
      })
    },

    setRetired: (id: string, retired: boolean) =>
      database.run('UPDATE identities SET retired = ? WHERE id = ?', [retired ? 1 : 0, id]),
    setBackedUp: (id: string, at: Date) =>
      database.run('UPDATE identities SET backed_up_at = ? WHERE id = ?', [at.toISOString(), id]),

    /** Takes the preference for each of its addresses. */
    preferEverywhere(id: string): void {
      for (const { normalized } of addressesOf(id)) preferFor(id, normalized)
    },
    /** Takes the preference only for addresses that no identity has it for. */
    preferWhereNoOther(id: string): void {
      for (const { normalized } of addressesOf(id)) {
        const taken = database.get('SELECT 1 FROM identity_addresses WHERE normalized = ? AND preferred = 1', [
          normalized,
        ])
        if (!taken) preferFor(id, normalized)
      }
    },
    /** Gives the preference to the newest other identity in use with the address. */
    handOnPreference(id: string): void {
      for (const { normalized, preferred } of addressesOf(id)) {
        if (preferred === 0) continue
        database.run('UPDATE identity_addresses SET preferred = 0 WHERE identity_id = ? AND normalized = ?', [
          id,
          normalized,
        ])
        const next = database.get<{ id: string }>(
          `SELECT identities.id FROM identities JOIN identity_addresses ON identity_id = identities.id
           WHERE normalized = ? AND retired = 0 AND identities.id <> ? ORDER BY created_at DESC LIMIT 1`,
          [normalized, id],
        )
        if (next) preferFor(next.id, normalized)
      }
    },
  }
}
