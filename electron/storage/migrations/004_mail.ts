/**
 * Mail: accounts with their sealed passwords, drafts, and the outbox.
 *
 * Whatever a person wrote is sealed by the vault; what stays readable is only what listing without the vault needs. A held
 * mail can be tens of megabytes, so its messages lie in sealed pieces that are written and read one at a time.
 */

export const migration = {
  version: 4,
  name: 'mail',
  sql: `
    CREATE TABLE accounts (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      address TEXT NOT NULL,
      -- The address as it is compared; one account per address.
      address_key TEXT NOT NULL UNIQUE,
      submission_host TEXT NOT NULL,
      submission_port INTEGER NOT NULL,
      submission_security TEXT NOT NULL CHECK (submission_security IN ('tls', 'starttls')),
      submission_user TEXT NOT NULL,
      mailbox_host TEXT NOT NULL,
      mailbox_port INTEGER NOT NULL,
      mailbox_security TEXT NOT NULL CHECK (mailbox_security IN ('tls', 'starttls')),
      mailbox_user TEXT NOT NULL,
      sealed_password BLOB NOT NULL,
      -- Outcome of the last test, JSON.
      last_proof TEXT,
      created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE drafts (
      id TEXT PRIMARY KEY,
      saved_at TEXT NOT NULL,
      sealed BLOB NOT NULL
    ) STRICT;

    CREATE TABLE outbox (
      id TEXT PRIMARY KEY,
      created_at TEXT NOT NULL,
      -- 0 while the pieces are being written: such a row is nothing that could be handed in.
      complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
      sealed_description BLOB NOT NULL,
      sealed_failure BLOB
    ) STRICT;

    CREATE TABLE outbox_messages (
      mail_id TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      sealed_envelope BLOB NOT NULL,
      size INTEGER NOT NULL,
      handed_in INTEGER NOT NULL DEFAULT 0 CHECK (handed_in IN (0, 1)),
      PRIMARY KEY (mail_id, position)
    ) STRICT;

    CREATE TABLE outbox_pieces (
      mail_id TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      piece INTEGER NOT NULL,
      sealed BLOB NOT NULL,
      PRIMARY KEY (mail_id, position, piece)
    ) STRICT;
  `,
} as const
