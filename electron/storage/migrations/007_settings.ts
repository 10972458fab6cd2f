/** Settings by name, each value as JSON. */

export const migration = {
  version: 7,
  name: 'settings',
  sql: `
    CREATE TABLE settings (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT;
  `,
} as const
