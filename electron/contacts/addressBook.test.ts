import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../base/random.ts'
import { expectSuccess, failure } from '../base/result.ts'
import { testClock, testFolder, testProfile } from '../storage/testProfile.ts'
import { type AddressBook, createAddressBook } from './addressBook.ts'
import { foldedText, queryWords, searchTextOf } from './searchText.ts'

async function addressBook(folder = testFolder()): Promise<AddressBook> {
  const { database } = await testProfile(folder)
  return createAddressBook({ database, clock: testClock, random: systemRandom })
}

const juergen = { name: 'Jürgen Groß', addresses: ['Juergen@Example.org', 'jg@firma.example'], notes: 'Kegelverein' }

function certificate(name: string, ...addresses: readonly string[]) {
  return { der: Buffer.from(name), sha256: Buffer.from(name).toString('hex').padStart(64, '0'), addresses, name }
}
const file = (date: string, from = 'anna.cer') => ({ kind: 'file' as const, from, date: new Date(date) })
const mail = (date: string, from: string) => ({ kind: 'signed-mail' as const, from, date: new Date(date) })

describe('the address book', () => {
  it('adds, changes and finds contacts by name, address and notes, without regard to case and accents', async () => {
    const book = await addressBook()
    const added = expectSuccess(book.add(juergen))
    expectSuccess(book.add({ name: 'Anna', addresses: ['anna@example.org'], notes: '' }))
    const found = (query: string) => book.list(query).map(({ name }) => name)
    for (const query of ['jürgen', 'JURGEN', 'juergen', 'gross groß', 'FIRMA', 'kegel jür', 'example.org jg@']) {
      expect(found(query), query).toEqual(['Jürgen Groß'])
    }
    expect(found('')).toEqual(['Anna', 'Jürgen Groß'])
    expect(found('jürgen anna')).toEqual([])
    // What SQL would take for a pattern or a quote is only text.
    for (const query of ['%', '_', "'", '\\']) expect(found(query), query).toEqual([])
    expectSuccess(book.update(added.id, { ...juergen, name: 'J. Groß', addresses: ['jg@firma.example'] }))
    expect(book.get(added.id)).toMatchObject({ name: 'J. Groß', addresses: ['jg@firma.example'] })
    expect(book.contactFor('juergen@example.org')).toBeUndefined()
    expect(book.contactFor('JG@Firma.Example')?.id).toBe(added.id)
    expect(book.update('unknown', juergen)).toEqual(failure({ code: 'not-found', what: 'contact' }))
  })

  it('refuses what is no address, and keeps each address once', async () => {
    const book = await addressBook()
    expect(book.add({ ...juergen, addresses: ['jg@firma.example', 'nobody'] })).toEqual(
      failure({ code: 'malformed-address', address: 'nobody' }),
    )
    expect(book.list()).toEqual([])
    const added = expectSuccess(
      book.add({
        ...juergen,
        addresses: ['a@example.org', 'A@EXAMPLE.org', 'a@bücher.example', 'a@xn--bcher-kva.example'],
      }),
    )
    expect(added.addresses).toEqual(['a@example.org', 'a@bücher.example'])
  })

  it('collects the evidence for a certificate instead of the certificate again', async () => {
    const folder = testFolder()
    const book = await addressBook(folder)
    const { id } = expectSuccess(book.add(juergen))
    const known = certificate('one', 'juergen@example.org')
    expect(expectSuccess(book.addCertificate(undefined, known, file('2026-02-01'))).known).toBe(false)
    const again = expectSuccess(book.addCertificate(undefined, known, mail('2026-03-03', 'Hallo')))
    expect(again.known).toBe(true)
    expectSuccess(book.addCertificate(id, known, mail('2026-01-05', 'Älter')))
    expectSuccess(book.addCertificate(id, known, mail('2026-01-05', 'Älter')))
    expect(book.get(id)?.certificates).toMatchObject([
      {
        sha256: known.sha256,
        addresses: ['juergen@example.org'],
        firstSeen: new Date('2026-01-05'),
        lastSeen: new Date('2026-03-03'),
        evidence: [
          { kind: 'signed-mail', from: 'Älter', date: new Date('2026-01-05') },
          { kind: 'file', from: 'anna.cer', date: new Date('2026-02-01') },
          { kind: 'signed-mail', from: 'Hallo', date: new Date('2026-03-03') },
        ],
      },
    ])
    expect((await addressBook(folder)).get(id)?.certificates).toHaveLength(1)
  })

  it('makes a contact for a certificate of somebody new, with all its addresses', async () => {
    const book = await addressBook()
    const { contact } = expectSuccess(
      book.addCertificate(undefined, certificate('Mara', 'mara@example.org', 'm@x.example'), file('2026-02-01')),
    )
    expect(contact).toMatchObject({ name: 'Mara', addresses: ['mara@example.org', 'm@x.example'] })
    const nameless = { ...certificate('x', 'n@example.org'), name: ' ' }
    expect(expectSuccess(book.addCertificate(undefined, nameless, file('2026-02-01'))).contact.name).toBe(
      'n@example.org',
    )
    expect(book.addCertificate('unknown', certificate('y'), file('2026-02-01'))).toMatchObject({
      error: { code: 'not-found' },
    })
  })

  it('gives for an address the certificates that state it, and those without addresses of its contact', async () => {
    const book = await addressBook()
    const { id } = expectSuccess(book.add(juergen))
    expectSuccess(book.addCertificate(id, certificate('stated', 'juergen@example.org'), file('2026-01-01')))
    expectSuccess(book.addCertificate(id, certificate('newer', 'Juergen@example.org'), file('2026-02-01')))
    expectSuccess(book.addCertificate(id, certificate('unaddressed'), file('2026-01-01')))
    const names = (address: string) => book.certificatesFor(address).map(({ der }) => Buffer.from(der).toString())
    expect(names('JUERGEN@example.org')).toEqual(['newer', 'stated', 'unaddressed'])
    expect(names('jg@firma.example')).toEqual(['unaddressed'])
    expect(names('other@example.org')).toEqual([])
  })

  it('learns the address of a certificate that a person gave to a contact', async () => {
    const book = await addressBook()
    const { id } = expectSuccess(book.add(juergen))
    const { contact } = expectSuccess(
      book.addCertificate(id, certificate('new', 'privat@example.net'), file('2026-01-01')),
    )
    expect(contact.addresses).toEqual([...juergen.addresses, 'privat@example.net'])
  })

  it('deletes and brings back everything, certificates and evidence too, as often as asked', async () => {
    const book = await addressBook()
    const { id } = expectSuccess(book.add(juergen))
    expectSuccess(book.addCertificate(id, certificate('one', 'juergen@example.org'), mail('2026-03-03', 'Hallo')))
    const before = book.get(id)
    for (let round = 0; round < 2; round++) {
      const token = book.delete(id) ?? ''
      expect(book.get(id)).toBeUndefined()
      expect(book.certificatesFor('juergen@example.org')).toEqual([])
      expect(book.undo(token)).toEqual(before)
      expect(book.undo(token)).toBeUndefined()
    }
    expect(book.delete('unknown')).toBeUndefined()
    expect(book.removeCertificate(id, certificate('one').sha256)?.certificates).toEqual([])
  })

  it('on a full disk keeps what it had', async () => {
    const { database } = await testProfile()
    const book = createAddressBook({ database, clock: testClock, random: systemRandom })
    const { id } = expectSuccess(book.add(juergen))
    const pages = database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0
    database.exec(`PRAGMA max_page_count = ${pages}`)
    const notes = 'x'.repeat(100_000)
    expect(book.add({ ...juergen, notes })).toEqual(failure({ code: 'disk-full' }))
    expect(book.update(id, { ...juergen, notes })).toEqual(failure({ code: 'disk-full' }))
    expect(book.list()).toMatchObject([{ notes: 'Kegelverein' }])
  })
})

it('folding is stable, and every word of a text finds the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(foldedText(foldedText(text))).toBe(foldedText(text))
      for (const word of queryWords(text)) expect(searchTextOf([text]).includes(word)).toBe(true)
    }),
  )
})
