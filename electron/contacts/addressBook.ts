/**
 * The address book: contacts with one or more addresses, the certificates known for them, and the evidence for each.
 *
 * A certificate serves the addresses that it states itself; one that states none serves those of its contact. Which of
 * several certificates is used for writing is judged above (services/mail/contacts), where paths can be validated.
 */

import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'
import { randomId } from '../crypto/identifier.ts'
import { isAddress, normalizedAddress } from '../mime/address.ts'
import { type Database, unlessDiskFull } from '../storage/database.ts'
import { queryWords } from './searchText.ts'
import {
  createContactStore,
  type Evidence,
  type SpelledAddress,
  type StoredContact,
  type StoredContactCertificate,
} from './store.ts'

export type { Evidence, StoredContact, StoredContactCertificate } from './store.ts'

export interface ContactInput {
  readonly name: string
  readonly addresses: readonly string[]
  readonly notes: string
}

export interface KnownCertificate {
  readonly der: Uint8Array
  readonly sha256: string
  /** The addresses that it states. */
  readonly addresses: readonly string[]
  /** DER SMIMECapabilities that came with it in a signature. */
  readonly capabilities?: Uint8Array
  /** For a contact that has to be made: the common name, or what the mail's From says. */
  readonly name?: string
}

type DiskFullFailure = { readonly code: 'disk-full' }
type MalformedAddress = { readonly code: 'malformed-address'; readonly address: string }
type NotFound = { readonly code: 'not-found'; readonly what: string }

export interface AddedCertificate {
  readonly contact: StoredContact
  /** The contact had this certificate before; only the evidence is new. */
  readonly known: boolean
}

export interface AddressBook {
  /** By name; every word of the query occurs in name, addresses or notes. Case and accents make no difference. */
  list(query?: string): StoredContact[]
  get(id: string): StoredContact | undefined
  /** The contact that has this address. */
  contactFor(address: string): StoredContact | undefined
  add(input: ContactInput): Result<StoredContact, MalformedAddress | DiskFullFailure>
  update(id: string, input: ContactInput): Result<StoredContact, NotFound | MalformedAddress | DiskFullFailure>
  /** Deletes and answers with a token for `undo`, which is good until the program ends. */
  delete(id: string): string | undefined
  undo(undoToken: string): StoredContact | undefined
  /** Every certificate that serves an address, the one seen last first. */
  certificatesFor(address: string): StoredContactCertificate[]
  certificate(sha256: string): StoredContactCertificate | undefined
  /** For a walk through all certificates: the next `most` behind this SHA-256, in its order. */
  certificatesBehind(sha256: string, most: number): readonly { readonly sha256: string; readonly der: Uint8Array }[]
  /** Adds to the contact given, else to the one with an address of the certificate, else to a new one. */
  addCertificate(
    contactId: string | undefined,
    certificate: KnownCertificate,
    evidence: Evidence,
  ): Result<AddedCertificate, NotFound | DiskFullFailure>
  removeCertificate(contactId: string, sha256: string): StoredContact | undefined
}

/** Deleted contacts that are kept for `undo`; nobody takes back the hundredth deletion before the last. */
const undoLimit = 100

export function createAddressBook(options: { database: Database; clock: Clock; random: Random }): AddressBook {
  const { database, clock, random } = options
  const store = createContactStore(database)
  const deleted = new Map<string, StoredContact>()

  function written(id: string): StoredContact {
    const contact = store.byId(id)
    if (!contact) throw new Error('the contact that was just written is missing')
    return contact
  }

  function certificatesFor(address: string): StoredContactCertificate[] {
    const normalized = normalizedAddress(address)
    const stated = store.certificatesByAddress(normalized)
    const unaddressed = store
      .idsByAddress(normalized)
      .flatMap((id) => store.byId(id)?.certificates ?? [])
      .filter(({ addresses }) => addresses.length === 0)
    const known = new Map([...stated, ...unaddressed].map((certificate) => [certificate.sha256, certificate]))
    return [...known.values()]
  }

  function contactFor(address: string): StoredContact | undefined {
    const [id] = store.idsByAddress(normalizedAddress(address))
    return id === undefined ? undefined : store.byId(id)
  }

  /** The contact that a certificate goes to; one is made where there is none. Within a transaction. */
  function contactOf(contactId: string | undefined, certificate: KnownCertificate): StoredContact | undefined {
    if (contactId !== undefined) {
      const contact = store.byId(contactId)
      if (!contact) return undefined
      const own = new Set(contact.addresses.map(normalizedAddress))
      if (certificate.addresses.length > 0 && !certificate.addresses.some((one) => own.has(normalizedAddress(one)))) {
        const addresses = spelled([...contact.addresses, ...certificate.addresses])
        store.putContact({ ...contact, addresses })
      }
      return written(contactId)
    }
    for (const address of certificate.addresses) {
      const contact = contactFor(address)
      if (contact) return contact
    }
    const id = randomId(random)
    const addresses = spelled(certificate.addresses)
    const name = certificate.name?.trim() || addresses[0]?.address || certificate.sha256.slice(0, 16)
    store.putContact({ id, name, notes: '', createdAt: clock(), addresses })
    return written(id)
  }

  return {
    list: (query = '') => store.find(queryWords(query)),
    get: (id) => store.byId(id),
    contactFor,

    add(input) {
      const addresses = checkedAddresses(input.addresses)
      if (!addresses.ok) return addresses
      const id = randomId(random)
      const put = unlessDiskFull(() =>
        database.transaction(() => {
          store.putContact({ ...trimmed(input), id, createdAt: clock(), addresses: addresses.value })
          return written(id)
        }),
      )
      return put
    },

    update(id, input) {
      const addresses = checkedAddresses(input.addresses)
      if (!addresses.ok) return addresses
      const put = unlessDiskFull(() =>
        database.transaction(() => {
          const contact = store.byId(id)
          if (!contact) return undefined
          store.putContact({ ...trimmed(input), id, createdAt: contact.createdAt, addresses: addresses.value })
          return written(id)
        }),
      )
      if (!put.ok) return put
      return put.value ? success(put.value) : failure({ code: 'not-found', what: 'contact' })
    },

    delete(id) {
      const contact = database.transaction(() => {
        const found = store.byId(id)
        if (found) store.deleteContact(id)
        return found
      })
      if (!contact) return undefined
      const undoToken = randomId(random)
      deleted.set(undoToken, contact)
      const [oldest] = deleted.keys()
      if (deleted.size > undoLimit && oldest !== undefined) deleted.delete(oldest)
      return undoToken
    },

    undo(undoToken) {
      const contact = deleted.get(undoToken)
      if (!contact) return undefined
      database.transaction(() => {
        store.putContact({ ...contact, addresses: spelled(contact.addresses) })
        for (const certificate of contact.certificates) store.putCertificate(certificate)
      })
      deleted.delete(undoToken)
      return written(contact.id)
    },

    certificatesFor,
    certificate: (sha256) => store.certificateBySha256(sha256),
    certificatesBehind: store.certificatesBehind,

    addCertificate(contactId, certificate, evidence) {
      const added = unlessDiskFull(() =>
        database.transaction(() => {
          const contact = contactOf(contactId, certificate)
          if (!contact) return undefined
          const known = store.hasCertificate(contact.id, certificate.sha256)
          store.putCertificate({
            contactId: contact.id,
            sha256: certificate.sha256,
            der: certificate.der,
            addresses: certificate.addresses.map(normalizedAddress),
            ...(certificate.capabilities ? { capabilities: certificate.capabilities } : {}),
            evidence: [evidence],
          })
          return { contact: written(contact.id), known }
        }),
      )
      if (!added.ok) return added
      return added.value ? success(added.value) : failure({ code: 'not-found', what: 'contact' })
    },

    removeCertificate: (contactId, sha256) =>
      database.transaction(() => {
        store.deleteCertificate(contactId, sha256)
        return store.byId(contactId)
      }),
  }
}

/** Each address once, in the order and the spelling given. */
function spelled(addresses: readonly string[]): SpelledAddress[] {
  const known = new Map<string, SpelledAddress>()
  for (const address of addresses) {
    const normalized = normalizedAddress(address)
    if (!known.has(normalized)) known.set(normalized, { address: address.trim(), normalized })
  }
  return [...known.values()]
}

function checkedAddresses(addresses: readonly string[]): Result<SpelledAddress[], MalformedAddress> {
  const malformed = addresses.find((address) => !isAddress(address.trim()))
  if (malformed !== undefined) return failure({ code: 'malformed-address', address: malformed })
  return success(spelled(addresses))
}

function trimmed({ name, addresses, notes }: ContactInput): { name: string; notes: string } {
  return { name: name.trim() || (addresses[0]?.trim() ?? ''), notes }
}
