/** The profile itself: which kind it is, so that a sandbox's database is never opened as a real one. */

export const migration = {
  version: 1,
  name: 'profile',
  sql: `
    CREATE TABLE profile (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      kind TEXT NOT NULL CHECK (kind IN ('real', 'sandbox')),
      created_at TEXT NOT NULL
    ) STRICT;
  `,
} as const
