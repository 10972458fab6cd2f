/**
 * Which process is handing a mail in. Two windows and the terminal may share a profile, and a mail that both of them sent
 * would arrive twice. A claim runs out by itself, since a killed process gives nothing back.
 */

export const migration = {
  version: 8,
  name: 'outbox-claims',
  sql: `
    ALTER TABLE outbox ADD COLUMN claimed_by TEXT;
    ALTER TABLE outbox ADD COLUMN claimed_until TEXT;
  `,
} as const
