/**
 * Entries in the list of CAs that a backup brought. Whoever wrote the backup chose where they lead, so the person is asked before
 * anything is ordered or opened there.
 */

export const migration = {
  version: 19,
  name: 'restored_authorities',
  sql: `
    ALTER TABLE own_authorities ADD COLUMN from_backup INTEGER NOT NULL DEFAULT 0;
  `,
} as const
