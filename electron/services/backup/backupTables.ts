/**
 * Which tables of a profile a backup holds: everything that can't be had again. Every table of the schema stands in one of
 * the two lists; a test holds that.
 */

import type { SqlRow } from '../../storage/database.ts'

export interface BackedUpTable {
  readonly name: string
  /** Columns that the vault seals, and the table and row that each value is sealed for. */
  readonly sealed?: Readonly<Record<string, (row: SqlRow) => readonly [table: string, rowId: string]>>
  /** The row holds a private key: without it the backup would be a deception, so a damaged one ends it. */
  readonly vital?: boolean
}

const ownId = (table: string) => (row: SqlRow) => [table, String(row['id'])] as const

/** Parents before what refers to them. */
export const backedUpTables: readonly BackedUpTable[] = [
  { name: 'private_keys', sealed: { sealed: ownId('private_keys') }, vital: true },
  { name: 'identities' },
  { name: 'identity_addresses' },
  { name: 'identity_chain' },
  { name: 'contacts' },
  { name: 'contact_addresses' },
  { name: 'contact_certificates' },
  { name: 'contact_certificate_addresses' },
  { name: 'certificate_evidence' },
  { name: 'anchors' },
  { name: 'distrusted_roots' },
  { name: 'root_lists' },
  { name: 'issuers' },
  { name: 'accounts', sealed: { sealed_password: ownId('accounts') } },
  { name: 'settings' },
  {
    name: 'acme_accounts',
    sealed: {
      account_key: (row) => [String(row['sealed_in']), String(row['id'])],
      next_key: ownId('acme_accounts.next_key'),
      binding_key: ownId('acme_accounts.binding_key'),
    },
  },
  { name: 'enrolments', sealed: { account_key: ownId('enrolments') } },
  { name: 'certificate_requests' },
  { name: 'own_authorities' },
  { name: 'own_revocations' },
  { name: 'compromised_keys' },
  { name: 'drafts', sealed: { sealed: ownId('drafts') } },
  { name: 'authorities' },
  { name: 'issued_certificates' },
  { name: 'paper_key', sealed: { sealed: () => ['paper_key', '1'] } },
]

/** What stays out, and why. */
export const tablesLeftOut: Readonly<Record<string, string>> = {
  profile: 'which kind it is stands in the head of the backup',
  vault: 'the backup has a passphrase of its own, and the profile that it comes into has another master key',
  outbox: 'a letter that waits may be handed in after the backup was made, and would arrive twice',
  outbox_messages: 'goes with the outbox',
  outbox_pieces: 'goes with the outbox',
  system_roots: 'what the store of this computer held; another one has its own',
  system_roots_reading: 'goes with the roots',
  renewal_times: 'CAs are asked again',
  reminders_given: 'another computer may remind again',
  revocation_answers: 'fetched again',
  fetch_failures: 'about the network of the moment',
  wizard_answers: 'half of a form; where it is restored, another one may be under way',
  backups: 'a backup can’t know of itself',
}
