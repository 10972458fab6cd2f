import { describe, expect, it } from 'vitest'
import { compareCertificates } from './compare.ts'
import { testAuthority, testNotAfter, testPerson } from './testPki.ts'

const root = await testAuthority('Root')
const other = await testAuthority('Another root')
const later = { notBefore: new Date('2026-11-01T00:00:00Z'), notAfter: new Date('2027-11-01T00:00:00Z') }
const before = await testPerson('anna@example.org', { issuer: root })

function differing(comparison: ReturnType<typeof compareCertificates>): string[] {
  return comparison.rows.filter(({ differs }) => differs).map(({ field, extension }) => extension?.name ?? field)
}

describe('the relation of two certificates', () => {
  const relationTo = async (...person: Parameters<typeof testPerson>) =>
    compareCertificates(before.certificate, (await testPerson(...person)).certificate).relation

  it('is a renewal when addresses and issuer stay, with the old key or a new one', async () => {
    expect(await relationTo('anna@example.org', { issuer: root, keyOf: before }, later)).toBe('renewal-same-key')
    expect(await relationTo('ANNA@example.org', { issuer: root }, later)).toBe('renewal-new-key')
  })

  it('says so when only the addresses are the same, as an impostor would have them', async () => {
    expect(await relationTo('anna@example.org', { issuer: other }, later)).toBe('new-key-and-issuer')
    expect(await relationTo('anna@example.org', { issuer: other, keyOf: before })).toBe('same-key-other-issuer')
  })

  it('is none when no address is shared', async () => {
    expect(await relationTo('jonas@example.org', { issuer: root })).toBe('unrelated')
  })

  it('is a pair when one signs and the other is encrypted to', async () => {
    const signs = await testPerson('anna@example.org', { issuer: root }, { keyUsage: ['digitalSignature'] })
    const reads = await testPerson('anna@example.org', { issuer: root }, { keyUsage: ['keyAgreement'] })
    expect(compareCertificates(signs.certificate, reads.certificate).relation).toBe('pair')
    const readsLater = await testPerson(
      'anna@example.org',
      { issuer: root },
      { keyUsage: ['keyAgreement'], notBefore: new Date('2027-06-01T00:00:00Z'), notAfter: later.notAfter },
    )
    expect(compareCertificates(signs.certificate, readsLater.certificate).relation).toBe('renewal-new-key')
  })

  it('of authorities, which have no address, goes by their name', async () => {
    const again = await testAuthority('Root', {}, later)
    expect(compareCertificates(root.certificate, again.certificate).relation).toBe('renewal-new-key')
    expect(compareCertificates(root.certificate, other.certificate).relation).toBe('unrelated')
  })

  it('is identity for the same bytes, and then nothing differs', () => {
    const comparison = compareCertificates(before.certificate, before.certificate)
    expect(comparison).toMatchObject({ relation: 'identical', sameKey: true, newer: 'neither' })
    expect(differing(comparison)).toEqual([])
  })
})

describe('the rows', () => {
  it('say what changed at a renewal with the old key, and only that', async () => {
    const after = await testPerson('anna@example.org', { issuer: root, keyOf: before }, later)
    const comparison = compareCertificates(before.certificate, after.certificate)
    expect(comparison).toMatchObject({ sameKey: true, newer: 'right' })
    expect(differing(comparison)).toEqual(['notBefore', 'notAfter', 'serial', 'sha256'])
    expect(comparison.rows.find(({ field }) => field === 'notAfter')).toEqual({
      field: 'notAfter',
      differs: true,
      left: [testNotAfter.toISOString()],
      right: [later.notAfter.toISOString()],
    })
  })

  it('show the key as new although its algorithm is the same', async () => {
    const after = await testPerson('anna@example.org', { issuer: root }, later)
    const comparison = compareCertificates(before.certificate, after.certificate)
    expect(comparison.sameKey).toBe(false)
    expect(comparison.rows.find(({ field }) => field === 'key')).toMatchObject({ differs: true })
  })

  it('name an extension that has no row of its own and that only one certificate has', () => {
    const comparison = compareCertificates(root.certificate, before.certificate)
    expect(differing(comparison)).toContain('subjectAltName')
    expect(comparison.rows.find(({ extension }) => extension?.name === 'subjectAltName')).toMatchObject({ left: [] })
  })

  it('stop at 200 values of a field', async () => {
    const emails = Array.from({ length: 1_000 }, (_, index) => `anna${index}@example.org`)
    const crowded = await testPerson('anna0@example.org', { issuer: root }, { emails })
    const { rows } = compareCertificates(crowded.certificate, before.certificate)
    expect(rows.find(({ field }) => field === 'emails')?.left).toHaveLength(200)
  })
})
