import { describe, expect, it } from 'vitest'
import { claimedName, linkName } from './signerNames.ts'

const link = (name: string, emails: string[] = []) => ({
  sha256: name,
  subject: name,
  name,
  emails,
  issuer: 'CA',
  issuerName: 'CA',
  serial: '01',
  notBefore: '2026-01-01T00:00:00Z',
  notAfter: '2027-01-01T00:00:00Z',
  anchor: false,
})

describe('the names in the chain of a signer', () => {
  const emails = ['eve@evil.example']
  const chain = [link('Your Bank', emails), link('CA')]

  it('are the address for the signer, and what their issuers call themselves for the others', () => {
    expect([0, 1].map((position) => linkName({ chain, emails }, position))).toEqual(['eve@evil.example', 'CA'])
    expect(linkName({ chain: [link('Nobody')], emails: [] }, 0)).toBe('Nobody')
  })

  it('have one that the certificate claims, unless it is the address again', () => {
    expect(claimedName({ chain, emails })).toBe('Your Bank')
    expect(claimedName({ chain: [link('eve@evil.example', emails)], emails })).toBeUndefined()
    expect(claimedName({ chain: [], emails })).toBeUndefined()
  })
})
