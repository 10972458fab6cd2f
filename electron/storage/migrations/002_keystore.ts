/** The vault and what it seals first: private keys, and the certificates that make identities of them. */

export const migration = {
  version: 2,
  name: 'keystore',
  sql: `
    CREATE TABLE vault (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      salt BLOB NOT NULL,
      cost INTEGER NOT NULL,
      block_size INTEGER NOT NULL,
      parallelism INTEGER NOT NULL,
      wrapped_key BLOB NOT NULL,
      -- Sealed by the master key: tells whether a key from the operating system's store is the right one.
      key_check BLOB NOT NULL,
      os_wrapped_key BLOB,
      auto_lock_minutes INTEGER NOT NULL,
      failed_attempts INTEGER NOT NULL DEFAULT 0,
      last_attempt_at TEXT,
      created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE private_keys (
      id TEXT PRIMARY KEY,
      public_key_info BLOB NOT NULL UNIQUE,
      sealed BLOB NOT NULL,
      created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE identities (
      id TEXT PRIMARY KEY,
      key_id TEXT NOT NULL REFERENCES private_keys (id),
      certificate BLOB NOT NULL,
      sha256 TEXT NOT NULL UNIQUE,
      source TEXT NOT NULL CHECK (source IN ('enrolment', 'import')),
      retired INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL,
      backed_up_at TEXT
    ) STRICT;
    CREATE INDEX identities_by_key ON identities (key_id);

    CREATE TABLE identity_addresses (
      identity_id TEXT NOT NULL REFERENCES identities (id),
      position INTEGER NOT NULL,
      address TEXT NOT NULL,
      normalized TEXT NOT NULL,
      preferred INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (identity_id, position)
    ) STRICT;
    CREATE UNIQUE INDEX one_preferred_identity ON identity_addresses (normalized) WHERE preferred = 1;
    CREATE INDEX identity_addresses_by_address ON identity_addresses (normalized);

    CREATE TABLE identity_chain (
      identity_id TEXT NOT NULL REFERENCES identities (id),
      position INTEGER NOT NULL,
      certificate BLOB NOT NULL,
      PRIMARY KEY (identity_id, position)
    ) STRICT;

    -- The rule that no code path may break: a private key stays.
    CREATE TRIGGER private_keys_stay BEFORE DELETE ON private_keys
    BEGIN
      SELECT RAISE (ABORT, 'private keys are never deleted');
    END;
  `,
} as const
