/**
 * Accounts at CAs and orders that came from a backup: whoever wrote it chose the server and knows the account's key, so that
 * nothing new is ordered there before the person agrees to that server.
 */

export const migration = {
  version: 15,
  name: 'restored_orders',
  sql: `
    ALTER TABLE acme_accounts ADD COLUMN from_backup INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE enrolments ADD COLUMN from_backup INTEGER NOT NULL DEFAULT 0;
  `,
} as const
