/** Anchors: the roots that a person trusts for mail; and issuers, the intermediate CAs that chains went through before. */

export const migration = {
  version: 6,
  name: 'anchors',
  sql: `
    CREATE TABLE anchors (
      -- Of the DER, lower-case hexadecimal: what the person compared and confirmed.
      sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
      certificate BLOB NOT NULL,
      note TEXT NOT NULL,
      added_at TEXT NOT NULL
    ) STRICT;

    -- Not trusted: only of use to complete a chain whose sender didn't bring it.
    CREATE TABLE issuers (
      sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
      certificate BLOB NOT NULL,
      seen_at TEXT NOT NULL
    ) STRICT;
  `,
} as const
