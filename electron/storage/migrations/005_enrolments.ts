/** Enrolments: where obtaining a certificate stands, so that a killed process goes on where it was. */

export const migration = {
  version: 5,
  name: 'enrolments',
  sql: `
    CREATE TABLE enrolments (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      address TEXT NOT NULL,
      ca TEXT NOT NULL CHECK (ca IN ('sandbox', 'acme')),
      ca_name TEXT NOT NULL,
      -- Only of 'acme': the sandbox says at each start where it is.
      directory_url TEXT,
      key_type TEXT NOT NULL CHECK (key_type IN ('rsa-3072', 'ec-p256')),
      step TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'done', 'failed', 'cancelled')),
      -- Code and data of the last failure, as JSON.
      failure TEXT,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      -- The certificate's private key, in the keystore since before its public half left.
      key_id TEXT,
      -- The ACME account's private key as PKCS#8, sealed by the vault.
      account_key BLOB,
      -- What the CA answered: order, challenge, reply, as JSON. Nothing in it is secret.
      progress TEXT NOT NULL DEFAULT '{}',
      identity_id TEXT
    ) STRICT;
  `,
} as const
