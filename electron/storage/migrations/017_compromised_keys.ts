/** Keys of one's own of which their owner or a CA has said that others have them, kept beyond the lists that said so. */

export const migration = {
  version: 17,
  name: 'compromised_keys',
  sql: `
    CREATE TABLE compromised_keys (
      key_id TEXT PRIMARY KEY REFERENCES private_keys (id),
      learnt_at TEXT NOT NULL
    ) STRICT;

    INSERT INTO compromised_keys (key_id, learnt_at)
      SELECT identities.key_id, min(revoked_at) FROM own_revocations
      JOIN identities ON identities.id = identity_id WHERE reason = 'keyCompromise' GROUP BY identities.key_id;
  `,
} as const
