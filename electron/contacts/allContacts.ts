/**
 * Every contact of a database that nobody writes to meanwhile, one after the other and in the order in which they were
 * written: a question for each of a hundred thousand would take longer than everything that is done with the answers.
 */

import type { Database } from '../storage/database.ts'
import type { Evidence, StoredContact, StoredContactCertificate } from './store.ts'

/** What a contact of `allContacts` has; its certificates are in no order. */
export type WholeContact = Omit<StoredContact, 'certificates'> & {
  readonly certificates: readonly Pick<StoredContactCertificate, 'sha256' | 'der' | 'capabilities' | 'evidence'>[]
}

interface AddressRow {
  readonly number: number
  readonly id: string
  readonly name: string
  readonly notes: string
  readonly created_at: string
  readonly address: string | null
}

interface EvidenceRow {
  readonly number: number
  readonly sha256: string
  readonly certificate: Uint8Array
  readonly capabilities: Uint8Array | null
  readonly kind: Evidence['kind'] | null
  readonly source: string
  readonly date: string
}

// CROSS JOIN keeps the order of the tables: the rows come as they lie there, and nothing is sorted.
const addressRows = `
  SELECT contacts.rowid AS number, id, name, notes, created_at, address
  FROM contacts LEFT JOIN contact_addresses ON contact_id = id
  ORDER BY contacts.rowid, position`

const evidenceRows = `
  SELECT contacts.rowid AS number, certificates.sha256, certificate, capabilities, kind, source, date
  FROM contacts
  CROSS JOIN contact_certificates AS certificates ON certificates.contact_id = id
  LEFT JOIN certificate_evidence AS evidence
    ON evidence.contact_id = id AND evidence.sha256 = certificates.sha256
  ORDER BY contacts.rowid, certificates.sha256`

export function* allContacts(database: Database): Generator<WholeContact> {
  const addresses = groups(database.each<AddressRow>(addressRows), ({ number }) => number)
  const certificates = groups(database.each<EvidenceRow>(evidenceRows), ({ number }) => number)
  let next = certificates.next()
  for (const rows of addresses) {
    const [first] = rows
    if (!first) continue
    const isIts = !next.done && next.value[0]?.number === first.number
    yield {
      id: first.id,
      name: first.name,
      notes: first.notes,
      createdAt: new Date(first.created_at),
      addresses: rows.flatMap(({ address }) => address ?? []),
      certificates: isIts ? certificatesOf(next.value ?? []) : [],
    }
    if (isIts) next = certificates.next()
  }
}

function certificatesOf(rows: readonly EvidenceRow[]): WholeContact['certificates'] {
  return [...groups(rows, ({ sha256 }) => sha256)].flatMap((evidence) => {
    const [first] = evidence
    if (!first) return []
    return {
      sha256: first.sha256,
      der: first.certificate,
      ...(first.capabilities ? { capabilities: first.capabilities } : {}),
      evidence: evidence
        .flatMap(({ kind, source, date }) =>
          kind === null ? [] : { kind, ...(source === '' ? {} : { from: source }), date: new Date(date) },
        )
        .sort((one, other) => one.date.getTime() - other.date.getTime()),
    }
  })
}

/** Rows that follow one another and have the same key. */
function* groups<Row>(rows: Iterable<Row>, keyOf: (row: Row) => unknown): Generator<Row[]> {
  let group: Row[] = []
  for (const row of rows) {
    if (group[0] !== undefined && keyOf(group[0]) !== keyOf(row)) {
      yield group
      group = []
    }
    group.push(row)
  }
  if (group.length > 0) yield group
}
