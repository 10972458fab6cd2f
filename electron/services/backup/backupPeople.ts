/**
 * For whom a backup would vouch: who would get sealed letters with certificates that the profile doesn't have now. Whoever wrote
 * the backup chose those certificates, and could read the letters.
 *
 * Found by comparing the whole profile before and after, rather than by following what is written: certificates reach an
 * address through contacts, through other contacts that share one, and through own identities, and none of those ways may
 * stay unseen.
 */

import type { RestoredPerson } from '../../../shared/contract/backup.ts'
import { summaryOf } from '../../certificates/view.ts'
import { createContactStore } from '../../contacts/store.ts'
import { identityStatements } from '../../keystore/identityStatements.ts'
import { normalizedAddress } from '../../mime/address.ts'
import type { Database } from '../../storage/database.ts'
import { storedCertificate } from '../judge.ts'
import type { CertificateFacts } from './certificateFacts.ts'

interface ServingCertificate {
  /** The person stands in for it, whatever the roots say (recipients.ts). */
  readonly vouched: boolean
  /** Of an identity of one's own alone; no contact has it. */
  readonly own: boolean
}

interface AddressServed {
  readonly name: string
  /** In the address book; else only certificates state the address. */
  readonly isContact: boolean
  readonly certificates: ReadonlyMap<string, ServingCertificate>
}

/** By normalized address. */
export type ServedAddresses = ReadonlyMap<string, AddressServed>

/** What is known of a certificate of either side. */
type FactsOf = (sha256: string) => CertificateFacts

export interface RestoredPeople {
  /** The surprising first: addresses whose certificate would be another one. */
  readonly people: readonly RestoredPerson[]
  /** How many more there are, all of them strangers to this profile. */
  readonly morePeople: number
}

/**
 * Strangers that are named. Those whom the profile knows are all named, so that no flood of strangers can carry one of them
 * away; and nobody reads more names than this.
 */
const strangerLimit = 1_000

/** Which certificates letters to each address can be sealed with, as the profile stands. */
export function servedAddresses(database: Database): ServedAddresses {
  const served = new Map<string, { name: string; isContact: boolean; certificates: Map<string, ServingCertificate> }>()
  const place = (address: string, name: string, isContact: boolean) => {
    const known = served.get(address)
    // A contact's name comes before what a certificate says about itself.
    if (known && (known.isContact || !isContact)) return known.certificates
    const certificates = known?.certificates ?? new Map<string, ServingCertificate>()
    served.set(address, { name, isContact, certificates })
    return certificates
  }
  const serve = (address: string, name: string, sha256: string, certificate: ServingCertificate) => {
    const certificates = place(address, name, false)
    const known = certificates.get(sha256)
    certificates.set(sha256, {
      vouched: certificate.vouched || known?.vouched === true,
      own: certificate.own && known?.own !== false,
    })
  }
  const contacts = createContactStore(database)
  for (const { normalized, name } of contacts.allAddresses()) place(normalized, name, true)
  for (const { normalized, name, sha256, vouched } of contacts.allServed()) {
    serve(normalized, name, sha256, { vouched, own: false })
  }
  for (const { sha256, certificateDer, addresses, retired } of identityStatements(database).all()) {
    if (retired) continue
    const { name } = summaryOf(storedCertificate(certificateDer))
    for (const address of addresses.map(normalizedAddress)) serve(address, name, sha256, { vouched: true, own: true })
  }
  return served
}

/** What `after` has for somebody that `before` doesn't. Own new identities count where they are those of a contact, too. */
export function restoredPeople(
  before: ServedAddresses,
  after: ServedAddresses,
  at: Date,
  factsOf: FactsOf,
): RestoredPeople {
  const people: RestoredPerson[] = []
  for (const [address, now] of after) {
    const person = personOf(address, before.get(address), now, at, factsOf)
    if (person) people.push(person)
  }
  const sorted = people.sort(
    (left, right) =>
      changes.indexOf(left.change) - changes.indexOf(right.change) || compare(left.address, right.address),
  )
  const known = sorted.filter(({ address }) => before.has(address))
  const strangers = sorted.filter(({ address }) => !before.has(address))
  const listed = new Set([...known, ...strangers.slice(0, strangerLimit)])
  return { people: sorted.filter((one) => listed.has(one)), morePeople: sorted.length - listed.size }
}

const changes: readonly RestoredPerson['change'][] = ['another', 'vouched', 'first', 'new', 'past']

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function personOf(
  address: string,
  before: AddressServed | undefined,
  now: AddressServed,
  at: Date,
  factsOf: FactsOf,
): RestoredPerson | undefined {
  const gained = [...now.certificates].filter(([sha256]) => !before?.certificates.has(sha256))
  const vouched = [...now.certificates].filter(
    ([sha256, one]) => one.vouched && before?.certificates.get(sha256)?.vouched === false,
  )
  const told = gained.length > 0 ? gained : vouched
  if (told.length === 0) return undefined
  // An identity of one's own is told with its key. What a contact brings for an address that isn't its own seals all the same.
  if (!now.isContact && !before && told.every(([, { own }]) => own)) return undefined
  const certificates = told.map(([sha256]) => factsOf(sha256))
  const current = certificates.filter(({ notAfter }) => notAfter >= at)
  return {
    address,
    name: (before?.isContact ? before : now).name,
    change: current.length === 0 ? 'past' : gained.length > 0 ? changeOf(before) : 'vouched',
    certificates: told.length,
    sealing: current.some(({ sealing }) => sealing),
  }
}

function changeOf(before: AddressServed | undefined): RestoredPerson['change'] {
  if (!before) return 'new'
  return before.certificates.size > 0 ? 'another' : 'first'
}
