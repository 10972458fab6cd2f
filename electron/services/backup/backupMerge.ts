/**
 * Takes what a backup holds into a profile. What is there already stays as it is: a key, an account, a decision about trust is
 * never overwritten; contacts gain the certificates that they lacked. Within one transaction of the caller.
 */

import type { Restoration, RestoredKind, RestoredPart } from '../../../shared/contract/backup.ts'
import { hostOf } from '../../../shared/hostOf.ts'
import type { Random } from '../../base/random.ts'
import { summaryOf } from '../../certificates/view.ts'
import { createContactStore } from '../../contacts/store.ts'
import { randomId } from '../../crypto/identifier.ts'
import { identityStatements } from '../../keystore/identityStatements.ts'
import { normalizedAddress } from '../../mime/address.ts'
import type { Database, SqlRow } from '../../storage/database.ts'
import { storedCertificate } from '../judge.ts'
import { createSettingsStore } from '../settingsStore.ts'
import { mergeCatalogue } from './backupCatalogue.ts'
import { mergeContacts } from './backupContacts.ts'
import { type RestoredPeople, restoredPeople, servedAddresses } from './backupPeople.ts'
import { backedUpTables } from './backupTables.ts'
import type { KnownFacts } from './certificateFacts.ts'

/** Seals for a row of this profile. */
export type Seal = (table: string, rowId: string, plain: Uint8Array) => Uint8Array

export interface Merging {
  /** In memory, of the present schema, checked. */
  readonly from: Database
  readonly into: Database
  readonly seal: Seal
  readonly random: Random
  /** Now: what has expired by then. */
  readonly at: Date
  /** Of the certificates of `from` that were looked at. */
  readonly facts: KnownFacts
  /** Of both: a backup comes into a profile of its own kind alone. */
  readonly kind: 'real' | 'sandbox'
}

interface Count {
  added: number
  known: number
}

export interface Merged extends RestoredPeople {
  readonly parts: readonly RestoredPart[]
  readonly trusts: Restoration['trusts']
  readonly servers: Restoration['servers']
  readonly entries: Restoration['entries']
  readonly asks: Restoration['asks']
  /** This profile's identifiers of the private keys that the backup holds. */
  readonly keyIds: readonly string[]
}

export function mergeBackup(merging: Merging): Merged {
  const { from, into, at, facts } = merging
  const served = servedAddresses(into)
  const keys = mergeKeys(merging)
  const identities = mergeIdentities(merging, keys.ids)
  const trust = mergeTrust(merging)
  const catalogue = mergeCatalogue(merging)
  const leave = createSettingsStore(into).get().revocation
  const servers: string[] = []
  const counts: Readonly<Record<RestoredKind, Count>> = {
    identities: identities.count,
    keys: keys.count,
    contacts: sum(mergeContacts(merging)),
    trust: trust.count,
    accounts: sum(
      rowsOf(from, 'accounts').map((row) => {
        const taken = added(merging, 'accounts', row)
        if (taken) servers.push(String(row['submission_host']), String(row['mailbox_host']))
        return taken
      }),
    ),
    requests: sum(
      ['enrolments', 'certificate_requests'].flatMap((table) =>
        rowsOf(from, table)
          .filter(({ ca }) => table !== 'enrolments' || mayHave(merging, ca))
          .map((row) =>
            added(merging, table, {
              ...requestRow(row, keys.ids, identities.ids),
              ...(table === 'enrolments'
                ? serverOf(row)
                : { authority: catalogue.ids.get(String(row['authority'])) ?? '' }),
            }),
          ),
      ),
    ),
    drafts: sum(rowsOf(from, 'drafts').map((row) => added(merging, 'drafts', row))),
    authorities: mergeAuthorities(merging, keys.ids),
    catalogue: { added: catalogue.entries.length, known: catalogue.known },
    // With its owner's backup comes a way to open those of this profile: it is counted, so that it is seen.
    paperKey: sum(rowsOf(from, 'paper_key').map((row) => added(merging, 'paper_key', row))),
    settings: sum(rowsOf(from, 'settings').map((row) => added(merging, 'settings', row))),
  }
  answerRequests(merging, keys.ids, identities.ids)
  for (const row of rowsOf(from, 'issuers')) added(merging, 'issuers', row)
  for (const row of rowsOf(from, 'acme_accounts').filter(({ directory }) => mayHave(merging, directory))) {
    // Whoever knows an account's key gets certificates for what was proven with it.
    if (added(merging, 'acme_accounts', { ...row, ...markOf(row['directory']) }))
      servers.push(hostOf(String(row['directory'])))
  }
  for (const row of rowsOf(from, 'own_revocations')) {
    added(merging, 'own_revocations', { ...row, identity_id: identities.ids.get(String(row['identity_id'])) ?? null })
  }
  for (const row of rowsOf(from, 'compromised_keys')) {
    added(merging, 'compromised_keys', { ...row, key_id: keys.ids.get(String(row['key_id'])) ?? null })
  }
  const parts = Object.entries(counts).map(([kind, count]) => ({ kind: kind as RestoredKind, ...count }))
  return {
    parts: parts.filter(({ added, known }) => added + known > 0),
    trusts: trust.trusts,
    servers: [...new Set(servers)].sort(),
    entries: [...catalogue.entries],
    asks: asksNow(into).filter((one) => !leave[one]),
    ...restoredPeople(served, servedAddresses(into), at, (sha256) => facts.of(sha256, () => derOf(into, sha256))),
    keyIds: [...new Set(keys.ids.values())],
  }
}

function asksNow(database: Database): Restoration['asks'] {
  const { revocation } = createSettingsStore(database).get()
  return (['ocsp', 'issuers'] as const).filter((one) => revocation[one])
}

/** Of a certificate that serves somebody. */
function derOf(database: Database, sha256: string): Uint8Array {
  const held =
    createContactStore(database).certificateBySha256(sha256)?.der ??
    identityStatements(database).bySha256(sha256)?.certificateDer
  if (!held) throw new Error('a certificate that serves is missing')
  return held
}

/**
 * Nothing is ordered at the sandbox's CA in a real profile. An order that says so is made up: behind a real certificate it would
 * stand in the way of its renewal and its revocation.
 */
function mayHave({ kind }: Merging, ca: unknown): boolean {
  return kind === 'sandbox' || ca !== 'sandbox'
}

/** The CA is called as those of here are, by its address: the backup's name for it may be anybody's. */
function serverOf(row: SqlRow): SqlRow {
  const { ca, directory_url: url } = row
  return { ...markOf(ca), ca_name: ca === 'sandbox' ? 'Siegel Sandbox' : hostOf(String(url ?? '')) }
}

/** Whatever the backup says itself: nothing new is ordered there unasked. The sandbox's CA is this profile's own. */
function markOf(ca: unknown): SqlRow {
  return { from_backup: ca === 'sandbox' ? 0 : 1 }
}

function sum(outcomes: readonly boolean[]): Count {
  const added = outcomes.filter((one) => one).length
  return { added, known: outcomes.length - added }
}

function rowsOf(database: Database, table: string): SqlRow[] {
  return database.all(`SELECT * FROM ${table} ORDER BY rowid`)
}

/** Writes a row unless one with its key is there, and seals what the vault seals. Whether it was written. */
function added({ into, seal }: Merging, table: string, row: SqlRow): boolean {
  const sealed = backedUpTables.find(({ name }) => name === table)?.sealed ?? {}
  const columns = Object.keys(row)
  const values = columns.map((column) => {
    const value = row[column] ?? null
    const placeOf = sealed[column]
    return placeOf && value instanceof Uint8Array ? seal(...placeOf(row), value) : value
  })
  const places = columns.map(() => '?').join(', ')
  return (
    into.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places}) ON CONFLICT DO NOTHING`, values).changes >
    0
  )
}

/** The identifier that each key of the backup has in this profile. The count is of keys that no certificate belongs to yet. */
function mergeKeys(merging: Merging): { readonly ids: ReadonlyMap<string, string>; readonly count: Count } {
  const { from, into, random } = merging
  const kept = identityStatements(into)
  const certified = new Set(
    from
      .all<{ key_id: string }>('SELECT key_id FROM identities UNION SELECT key_id FROM authorities')
      .map((row) => row.key_id),
  )
  const ids = new Map<string, string>()
  const waiting: boolean[] = []
  for (const row of rowsOf(from, 'private_keys')) {
    const id = String(row['id'])
    const known = kept.keyIdOf(row['public_key_info'] as Uint8Array)
    const own = known ?? (kept.sealedKeyOf(id) ? randomId(random) : id)
    if (known === undefined) added(merging, 'private_keys', { ...row, id: own })
    ids.set(id, own)
    if (!certified.has(id)) waiting.push(known === undefined)
  }
  return { ids, count: sum(waiting) }
}

function mergeIdentities(
  { from, into, random }: Merging,
  keyIds: ReadonlyMap<string, string>,
): { readonly ids: ReadonlyMap<string, string>; readonly count: Count } {
  const kept = identityStatements(into)
  const ids = new Map<string, string>()
  const outcomes: boolean[] = []
  // The preferred ones come first and find the preference free, where it is.
  for (const identity of identityStatements(from).all()) {
    const known = kept.bySha256(identity.sha256)
    outcomes.push(known === undefined)
    if (known) {
      ids.set(identity.id, known.id)
      continue
    }
    const id = kept.byId(identity.id) ? randomId(random) : identity.id
    ids.set(identity.id, id)
    kept.insertIdentity({
      ...identity,
      id,
      keyId: keyIds.get(identity.keyId) ?? identity.keyId,
      // Those that were shown with its key: the certificate's own, whatever else the backup says.
      addresses: storedCertificate(identity.certificateDer).emails.map((address) => ({
        address,
        normalized: normalizedAddress(address),
      })),
    })
    if (identity.backedUpAt) kept.setBackedUp(id, identity.backedUpAt)
    if (identity.retired) kept.setRetired(id, true)
    else kept.preferWhereNoOther(id)
  }
  return { ids, count: sum(outcomes) }
}

/**
 * Decisions made here win: a root that is distrusted here isn't trusted again, and the other way round. What was decided about
 * the operating system's roots was about those of another computer.
 */
function mergeTrust(merging: Merging): { readonly count: Count; readonly trusts: Restoration['trusts'] } {
  const { from, into } = merging
  const decided = (table: string, sha256: unknown) =>
    into.get(`SELECT 1 FROM ${table} WHERE sha256 = ?`, [String(sha256)]) !== undefined
  const trusts: { sha256: string; name: string }[] = []
  const outcomes = [
    ...rowsOf(from, 'anchors').map((row) => {
      const taken = !decided('distrusted_roots', row['sha256']) && added(merging, 'anchors', row)
      if (taken) trusts.push(summaryOf(storedCertificate(row['certificate'] as Uint8Array)))
      return taken
    }),
    ...rowsOf(from, 'distrusted_roots').map(
      (row) => !decided('anchors', row['sha256']) && added(merging, 'distrusted_roots', row),
    ),
    ...rowsOf(from, 'root_lists')
      .filter((row) => row['name'] !== 'system')
      .map((row) => added(merging, 'root_lists', row)),
  ]
  return { count: sum(outcomes), trusts: trusts.map(({ sha256, name }) => ({ sha256, name })) }
}

/** Nobody is at work on it any more: it waits until the person goes on. */
function requestRow(row: SqlRow, keys: ReadonlyMap<string, string>, identities: ReadonlyMap<string, string>): SqlRow {
  const mapped: SqlRow = { ...row }
  for (const [column, ids] of [
    ['key_id', keys],
    ['identity_id', identities],
    ['renews', identities],
  ] as const) {
    const value = row[column]
    if (typeof value === 'string') mapped[column] = ids.get(value) ?? value
  }
  return { ...mapped, ...(row['state'] === 'running' ? { state: 'paused' } : {}), ...withoutUnsentReply(row) }
}

/** A request that still waits here, and whose certificate the backup has: it came after this profile was left or restored. */
function answerRequests(
  { from, into }: Merging,
  keys: ReadonlyMap<string, string>,
  identities: ReadonlyMap<string, string>,
): void {
  const answered = from.all(
    `SELECT requests.* FROM certificate_requests AS requests
     JOIN identities ON identities.id = identity_id AND identities.key_id = requests.key_id WHERE state = 'done'`,
  )
  for (const row of answered) {
    into.run(
      `UPDATE certificate_requests SET state = 'done', identity_id = ?, updated_at = ?
       WHERE id = ? AND key_id = ? AND state = 'waiting'`,
      [
        identities.get(String(row['identity_id'])) ?? null,
        row['updated_at'] ?? null,
        row['id'] ?? null,
        keys.get(String(row['key_id'])) ?? null,
      ],
    )
  }
}

/**
 * An answer that wasn't sent is made again from the CA's mail, under all of its conditions: a renewal goes on without a hand, and
 * would send whatever letter a backup brings.
 */
function withoutUnsentReply({ step, progress: text }: SqlRow): SqlRow {
  if (typeof text !== 'string') return {}
  const { reply, ...progress } = JSON.parse(text) as { readonly reply?: { readonly sent?: unknown } }
  if (reply === undefined || reply.sent === true) return {}
  return { progress: JSON.stringify(progress), ...(step === 'send-reply' ? { step: 'await-challenge-mail' } : {}) }
}

/** Of a CA that is here already, what the backup knows more is taken: certificates, and above all revocations. */
function mergeAuthorities(merging: Merging, keys: ReadonlyMap<string, string>): Count {
  const { from, into } = merging
  const outcomes: boolean[] = []
  for (const row of rowsOf(from, 'authorities')) {
    const keyId = keys.get(String(row['key_id'])) ?? null
    outcomes.push(added(merging, 'authorities', { ...row, key_id: keyId }))
    const own = into.get<{ id: string }>('SELECT id FROM authorities WHERE sha256 = ?', [row['sha256'] ?? null])
    into.run('UPDATE authorities SET crl_number = max(crl_number, ?) WHERE sha256 = ?', [
      row['crl_number'] ?? 0,
      row['sha256'] ?? null,
    ])
    const issued = from.all('SELECT * FROM issued_certificates WHERE authority_id = ?', [row['id'] ?? null])
    for (const certificate of issued) {
      added(merging, 'issued_certificates', { ...certificate, authority_id: own?.id ?? null })
      // Of this authority alone: the backup has its key, and nothing to say about what another one issued.
      into.run(
        `UPDATE issued_certificates SET revoked_at = ?, reason = ?
         WHERE authority_id = ? AND sha256 = ? AND revoked_at IS NULL`,
        [
          certificate['revoked_at'] ?? null,
          certificate['reason'] ?? null,
          own?.id ?? null,
          certificate['sha256'] ?? null,
        ],
      )
    }
  }
  return sum(outcomes)
}
