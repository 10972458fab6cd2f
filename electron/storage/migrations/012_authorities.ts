/** A person's own small CAs for a family or an office: their keys lie with the other private keys. */

export const migration = {
  version: 12,
  name: 'authorities',
  sql: `
    CREATE TABLE authorities (
      id TEXT PRIMARY KEY,
      key_id TEXT NOT NULL REFERENCES private_keys (id),
      certificate BLOB NOT NULL,
      sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
      -- Of the newest revocation list, 0 before the first.
      crl_number INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE issued_certificates (
      authority_id TEXT NOT NULL REFERENCES authorities (id),
      -- Lower-case hexadecimal.
      serial TEXT NOT NULL,
      certificate BLOB NOT NULL,
      sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
      issued_at TEXT NOT NULL,
      revoked_at TEXT,
      reason TEXT CHECK (reason IN ('unspecified', 'keyCompromise', 'affiliationChanged', 'superseded',
        'cessationOfOperation')),
      PRIMARY KEY (authority_id, serial)
    ) STRICT;
  `,
} as const
