/** The address that a CA was given for its notices (RFC 8555 §7.3.2), so that it is shown, and can be taken back. */

export const migration = {
  version: 18,
  name: 'account_contacts',
  sql: `
    ALTER TABLE acme_accounts ADD COLUMN contact TEXT;
  `,
} as const
