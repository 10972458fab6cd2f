/** The person's own CAs and what they issued: rows become values here. */

import type { OwnRevocationReason } from '../../../shared/contract/authority.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import type { Database } from '../../storage/database.ts'
import { storedCertificate } from '../judge.ts'

export interface StoredAuthority {
  readonly id: string
  readonly keyId: string
  readonly certificate: Certificate
  readonly createdAt: string
}

export interface StoredIssue {
  readonly certificate: Certificate
  readonly issuedAt: string
  readonly revokedAt?: string
  readonly reason?: OwnRevocationReason
}

interface AuthorityRow {
  readonly id: string
  readonly key_id: string
  readonly certificate: Uint8Array
  readonly created_at: string
}

interface IssuedRow {
  readonly certificate: Uint8Array
  readonly issued_at: string
  readonly revoked_at: string | null
  readonly reason: OwnRevocationReason | null
}

export function authorityStore(database: Database) {
  const authorityOf = (row: AuthorityRow): StoredAuthority => ({
    id: row.id,
    keyId: row.key_id,
    certificate: storedCertificate(row.certificate),
    createdAt: row.created_at,
  })
  const issueOf = (row: IssuedRow): StoredIssue => ({
    certificate: storedCertificate(row.certificate),
    issuedAt: row.issued_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  })

  return {
    list: () => database.all<AuthorityRow>('SELECT * FROM authorities ORDER BY created_at, id').map(authorityOf),
    get(id: string): StoredAuthority | undefined {
      const row = database.get<AuthorityRow>('SELECT * FROM authorities WHERE id = ?', [id])
      return row && authorityOf(row)
    },
    add({ id, keyId, certificate, createdAt }: StoredAuthority): void {
      database.run('INSERT INTO authorities (id, key_id, certificate, sha256, created_at) VALUES (?, ?, ?, ?, ?)', [
        id,
        keyId,
        certificate.der,
        certificate.sha256,
        createdAt,
      ])
    },

    /** The newest first. */
    issued: (authorityId: string) =>
      database
        .all<IssuedRow>('SELECT * FROM issued_certificates WHERE authority_id = ? ORDER BY issued_at DESC, serial', [
          authorityId,
        ])
        .map(issueOf),
    issue(authorityId: string, sha256: string): StoredIssue | undefined {
      const row = database.get<IssuedRow>('SELECT * FROM issued_certificates WHERE authority_id = ? AND sha256 = ?', [
        authorityId,
        sha256,
      ])
      return row && issueOf(row)
    },
    keep(authorityId: string, { certificate, issuedAt }: StoredIssue): void {
      database.run(
        'INSERT INTO issued_certificates (authority_id, serial, certificate, sha256, issued_at) VALUES (?, ?, ?, ?, ?)',
        [authorityId, certificate.serialNumber, certificate.der, certificate.sha256, issuedAt],
      )
    },
    /** The first revocation counts: since when a certificate isn't to be trusted doesn't move. */
    revoke(authorityId: string, sha256: string, at: string, reason: OwnRevocationReason): void {
      database.run(
        `UPDATE issued_certificates SET revoked_at = ?, reason = ?
         WHERE authority_id = ? AND sha256 = ? AND revoked_at IS NULL`,
        [at, reason, authorityId, sha256],
      )
    },

    /**
     * The number of the next list. It is at least the second of the present: a profile that was restored from an older backup
     * must not give a number a second time.
     */
    nextListNumber(authorityId: string, now: Date): number {
      database.run('UPDATE authorities SET crl_number = max(crl_number + 1, ?) WHERE id = ?', [
        Math.floor(now.getTime() / 1000),
        authorityId,
      ])
      return database.get<{ crl_number: number }>('SELECT crl_number FROM authorities WHERE id = ?', [authorityId])
        ?.crl_number as number
    },
  }
}
