/** The SQL of the address book: rows become values here. Transactions are the caller's. */

import type { Database } from '../storage/database.ts'
import { searchTextOf } from './searchText.ts'

type EvidenceKind = 'signed-mail' | 'file' | 'own'

/** Where a certificate came from. */
export interface Evidence {
  readonly kind: EvidenceKind
  /** The file's name, or the subject of the mail. */
  readonly from?: string
  /** Date of the mail or of the import. */
  readonly date: Date
}

export interface StoredContactCertificate {
  readonly contactId: string
  readonly sha256: string
  readonly der: Uint8Array
  /** Normalized addresses that the certificate itself states. */
  readonly addresses: readonly string[]
  /** DER SMIMECapabilities (RFC 8551 §2.5.2) of the newest signature seen: what its owner's program reads. */
  readonly capabilities?: Uint8Array
  /** Oldest first. */
  readonly evidence: readonly Evidence[]
  readonly firstSeen: Date
  readonly lastSeen: Date
}

export interface StoredContact {
  readonly id: string
  readonly name: string
  /** As typed. */
  readonly addresses: readonly string[]
  readonly notes: string
  readonly createdAt: Date
  /** The one seen last comes first. */
  readonly certificates: readonly StoredContactCertificate[]
}

export interface SpelledAddress {
  readonly address: string
  readonly normalized: string
}

interface WrittenContact {
  readonly id: string
  readonly name: string
  readonly notes: string
  readonly createdAt: Date
  readonly addresses: readonly SpelledAddress[]
}

interface ContactRow {
  id: string
  name: string
  notes: string
  created_at: string
}

interface CertificateRow {
  contact_id: string
  sha256: string
  certificate: Uint8Array
  capabilities: Uint8Array | null
  first_seen: string
  last_seen: string
}

interface EvidenceRow {
  kind: EvidenceKind
  source: string
  date: string
}

interface ServedRow {
  normalized: string
  name: string
  sha256: string
  vouched: number
}

const servedRows = `
  SELECT served.normalized, contacts.name, served.sha256, EXISTS (
    SELECT 1 FROM certificate_evidence AS evidence
    WHERE evidence.contact_id = served.contact_id AND evidence.sha256 = served.sha256 AND kind = 'file'
  ) AS vouched
  FROM (
    SELECT contact_id, sha256, normalized FROM contact_certificate_addresses
    UNION ALL
    SELECT certificates.contact_id, sha256, normalized
    FROM contact_certificates AS certificates JOIN contact_addresses USING (contact_id)
    WHERE NOT EXISTS (
      SELECT 1 FROM contact_certificate_addresses AS stated
      WHERE stated.contact_id = certificates.contact_id AND stated.sha256 = certificates.sha256
    )
  ) AS served JOIN contacts ON contacts.id = served.contact_id
  ORDER BY contacts.search_text, contacts.id`

export function createContactStore(database: Database) {
  function certificateOf(row: CertificateRow): StoredContactCertificate {
    const place = [row.contact_id, row.sha256]
    const evidence = database.all<EvidenceRow>(
      'SELECT kind, source, date FROM certificate_evidence WHERE contact_id = ? AND sha256 = ? ORDER BY date, kind, source',
      place,
    )
    const addresses = database.all<{ normalized: string }>(
      'SELECT normalized FROM contact_certificate_addresses WHERE contact_id = ? AND sha256 = ? ORDER BY normalized',
      place,
    )
    return {
      contactId: row.contact_id,
      sha256: row.sha256,
      der: row.certificate,
      addresses: addresses.map(({ normalized }) => normalized),
      ...(row.capabilities ? { capabilities: row.capabilities } : {}),
      evidence: evidence.map(({ kind, source, date }) => ({
        kind,
        ...(source === '' ? {} : { from: source }),
        date: new Date(date),
      })),
      firstSeen: new Date(row.first_seen),
      lastSeen: new Date(row.last_seen),
    }
  }

  function contactOf(row: ContactRow): StoredContact {
    const addresses = database.all<{ address: string }>(
      'SELECT address FROM contact_addresses WHERE contact_id = ? ORDER BY position',
      [row.id],
    )
    const certificates = database.all<CertificateRow>(
      'SELECT * FROM contact_certificates WHERE contact_id = ? ORDER BY last_seen DESC, sha256',
      [row.id],
    )
    return {
      id: row.id,
      name: row.name,
      addresses: addresses.map(({ address }) => address),
      notes: row.notes,
      createdAt: new Date(row.created_at),
      certificates: certificates.map(certificateOf),
    }
  }

  function writeContact({ id, name, notes, createdAt, addresses }: WrittenContact, ifKnown: string): void {
    database.run(`INSERT INTO contacts (id, name, notes, search_text, created_at) VALUES (?, ?, ?, ?, ?) ${ifKnown}`, [
      id,
      name,
      notes,
      searchTextOf([name, ...addresses.map(({ address }) => address), notes]),
      createdAt.toISOString(),
    ])
    if (ifKnown !== '') database.run('DELETE FROM contact_addresses WHERE contact_id = ?', [id])
    addresses.forEach(({ address, normalized }, position) => {
      database.run('INSERT INTO contact_addresses (contact_id, position, address, normalized) VALUES (?, ?, ?, ?)', [
        id,
        position,
        address,
        normalized,
      ])
    })
  }

  return {
    byId(id: string): StoredContact | undefined {
      const row = database.get<ContactRow>('SELECT * FROM contacts WHERE id = ?', [id])
      return row ? contactOf(row) : undefined
    },

    /** Contacts whose search text has every word, by name. */
    find(words: readonly string[]): StoredContact[] {
      const conditions = words.map(() => 'instr(search_text, ?) > 0')
      const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
      return database.all<ContactRow>(`SELECT * FROM contacts ${where} ORDER BY search_text, id`, words).map(contactOf)
    },

    /** Every address with the name of its contact, by name. */
    allAddresses: () =>
      database.each<{ normalized: string; name: string }>(
        `SELECT normalized, name FROM contacts JOIN contact_addresses ON contact_id = contacts.id
         ORDER BY search_text, contacts.id, position`,
      ),

    /**
     * Which certificates serve which addresses, by the name of their contact: those that a certificate states, or else those of
     * its contact. `vouched`: one came as a file.
     */
    *allServed(): Generator<{ normalized: string; name: string; sha256: string; vouched: boolean }> {
      for (const { vouched, ...served } of database.each<ServedRow>(servedRows))
        yield { ...served, vouched: vouched === 1 }
    },

    idsByAddress: (normalized: string) =>
      database
        .all<{ id: string }>(
          `SELECT contacts.id FROM contacts JOIN contact_addresses ON contact_id = contacts.id
           WHERE normalized = ? ORDER BY contacts.created_at, contacts.id`,
          [normalized],
        )
        .map(({ id }) => id),

    certificatesByAddress: (normalized: string) =>
      database
        .all<CertificateRow>(
          `SELECT certificates.* FROM contact_certificates AS certificates
           JOIN contact_certificate_addresses AS stated USING (contact_id, sha256)
           WHERE stated.normalized = ? ORDER BY last_seen DESC, sha256`,
          [normalized],
        )
        .map(certificateOf),

    certificateBySha256(sha256: string): StoredContactCertificate | undefined {
      const row = database.get<CertificateRow>('SELECT * FROM contact_certificates WHERE sha256 = ? LIMIT 1', [sha256])
      return row ? certificateOf(row) : undefined
    },

    /** The next certificates in the order of their SHA-256, each once, with nothing else about them. */
    certificatesBehind: (sha256: string, most: number) =>
      database.all<{ sha256: string; der: Uint8Array }>(
        `SELECT sha256, certificate AS der FROM contact_certificates
         WHERE sha256 > ? GROUP BY sha256 ORDER BY sha256 LIMIT ?`,
        [sha256, most],
      ),

    /** Writes a contact with its addresses, new or again. */
    putContact(contact: WrittenContact): void {
      writeContact(
        contact,
        'ON CONFLICT (id) DO UPDATE SET name = excluded.name, notes = excluded.notes, search_text = excluded.search_text',
      )
    },

    /** Writes one whose identifier isn't taken. */
    addContact: (contact: WrittenContact) => writeContact(contact, ''),

    deleteContact: (id: string) => database.run('DELETE FROM contacts WHERE id = ?', [id]),

    hasCertificate: (contactId: string, sha256: string) =>
      database.get('SELECT 1 FROM contact_certificates WHERE contact_id = ? AND sha256 = ?', [contactId, sha256]) !==
      undefined,

    /** Writes a certificate, new or seen again, and its evidence. */
    putCertificate(certificate: Omit<StoredContactCertificate, 'firstSeen' | 'lastSeen'>): void {
      const { contactId, sha256, der, addresses, capabilities, evidence } = certificate
      for (const { kind, from, date } of evidence) {
        const seen = date.toISOString()
        database.run(
          `INSERT INTO contact_certificates (contact_id, sha256, certificate, capabilities, first_seen, last_seen)
           VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET first_seen = min(first_seen, excluded.first_seen),
             capabilities = CASE WHEN excluded.last_seen >= last_seen
               THEN coalesce(excluded.capabilities, capabilities) ELSE capabilities END,
             last_seen = max(last_seen, excluded.last_seen)`,
          [contactId, sha256, der, capabilities ?? null, seen, seen],
        )
        database.run(
          `INSERT INTO certificate_evidence (contact_id, sha256, kind, source, date) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
          [contactId, sha256, kind, from ?? '', seen],
        )
      }
      for (const normalized of addresses) {
        database.run(
          `INSERT INTO contact_certificate_addresses (contact_id, sha256, normalized) VALUES (?, ?, ?)
           ON CONFLICT DO NOTHING`,
          [contactId, sha256, normalized],
        )
      }
    },

    deleteCertificate: (contactId: string, sha256: string) =>
      database.run('DELETE FROM contact_certificates WHERE contact_id = ? AND sha256 = ?', [contactId, sha256])
        .changes > 0,
  }
}
