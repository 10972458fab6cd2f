/** The answers that were given on the way to a certificate before anything was ordered, as JSON: one row at most. */

export const migration = {
  version: 16,
  name: 'wizard_answers',
  sql: `
    CREATE TABLE wizard_answers (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      answers TEXT NOT NULL,
      kept_at TEXT NOT NULL
    ) STRICT;
  `,
} as const
