/** The address book: contacts, their addresses, their certificates and the evidence for each. */

export const migration = {
  version: 3,
  name: 'contacts',
  sql: `
    CREATE TABLE contacts (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      notes TEXT NOT NULL,
      search_text TEXT NOT NULL,
      created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE contact_addresses (
      contact_id TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      address TEXT NOT NULL,
      normalized TEXT NOT NULL,
      PRIMARY KEY (contact_id, position)
    ) STRICT;
    CREATE INDEX contact_addresses_by_address ON contact_addresses (normalized);

    CREATE TABLE contact_certificates (
      contact_id TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
      sha256 TEXT NOT NULL,
      certificate BLOB NOT NULL,
      -- DER SMIMECapabilities of the newest signature seen: what its owner's program reads.
      capabilities BLOB,
      first_seen TEXT NOT NULL,
      last_seen TEXT NOT NULL,
      PRIMARY KEY (contact_id, sha256)
    ) STRICT;
    CREATE INDEX contact_certificates_by_sha256 ON contact_certificates (sha256);

    -- The addresses that the certificate itself states.
    CREATE TABLE contact_certificate_addresses (
      contact_id TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      normalized TEXT NOT NULL,
      PRIMARY KEY (contact_id, sha256, normalized),
      FOREIGN KEY (contact_id, sha256) REFERENCES contact_certificates (contact_id, sha256) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX contact_certificate_addresses_by_address ON contact_certificate_addresses (normalized);

    CREATE TABLE certificate_evidence (
      contact_id TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('signed-mail', 'file', 'own')),
      source TEXT NOT NULL,
      date TEXT NOT NULL,
      PRIMARY KEY (contact_id, sha256, kind, source, date),
      FOREIGN KEY (contact_id, sha256) REFERENCES contact_certificates (contact_id, sha256) ON DELETE CASCADE
    ) STRICT;
  `,
} as const
