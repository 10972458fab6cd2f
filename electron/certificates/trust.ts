/**
 * The roots that a person trusts for mail, in the profile's database. Nothing is trusted from the start. The sandbox's root
 * is not kept here: services/reading.ts adds it inside a sandbox profile only, so that it can't leak into real trust.
 */

import type { Clock } from '../base/clock.ts'
import { expectSuccess, failure, type Result, success } from '../base/result.ts'
import type { Database } from '../storage/database.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { summaryOf } from './view.ts'

export interface StoredAnchor {
  readonly certificate: Certificate
  /** The person's own words about it. */
  readonly note: string
  readonly addedAt: Date
}

export interface TrustStore {
  /** The oldest first. */
  anchors(): StoredAnchor[]
  /** `name` is the certificate's, for the sentence. */
  add(
    certificate: Certificate,
    note: string,
  ): Result<StoredAnchor, { readonly code: 'already-known'; readonly name: string }>
  /** False when there is none with that SHA-256. */
  remove(sha256: string): boolean
}

interface AnchorRow {
  readonly certificate: Uint8Array
  readonly note: string
  readonly added_at: string
}

export function createTrustStore({ database, clock }: { database: Database; clock: Clock }): TrustStore {
  return {
    anchors: () =>
      database
        .all<AnchorRow>('SELECT certificate, note, added_at FROM anchors ORDER BY added_at, sha256')
        .map((row) => ({
          // Only what was parsed is ever stored.
          certificate: expectSuccess(parseCertificate(row.certificate)),
          note: row.note,
          addedAt: new Date(row.added_at),
        })),

    add(certificate, note) {
      const addedAt = clock()
      const { changes } = database.run(
        'INSERT INTO anchors (sha256, certificate, note, added_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        [certificate.sha256, certificate.der, note, addedAt.toISOString()],
      )
      if (changes === 0) return failure({ code: 'already-known', name: summaryOf(certificate).name })
      return success({ certificate, note, addedAt })
    },

    remove: (sha256) => database.run('DELETE FROM anchors WHERE sha256 = ?', [sha256]).changes > 0,
  }
}
