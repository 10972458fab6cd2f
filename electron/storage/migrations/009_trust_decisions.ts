/**
 * Decisions about trust beside the person's own anchors: for which domains an anchor counts, which lists of roots are
 * trusted, which single roots of them are not; and what the operating system's store held when it was read last.
 */

export const migration = {
  version: 9,
  name: 'trust-decisions',
  sql: `
    -- Domains as a JSON list; NULL: the anchor counts for all.
    ALTER TABLE anchors ADD COLUMN domains TEXT;
    ALTER TABLE anchors ADD COLUMN domains_set_at TEXT;

    -- Without a row the list's default holds.
    CREATE TABLE root_lists (
      name TEXT PRIMARY KEY CHECK (name IN ('mozilla', 'system')),
      trusted INTEGER NOT NULL CHECK (trusted IN (0, 1)),
      decided_at TEXT NOT NULL
    ) STRICT;

    -- The certificate is kept, so that the decision can be shown when no list has it any more.
    CREATE TABLE distrusted_roots (
      sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
      certificate BLOB NOT NULL,
      distrusted_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE system_roots (
      sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
      certificate BLOB NOT NULL
    ) STRICT;

    -- Also a store without any root was read.
    CREATE TABLE system_roots_reading (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      read_at TEXT NOT NULL
    ) STRICT;
  `,
} as const
