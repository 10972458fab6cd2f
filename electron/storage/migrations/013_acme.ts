/**
 * ACME in full: accounts of their own, so that several certificates share one; what an enrolment renews and who answers its
 * mails; when CAs want certificates renewed; reminders that were given; certificates that their owner has revoked.
 */

export const migration = {
  version: 13,
  name: 'acme',
  sql: `
    CREATE TABLE acme_accounts (
      id TEXT PRIMARY KEY,
      -- The directory's URL, or 'sandbox', which says at each start where it is.
      directory TEXT NOT NULL,
      -- PKCS#8 of the account's key, sealed by the vault for the table that sealed_in names.
      account_key BLOB NOT NULL,
      sealed_in TEXT NOT NULL CHECK (sealed_in IN ('acme_accounts', 'enrolments')),
      -- The account's URL, once the CA has told it.
      url TEXT,
      -- The terms of service that the person agreed to.
      terms TEXT,
      -- The key that is to follow, durable before the CA hears of it; sealed for 'acme_accounts.next_key'.
      next_key BLOB,
      -- The CA's name for the customer whose account this is; the MAC key, sealed, only until it is registered.
      binding_key_id TEXT,
      binding_key BLOB,
      -- This CA sends its challenge mail only after the challenge was answered.
      answers_first INTEGER NOT NULL DEFAULT 0,
      closed INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL
    ) STRICT;

    -- Each enrolment had an account of its own; its id becomes the account's, for which the key is sealed.
    INSERT INTO acme_accounts (id, directory, account_key, sealed_in, created_at)
      SELECT id, coalesce(directory_url, 'sandbox'), account_key, 'enrolments', created_at
      FROM enrolments WHERE account_key IS NOT NULL;

    ALTER TABLE enrolments ADD COLUMN account_id TEXT;
    UPDATE enrolments SET account_id = id WHERE account_key IS NOT NULL;
    UPDATE enrolments SET account_key = NULL;
    -- Who fetches and answers the CA's mails: Siegel through the mail account, or the person.
    ALTER TABLE enrolments ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;
    -- The identity that this one follows, and its identifier for the CA (RFC 9773).
    ALTER TABLE enrolments ADD COLUMN renews TEXT;
    ALTER TABLE enrolments ADD COLUMN replaces TEXT;

    -- RFC 9773: what the CA said last, and when to ask again. One row per identity.
    CREATE TABLE renewal_times (
      identity_id TEXT PRIMARY KEY,
      window_start TEXT,
      window_end TEXT,
      explanation_url TEXT,
      -- The moment of the window that chance chose; it stays as long as the window does.
      renew_at TEXT,
      ask_again_at TEXT NOT NULL
    ) STRICT;

    -- Each reminder is given once: its stage is the days before the end.
    CREATE TABLE reminders_given (
      identity_id TEXT NOT NULL,
      stage INTEGER NOT NULL,
      given_at TEXT NOT NULL,
      PRIMARY KEY (identity_id, stage)
    ) STRICT;

    CREATE TABLE own_revocations (
      identity_id TEXT PRIMARY KEY,
      revoked_at TEXT NOT NULL,
      reason TEXT NOT NULL
    ) STRICT;
  `,
} as const
