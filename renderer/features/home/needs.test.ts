import { describe, expect, it } from 'vitest'
import type { Contact, ContactCertificate } from '../../../shared/contract/contacts.ts'
import type { Enrolment } from '../../../shared/contract/enrolment.ts'
import type { Identity } from '../../../shared/contract/identities.ts'
import { needsOf } from './needs.ts'

const now = new Date('2026-11-24T12:00:00Z')
const nothing = {
  identities: [],
  enrolments: [],
  requests: [],
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

function contact(...certificates: readonly Partial<ContactCertificate>[]): Contact {
  return {
    id: 'c',
    name: 'Jonas',
    addresses: ['jonas@example.org'],
    notes: '',
    certificates: certificates.map((rest) => ({
      certificate: { ...identity('x', '2027-06-01T00:00:00Z').certificate, emails: ['jonas@example.org'] },
      keyAlgorithm: 'EC P-256',
      evidence: [],
      firstSeen: '2026-01-01T00:00:00Z',
      lastSeen: '2026-01-01T00:00:00Z',
      state: 'valid',
      canEncrypt: true,
      used: false,
      ...rest,
    })),
    canReadSealed: false,
    createdAt: '2026-01-01T00:00:00Z',
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
    const lost = { ...revoked, keyCompromised: true }
    expect(kinds({ ...nothing, identities: [lost] })).toEqual(['key-compromised'])
    const both = [revoked, identity('new', '2028-01-01T00:00:00Z', { state: 'revoked' })]
    expect(kinds({ ...nothing, identities: both })).toEqual(['revoked', 'revoked'])
    expect(kinds({ ...nothing, identities: [{ ...revoked, retired: true }] })).toEqual(['no-certificate'])
  })

  it('is a revoked certificate also where the one that serves its address ends earlier than it would have', () => {
    const revoked = identity('old', '2028-01-01T00:00:00Z', { state: 'revoked' })
    expect(kinds({ ...nothing, identities: [revoked, identity('new', '2027-09-01T00:00:00Z')] })).toEqual([])
  })

  it('is a certificate that ends soon, while only half of its work or one of its addresses was taken over', () => {
    const soon = identity('old', '2026-12-01T00:00:00Z', { addresses: ['anna@example.org', 'post@example.org'] })
    const later = (id: string, rest: Partial<Identity>) =>
      identity(id, '2028-01-01T00:00:00Z', { addresses: soon.addresses, ...rest })
    const signs = later('signs', { canEncrypt: false })
    const opens = later('opens', { canSign: false })
    expect(kinds({ ...nothing, identities: [soon, signs] })).toEqual(['expires'])
    expect(kinds({ ...nothing, identities: [soon, signs, opens] })).toEqual([])
    expect(kinds({ ...nothing, identities: [soon, later('one', { addresses: ['anna@example.org'] })] })).toEqual([
      'expires',
    ])
  })

  it('is a certificate that ends soon, while what follows it counts less or begins too late', () => {
    const soon = identity('old', '2026-12-01T00:00:00Z')
    const next = (rest: Partial<Identity>) => ({
      ...nothing,
      identities: [soon, identity('next', '2028-01-01T00:00:00Z', rest)],
    })
    const foreign = { ...identity('next', '2028-01-01T00:00:00Z').certificate, issuer: 'CN=Anna' }
    expect(kinds(next({ state: 'unknown-issuer', certificate: foreign }))).toEqual(['expires'])
    const dated = (notBefore: string) => ({
      state: 'not-yet-valid' as const,
      certificate: { ...identity('next', '2028-01-01T00:00:00Z').certificate, notBefore },
    })
    expect(kinds(next(dated('2026-12-05T00:00:00Z')))).toEqual(['expires'])
    expect(kinds(next(dated('2026-11-30T00:00:00Z')))).toEqual([])
  })

  it('leaves a self-made certificate in peace that ended and was followed by another', () => {
    const identities = [
      identity('old', '2026-11-01T00:00:00Z', { state: 'expired' }),
      identity('new', '2028-01-01T00:00:00Z', { state: 'unknown-issuer' }),
    ]
    expect(kinds({ ...nothing, identities })).toEqual([])
  })

  it('is an order that stopped, and none that the CA is at work on', () => {
    const order = {
      id: 'e',
      name: 'Anna',
      address: 'anna@example.org',
      caName: 'CA',
      step: 'finalize',
      state: 'paused',
      createdAt: '2026-11-24T00:00:00Z',
      updatedAt: '2026-11-24T00:00:00Z',
    } as Enrolment
    expect(kinds({ ...nothing, enrolments: [order] })).toEqual(['enrolment'])
    const failed = (code: 'ca-refused' | 'order-processing'): Enrolment => ({
      ...order,
      state: 'failed',
      failure: { code, data: {} },
    })
    expect(kinds({ ...nothing, enrolments: [failed('ca-refused')] })).toEqual(['enrolment'])
    expect(kinds({ ...nothing, enrolments: [failed('order-processing')] })).toEqual([])
  })

  it('is a request whose answer has to be brought, told once for two that belong together', () => {
    const request = { pairId: 'p', address: 'anna@example.org', state: 'waiting' as const }
    expect(kinds({ ...nothing, requests: [request, request] })).toEqual(['request'])
    expect(kinds({ ...nothing, requests: [{ ...request, state: 'cancelled' }] })).toEqual(['no-certificate'])
  })

  describe('of a contact whose certificate was revoked', () => {
    const mine = { ...nothing, identities: [identity('a', '2028-01-01T00:00:00Z')] }

    it('is that, until another one does its work or it would have ended', () => {
      expect(kinds({ ...mine, contacts: [contact({ state: 'revoked' })] })).toEqual(['contact-revoked'])
      expect(kinds({ ...mine, contacts: [contact({ state: 'revoked' }, {})] })).toEqual([])
      const ended = { ...identity('x', '2026-10-01T00:00:00Z').certificate, emails: ['jonas@example.org'] }
      expect(kinds({ ...mine, contacts: [contact({ state: 'revoked', certificate: ended })] })).toEqual([])
    })

    it('is that, while the other one only signs', () => {
      const contacts = [contact({ state: 'revoked' }, { canEncrypt: false })]
      expect(kinds({ ...mine, contacts })).toEqual(['contact-revoked'])
      expect(kinds({ ...mine, contacts: [contact({ state: 'revoked', canEncrypt: false }, {})] })).toEqual([])
    })
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
