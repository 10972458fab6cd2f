/**
 * Certificate requests that leave as a file and whose answer comes days later; authorities that a person adds to the
 * catalogue; and the one way out for a private key: the person gave its request up, and no certificate has come for it.
 */

export const migration = {
  version: 14,
  name: 'requests',
  sql: `
    CREATE TABLE certificate_requests (
      id TEXT PRIMARY KEY,
      -- Shared by the two requests of one person who wants to sign and to decrypt with different keys.
      pair_id TEXT NOT NULL,
      name TEXT NOT NULL,
      address TEXT NOT NULL,
      use TEXT NOT NULL CHECK (use IN ('both', 'sign', 'encrypt')),
      -- The catalogue's entry or an own one; empty where the person didn't say.
      authority TEXT NOT NULL,
      key_type TEXT NOT NULL,
      -- In the keystore since before the request could leave; its row is gone where the key was discarded.
      key_id TEXT NOT NULL,
      -- DER, PKCS#10.
      request BLOB NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'cancelled')),
      key_discarded INTEGER NOT NULL DEFAULT 0,
      -- The identity that the new one follows.
      renews TEXT,
      identity_id TEXT,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE own_authorities (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      issues TEXT NOT NULL CHECK (issues IN ('acme', 'csr')),
      -- The ACME directory, or the page that takes requests.
      url TEXT NOT NULL,
      -- RFC 8555 section 7.3.4: the CA's name for this customer. The MAC key lies with the account.
      binding_key_id TEXT,
      created_at TEXT NOT NULL
    ) STRICT;

    -- Nobody can have sealed a letter for a key without a certificate. Every other key stays.
    DROP TRIGGER private_keys_stay;
    CREATE TRIGGER private_keys_stay BEFORE DELETE ON private_keys
    WHEN NOT EXISTS (
        SELECT 1 FROM certificate_requests WHERE key_id = OLD.id AND state = 'cancelled' AND key_discarded = 1
      )
      OR EXISTS (SELECT 1 FROM certificate_requests WHERE key_id = OLD.id AND (state <> 'cancelled' OR key_discarded = 0))
      OR EXISTS (SELECT 1 FROM identities WHERE key_id = OLD.id)
      OR EXISTS (SELECT 1 FROM authorities WHERE key_id = OLD.id)
      OR EXISTS (SELECT 1 FROM enrolments WHERE key_id = OLD.id)
    BEGIN
      SELECT RAISE (ABORT, 'private keys are never deleted');
    END;
  `,
} as const
