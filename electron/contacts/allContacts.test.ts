import { expect, it } from 'vitest'
import { testProfile } from '../storage/testProfile.ts'
import { allContacts } from './allContacts.ts'
import { createContactStore } from './store.ts'

const at = (day: number) => new Date(Date.UTC(2026, 0, day))
const sha256Of = (number: number) => number.toString(16).padStart(64, '0')

it('has every contact as the store has it, with its addresses, its certificates and the evidence of each', async () => {
  const { database } = await testProfile()
  const store = createContactStore(database)
  const certificate = (
    contactId: string,
    number: number,
    evidence: Parameters<typeof store.putCertificate>[0]['evidence'],
  ) =>
    store.putCertificate({ contactId, sha256: sha256Of(number), der: Uint8Array.of(number), addresses: [], evidence })
  const put = (id: string, ...addresses: string[]) =>
    store.putContact({
      id,
      name: `Name of ${id}`,
      notes: id === 'b' ? 'met' : '',
      createdAt: at(1),
      addresses: addresses.map((address) => ({ address, normalized: address.toLowerCase() })),
    })
  // In another order than by identifier or by name: with everything, with nothing, and with half.
  put('c', 'Second@example.org', 'first@example.org')
  certificate('c', 9, [
    { kind: 'signed-mail', from: 'Hello', date: at(5) },
    { kind: 'file', date: at(3) },
  ])
  certificate('c', 2, [{ kind: 'own', date: at(4) }])
  put('a')
  put('d', 'd@example.org')
  put('b')
  store.putCertificate({
    contactId: 'b',
    sha256: sha256Of(9),
    der: Uint8Array.of(9),
    addresses: ['b@example.org'],
    capabilities: Uint8Array.of(48, 0),
    evidence: [{ kind: 'file', from: 'b.cer', date: at(2) }],
  })
  const all = [...allContacts(database)]
  expect(all.map(({ id }) => id)).toEqual(['c', 'a', 'd', 'b'])
  for (const { id, certificates, ...contact } of all) {
    const { certificates: known, ...rest } = store.byId(id) ?? { certificates: [] }
    expect({ id, ...contact }).toEqual(rest)
    const bySha256 = known.map(({ sha256, der, evidence, capabilities }) => ({
      sha256,
      der,
      evidence,
      ...(capabilities ? { capabilities } : {}),
    }))
    expect(certificates).toEqual(bySha256.sort((one, other) => (one.sha256 < other.sha256 ? -1 : 1)))
  }
})
