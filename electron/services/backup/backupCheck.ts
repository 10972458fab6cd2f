/**
 * Looks at every value of a backup that the profile would later take for its own: certificates that can be read and have the
 * fingerprint beside them, keys that open and fit their certificates, instants that are instants. The database's constraints
 * hold already; the rest of the rows is tried by reading them through their stores (backupMerge.ts).
 */

import { secureUrl } from '../../../shared/contract/catalogue.ts'
import { equalBytes, utf8Text } from '../../base/bytes.ts'
import type { Steps } from '../../base/turns.ts'
import { parseCertificate } from '../../certificates/certificate.ts'
import type { PostQuantum } from '../../crypto/postQuantum.ts'
import { publicKeyInfoOf } from '../../crypto/privateKey.ts'
import { publicKeyInfoOfCertificate, samePublicKey } from '../../keystore/certificateKey.ts'
import { readPaperKey } from '../../keystore/paperKey.ts'
import type { Database, SqlRow } from '../../storage/database.ts'
import { backedUpTables } from './backupTables.ts'
import type { KnownFacts } from './certificateFacts.ts'

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/
const instantColumn = /_at$|_seen$|^date$/

/** Rows between two turns for others; a certificate takes some fifty microseconds to read. */
const rowsAtOnce = 200

/** Whether all of it can be taken. What is asked about its certificates later goes into `facts`. */
export function* checkSound(database: Database, postQuantum: PostQuantum, facts: KnownFacts): Steps<boolean> {
  try {
    let rows = 0
    for (const { name } of backedUpTables) {
      for (const row of database.each(`SELECT * FROM ${name}`)) {
        if (!isSoundRow(row, facts)) return false
        if (++rows % rowsAtOnce === 0) yield
      }
    }
    return linksAreWebPages(database) && (yield* keysFit(database, postQuantum)) && paperKeyFits(database)
  } catch {
    // A number that JavaScript can't hold, or text that is no UTF-8.
    return false
  }
}

/** Nobody adds so many by hand. */
const entryLimit = 1_000

/** Addresses as they are taken from a person: the system's browser opens them, and for other schemes it would start a program. */
function linksAreWebPages(database: Database): boolean {
  const entries = database.all<{ url: string }>('SELECT url FROM own_authorities')
  return entries.length <= entryLimit && entries.every(({ url }) => secureUrl.safeParse(url).success)
}

function isSoundRow(row: SqlRow, facts: KnownFacts): boolean {
  return Object.entries(row).every(([column, value]) => {
    if (value === null) return true
    if (instantColumn.test(column)) {
      return typeof value === 'string' && instant.test(value) && !Number.isNaN(new Date(value).getTime())
    }
    if (column !== 'certificate') return true
    const parsed = value instanceof Uint8Array ? parseCertificate(value) : undefined
    if (!parsed?.ok || (row['sha256'] !== undefined && row['sha256'] !== parsed.value.sha256)) return false
    facts.remember(parsed.value)
    return true
  })
}

function* keysFit(database: Database, postQuantum: PostQuantum): Steps<boolean> {
  const keys = database.all<{ id: string; public_key_info: Uint8Array; sealed: Uint8Array }>(
    'SELECT id, public_key_info, sealed FROM private_keys',
  )
  const infos = new Map(keys.map(({ id, public_key_info: info }) => [id, info]))
  for (const { public_key_info: stated, sealed: pkcs8 } of keys) {
    const info = publicKeyInfoOf(pkcs8, postQuantum)
    if (!info.ok || !equalBytes(info.value, stated)) return false
    yield
  }
  const certified = database.all<{ key_id: string; certificate: Uint8Array }>(
    'SELECT key_id, certificate FROM identities UNION ALL SELECT key_id, certificate FROM authorities',
  )
  for (const { key_id: keyId, certificate } of certified) {
    const [kept, named] = [infos.get(keyId), publicKeyInfoOfCertificate(certificate)]
    if (kept === undefined || named === undefined || !samePublicKey(kept, named)) return false
    yield
  }
  return true
}

function paperKeyFits(database: Database): boolean {
  const row = database.get<{ sealed: Uint8Array }>('SELECT sealed FROM paper_key')
  return !row || readPaperKey(utf8Text(row.sealed)).ok
}
