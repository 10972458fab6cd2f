/**
 * Roots that are trusted as a list: those that Mozilla trusts for e-mail (roots/mozillaRoots.ts), and those of the operating
 * system (stores/), as read last. A person trusts a list or doesn't, may distrust single roots of it, and may take each of
 * that back; decisions are kept in the profile's database with their date.
 */

import type { Clock } from '../base/clock.ts'
import { expectSuccess } from '../base/result.ts'
import type { Database } from '../storage/database.ts'
import { bySubject } from './anchorSource.ts'
import { type Certificate, parseCertificate } from './certificate.ts'

export type RootListName = 'mozilla' | 'system'

/**
 * Mozilla's list is made for e-mail and says so for each root. The operating system's store mostly knows no purposes: roots
 * for web servers stand in it, and a company that inspects its people's traffic has put its own there. Whose mail those
 * may vouch for is for the person to decide.
 */
const trustedByDefault: Readonly<Record<RootListName, boolean>> = { mozilla: true, system: false }

export interface DistrustedRoot {
  readonly certificate: Certificate
  readonly distrustedAt: Date
}

export interface RootListState {
  readonly trusted: boolean
  /** Absent while the default holds. */
  readonly decidedAt?: Date
}

export interface SystemRoots {
  /** Absent when the store was never read. */
  readonly readAt?: Date
  readonly certificates: readonly Certificate[]
  /** By the comparable form of the subject (`nameKey`). */
  readonly byName: ReadonlyMap<string, readonly Certificate[]>
}

export interface RootLists {
  state(list: RootListName): RootListState
  /** Leaving the system's list forgets what was read of it. */
  decide(list: RootListName, trusted: boolean): void
  system(): SystemRoots
  systemReadAt(): Date | undefined
  /** Takes the place of what was read before. */
  keepSystem(certificates: readonly Certificate[]): void
  /** The newest decision first. */
  distrusted(): DistrustedRoot[]
  isDistrusted(): (sha256: string) => boolean
  distrust(certificate: Certificate): void
  /** False when it wasn't distrusted. */
  trustAgain(sha256: string): boolean
}

interface ListRow {
  readonly trusted: number
  readonly decided_at: string
}

const noRoots: SystemRoots = { certificates: [], byName: new Map() }

export function createRootLists({ database, clock }: { database: Database; clock: Clock }): RootLists {
  let lastReading: SystemRoots = noRoots

  function systemReadAt(): Date | undefined {
    const row = database.get<{ read_at: string }>('SELECT read_at FROM system_roots_reading')
    return row && new Date(row.read_at)
  }

  function forgetSystem(): void {
    database.run('DELETE FROM system_roots')
    database.run('DELETE FROM system_roots_reading')
  }

  return {
    state(list) {
      const row = database.get<ListRow>('SELECT trusted, decided_at FROM root_lists WHERE name = ?', [list])
      return row
        ? { trusted: row.trusted === 1, decidedAt: new Date(row.decided_at) }
        : { trusted: trustedByDefault[list] }
    },

    decide(list, trusted) {
      database.transaction(() => {
        database.run(
          `INSERT INTO root_lists (name, trusted, decided_at) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET trusted = excluded.trusted, decided_at = excluded.decided_at`,
          [list, trusted ? 1 : 0, clock().toISOString()],
        )
        if (list === 'system' && !trusted) forgetSystem()
      })
    },

    systemReadAt,

    system() {
      const readAt = systemReadAt()
      if (!readAt) return noRoots
      // Hundreds of certificates: parsed again only when the store was read again, by whichever process.
      if (readAt.getTime() === lastReading.readAt?.getTime()) return lastReading
      const certificates = database
        .all<{ certificate: Uint8Array }>('SELECT certificate FROM system_roots ORDER BY sha256')
        .map((row) => expectSuccess(parseCertificate(row.certificate)))
      lastReading = { readAt, certificates, byName: bySubject(certificates) }
      return lastReading
    },

    keepSystem(certificates) {
      database.transaction(() => {
        forgetSystem()
        for (const { sha256, der } of certificates) {
          database.run('INSERT INTO system_roots (sha256, certificate) VALUES (?, ?) ON CONFLICT DO NOTHING', [
            sha256,
            der,
          ])
        }
        database.run('INSERT INTO system_roots_reading (id, read_at) VALUES (1, ?)', [clock().toISOString()])
      })
    },

    distrusted: () =>
      database
        .all<{ certificate: Uint8Array; distrusted_at: string }>(
          'SELECT certificate, distrusted_at FROM distrusted_roots ORDER BY distrusted_at DESC, sha256',
        )
        .map((row) => ({
          certificate: expectSuccess(parseCertificate(row.certificate)),
          distrustedAt: new Date(row.distrusted_at),
        })),

    isDistrusted() {
      const rows = database.all<{ sha256: string }>('SELECT sha256 FROM distrusted_roots')
      const fingerprints = new Set(rows.map(({ sha256 }) => sha256))
      return (sha256) => fingerprints.has(sha256)
    },

    distrust({ sha256, der }) {
      database.run(
        'INSERT INTO distrusted_roots (sha256, certificate, distrusted_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        [sha256, der, clock().toISOString()],
      )
    },

    trustAgain: (sha256) => database.run('DELETE FROM distrusted_roots WHERE sha256 = ?', [sha256]).changes > 0,
  }
}
