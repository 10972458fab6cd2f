/**
 * The contacts of a backup come into a profile. A contact is the one with its identifier, or one with an address of it; it
 * keeps its name and its notes, and gains what it lacks. An address that another contact has here stays with that one.
 */

import { allContacts, type WholeContact } from '../../contacts/allContacts.ts'
import { createContactStore, type SpelledAddress } from '../../contacts/store.ts'
import { normalizedAddress } from '../../mime/address.ts'
import type { Database } from '../../storage/database.ts'
import type { KnownFacts } from './certificateFacts.ts'

/** For each contact of the backup in turn, whether the profile gained anything. Within a transaction of the caller. */
export function mergeContacts({
  from,
  into,
  facts,
}: {
  readonly from: Database
  readonly into: Database
  readonly facts: KnownFacts
}): boolean[] {
  const kept = createContactStore(into)
  const people = knownPeople(into)
  const outcomes: boolean[] = []
  for (const contact of allContacts(from)) {
    const addresses = contact.addresses.map(spelled)
    const same = people.sameAs(contact.id, addresses)
    let gained = same === undefined
    if (same === undefined) {
      kept.addContact({ ...contact, addresses })
      people.add(contact.id, contact.createdAt, addresses)
    } else {
      const own = kept.byId(same)
      const lacking = addresses.filter(({ normalized }) => !people.hasAddress(normalized))
      if (own && (lacking.length > 0 || (own.notes === '' && contact.notes !== ''))) {
        const notes = own.notes === '' ? contact.notes : own.notes
        kept.putContact({ ...own, notes, addresses: [...own.addresses.map(spelled), ...lacking] })
        people.add(same, own.createdAt, lacking)
        gained = true
      }
      gained ||= contact.certificates.some(({ sha256 }) => !kept.hasCertificate(same, sha256))
    }
    putCertificates(contact.certificates, same ?? contact.id)
    outcomes.push(gained)
  }
  return outcomes

  function putCertificates(certificates: WholeContact['certificates'], contactId: string): void {
    for (const certificate of certificates) {
      // Letters are sealed for the addresses that a certificate states itself, whatever else the backup says.
      const { addresses: stated } = facts.of(certificate.sha256, () => certificate.der)
      kept.putCertificate({ ...certificate, contactId, addresses: stated })
    }
  }
}

function spelled(address: string): SpelledAddress {
  return { address, normalized: normalizedAddress(address) }
}

/** Who is in the address book, kept along with what is written: a question to it for each contact would cost more. */
function knownPeople(database: Database) {
  const ids = new Set<string>()
  const owners = new Map<string, { readonly id: string; readonly since: string }>()
  for (const { id } of database.each<{ id: string }>('SELECT id FROM contacts')) ids.add(id)
  const rows = database.each<{ normalized: string; id: string; since: string }>(
    'SELECT normalized, id, created_at AS since FROM contacts CROSS JOIN contact_addresses ON contact_id = id',
  )
  for (const { normalized, id, since } of rows) own(normalized, id, since)

  /** Of several contacts with one address it is that of the oldest, as it is everywhere else. */
  function own(normalized: string, id: string, since: string): void {
    const known = owners.get(normalized)
    if (!known || since < known.since || (since === known.since && id < known.id)) owners.set(normalized, { id, since })
  }

  return {
    hasAddress: (normalized: string) => owners.has(normalized),
    /** The contact with that identifier, or else with one of the addresses. */
    sameAs: (id: string, addresses: readonly SpelledAddress[]): string | undefined =>
      ids.has(id) ? id : addresses.flatMap(({ normalized }) => owners.get(normalized)?.id ?? [])[0],
    add(id: string, createdAt: Date, addresses: readonly SpelledAddress[]): void {
      ids.add(id)
      for (const { normalized } of addresses) own(normalized, id, createdAt.toISOString())
    },
  }
}
