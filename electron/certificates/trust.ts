/**
 * The person's own anchors: roots that they chose to trust for mail, in the profile's database; and the intermediate CAs seen
 * before. Roots that are trusted as a list are in rootLists.ts. The sandbox's root is in neither: services/mail/reading.ts adds
 * it inside a sandbox profile only, so that it can't leak into real trust.
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
  /** The mail domains that it counts for, as `AnchorRule` means them; undefined: all. */
  readonly domains?: readonly string[]
  readonly domainsSetAt?: Date
}

export interface TrustStore {
  /** The oldest first. */
  anchors(): StoredAnchor[]
  /**
   * With `domains` it is limited from the first moment. `name` is the certificate's, for the sentence. Who adds a root trusts
   * it again, if they didn't.
   */
  add(
    certificate: Certificate,
    note: string,
    domains?: readonly string[],
  ): Result<StoredAnchor, { readonly code: 'already-known'; readonly name: string }>
  /** False when there is none with that SHA-256. */
  remove(sha256: string): boolean
  /** Limits an anchor to mail domains, or to none (undefined). False when there is none with that SHA-256. */
  setDomains(sha256: string, domains: readonly string[] | undefined): boolean
  /** Intermediate CAs seen before. They complete chains and are trusted for nothing. */
  issuers(): Certificate[]
  /** Keeps the CAs among `certificates`; the caller takes them from chains that reached an anchor. */
  rememberIssuers(certificates: readonly Certificate[]): void
}

/** Chains of the whole public mail PKI need a few hundred; past this the ones seen longest ago go. */
const issuerLimit = 1_000

interface AnchorRow {
  readonly certificate: Uint8Array
  readonly note: string
  readonly added_at: string
  readonly domains: string | null
  readonly domains_set_at: string | null
}

function anchorOf(row: AnchorRow): StoredAnchor {
  return {
    // Only what was parsed is ever stored.
    certificate: expectSuccess(parseCertificate(row.certificate)),
    note: row.note,
    addedAt: new Date(row.added_at),
    ...(row.domains === null ? {} : { domains: JSON.parse(row.domains) }),
    ...(row.domains_set_at === null ? {} : { domainsSetAt: new Date(row.domains_set_at) }),
  }
}

export function createTrustStore({ database, clock }: { database: Database; clock: Clock }): TrustStore {
  return {
    anchors: () =>
      database
        .all<AnchorRow>(
          'SELECT certificate, note, added_at, domains, domains_set_at FROM anchors ORDER BY added_at, sha256',
        )
        .map(anchorOf),

    add(certificate, note, domains) {
      const addedAt = clock()
      const at = addedAt.toISOString()
      const changes = database.transaction(() => {
        const added = database.run(
          `INSERT INTO anchors (sha256, certificate, note, added_at, domains, domains_set_at)
           VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
          [
            certificate.sha256,
            certificate.der,
            note,
            at,
            domains ? JSON.stringify(domains) : null,
            domains ? at : null,
          ],
        )
        if (added.changes > 0) database.run('DELETE FROM distrusted_roots WHERE sha256 = ?', [certificate.sha256])
        return added.changes
      })
      if (changes === 0) return failure({ code: 'already-known', name: summaryOf(certificate).name })
      return success({ certificate, note, addedAt, ...(domains ? { domains, domainsSetAt: addedAt } : {}) })
    },

    remove: (sha256) => database.run('DELETE FROM anchors WHERE sha256 = ?', [sha256]).changes > 0,

    setDomains: (sha256, domains) =>
      database.run('UPDATE anchors SET domains = ?, domains_set_at = ? WHERE sha256 = ?', [
        domains ? JSON.stringify(domains) : null,
        domains ? clock().toISOString() : null,
        sha256,
      ]).changes > 0,

    issuers: () =>
      database
        .all<{ certificate: Uint8Array }>('SELECT certificate FROM issuers ORDER BY seen_at DESC, sha256')
        .map((row) => expectSuccess(parseCertificate(row.certificate))),

    rememberIssuers(certificates) {
      const authorities = certificates.filter(({ extensions }) => extensions.basicConstraints?.ca)
      const unknown = authorities.filter(
        ({ sha256 }) => !database.get('SELECT 1 FROM issuers WHERE sha256 = ?', [sha256]),
      )
      if (unknown.length === 0) return
      const seenAt = clock().toISOString()
      database.transaction(() => {
        for (const { sha256, der } of unknown) {
          // A chain may name a CA twice, and another process may know it by now.
          database.run(
            'INSERT INTO issuers (sha256, certificate, seen_at) VALUES (?, ?, ?) ON CONFLICT (sha256) DO NOTHING',
            [sha256, der, seenAt],
          )
        }
        database.run(
          'DELETE FROM issuers WHERE sha256 NOT IN (SELECT sha256 FROM issuers ORDER BY seen_at DESC, sha256 LIMIT ?)',
          [issuerLimit],
        )
      })
    },
  }
}
