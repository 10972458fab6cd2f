import { describe, expect, it } from 'vitest'
import type { Identity } from '../../../shared/contract/identities.ts'
import { needsOf } from './needs.ts'

const now = new Date('2026-11-24T12:00:00Z')
const nothing = {
  identities: [],
  enrolments: [],
  contacts: [],
  held: 0,
  accounts: 1,
  renewals: [],
  locked: false,
  backup: 'nothing' as const,
  now,
}

function identity(id: string, notAfter: string, rest: Partial<Identity> = {}): Identity {
  return {
    id,
    certificate: {
      sha256: id,
      subject: 'CN=Anna',
      name: 'Anna',
      emails: ['anna@example.org'],
      issuer: 'CN=CA',
      issuerName: 'CA',
      serial: '01',
      notBefore: '2025-01-01T00:00:00Z',
      notAfter,
    },
    addresses: ['anna@example.org'],
    keyAlgorithm: 'EC P-256',
    canSign: true,
    canEncrypt: true,
    state: 'valid',
    retired: false,
    preferred: true,
    source: 'import',
    createdAt: '2025-01-01T00:00:00Z',
    backedUpAt: '2025-01-02T00:00:00Z',
    ...rest,
  }
}

const kinds = (facts: Parameters<typeof needsOf>[0]) => needsOf(facts).map(({ kind }) => kind)

describe('what needs you', () => {
  it('is a certificate, for whoever has none', () => {
    expect(kinds(nothing)).toEqual(['no-certificate'])
  })

  it('is nothing while a certificate holds and has its backup', () => {
    expect(kinds({ ...nothing, identities: [identity('a', '2028-01-01T00:00:00Z')] })).toEqual([])
  })

  it('names the days that are left, and then the end', () => {
    expect(needsOf({ ...nothing, identities: [identity('a', '2026-12-14T12:00:00Z')] })).toMatchObject([
      { kind: 'expires', days: 20 },
    ])
    expect(kinds({ ...nothing, identities: [identity('a', '2026-11-01T00:00:00Z')] })).toEqual(['expired'])
  })

  describe('where a certificate is renewed by itself', () => {
    const renewal = {
      identityId: 'a',
      way: 'acme' as const,
      byItself: true,
      renewAt: '2026-11-01T00:00:00Z',
      due: true,
    }
    const soon = { ...nothing, identities: [identity('a', '2026-12-14T12:00:00Z')], renewals: [renewal] }

    it('is nothing, until it is so late that it must have come to nothing', () => {
      expect(kinds(soon)).toEqual([])
      expect(needsOf({ ...soon, identities: [identity('a', '2026-11-29T12:00:00Z')] })).toMatchObject([
        { kind: 'expires', days: 5, byAcme: true },
      ])
      expect(kinds({ ...soon, renewals: [{ ...renewal, byItself: false }] })).toEqual(['expires'])
    })

    it('is the lock, while that is closed and no order is under way', () => {
      expect(kinds({ ...soon, locked: true })).toEqual(['renewal-locked'])
      expect(kinds({ ...soon, locked: true, renewals: [{ ...renewal, due: false }] })).toEqual(['expires'])
      expect(kinds({ ...soon, locked: true, renewals: [{ ...renewal, enrolmentId: 'e' }] })).toEqual([])
    })
  })

  it('leaves a certificate in peace that was followed by another', () => {
    const identities = [identity('old', '2026-11-01T00:00:00Z'), identity('new', '2028-01-01T00:00:00Z')]
    expect(kinds({ ...nothing, identities })).toEqual([])
  })

  it('is a revoked certificate, until another serves its address', () => {
    const revoked = identity('old', '2026-12-01T00:00:00Z', { state: 'revoked' })
    expect(kinds({ ...nothing, identities: [revoked] })).toEqual(['revoked'])
    expect(kinds({ ...nothing, identities: [revoked, identity('new', '2028-01-01T00:00:00Z')] })).toEqual([])
    const both = [revoked, identity('new', '2028-01-01T00:00:00Z', { state: 'revoked' })]
    expect(kinds({ ...nothing, identities: both })).toEqual(['revoked', 'revoked'])
    expect(kinds({ ...nothing, identities: [{ ...revoked, retired: true }] })).toEqual(['no-certificate'])
  })

  it('puts mail that could not be handed in first', () => {
    const identities = [identity('a', '2028-01-01T00:00:00Z')]
    expect(kinds({ ...nothing, held: 2, identities, backup: 'make' })).toEqual(['held', 'backup-make'])
  })

  it('asks for a backup, for its rehearsal and for one with the new key, each until it is done', () => {
    const identities = [identity('a', '2028-01-01T00:00:00Z')]
    for (const backup of ['make', 'rehearse', 'renew'] as const) {
      expect(kinds({ ...nothing, identities, backup })).toEqual([`backup-${backup}`])
    }
    expect(kinds({ ...nothing, identities, backup: 'nothing' })).toEqual([])
  })

  it('is never more than five things', () => {
    const identities = Array.from({ length: 9 }, (_, index) =>
      identity(`${index}`, '2026-11-01T00:00:00Z', { addresses: [`${index}@example.org`] }),
    )
    expect(needsOf({ ...nothing, identities })).toHaveLength(5)
  })
})
