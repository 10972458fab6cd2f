/** What was fetched about revocation and is still of use, and which addresses didn't answer. */

export const migration = {
  version: 10,
  name: 'revocation',
  sql: `
    CREATE TABLE revocation_answers (
      kind TEXT NOT NULL CHECK (kind IN ('crl', 'ocsp')),
      url TEXT NOT NULL,
      -- An OCSP answer is about one certificate, named by its SHA-256; a list is that of one CA, named by the SHA-256 of its name.
      certificate TEXT NOT NULL,
      this_update TEXT NOT NULL,
      next_update TEXT,
      fetched_at TEXT NOT NULL,
      size INTEGER NOT NULL,
      -- Last, so that the columns above are read without it.
      content BLOB NOT NULL,
      PRIMARY KEY (kind, url, certificate)
    ) STRICT;

    CREATE TABLE fetch_failures (
      kind TEXT NOT NULL CHECK (kind IN ('crl', 'ocsp', 'issuer')),
      url TEXT NOT NULL,
      certificate TEXT NOT NULL,
      code TEXT NOT NULL,
      -- The first of an unbroken row of failures, and the last one.
      since TEXT NOT NULL,
      last_at TEXT NOT NULL,
      PRIMARY KEY (kind, url, certificate)
    ) STRICT;
  `,
} as const
