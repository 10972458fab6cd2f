/** Backups that were made, and the paper key that opens them beside their passphrases. */

export const migration = {
  version: 11,
  name: 'backups',
  sql: `
    CREATE TABLE backups (
      -- As it stands inside the file.
      id TEXT PRIMARY KEY,
      made_at TEXT NOT NULL,
      -- The private keys in it, as a JSON list of their rows' identifiers: a key made later isn't.
      key_ids TEXT NOT NULL,
      -- When the file was last opened and every key in it was tried; NULL: never.
      rehearsed_at TEXT
    ) STRICT;

    CREATE TABLE paper_key (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      key_id TEXT NOT NULL,
      sealed BLOB NOT NULL,
      made_at TEXT NOT NULL
    ) STRICT;
  `,
} as const
