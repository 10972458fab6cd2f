import { describe, expect, it } from 'vitest'
import type { ContactCertificate } from '../../../shared/contract/contacts.ts'
import { latestChange } from './latestChange.ts'

const now = new Date('2026-11-24T12:00:00Z')

function entry(sha256: string, firstSeen: string, rest: Partial<ContactCertificate> = {}, issuer = 'CN=CA') {
  return {
    certificate: { sha256, emails: ['bob@example.org'], issuer },
    canEncrypt: true,
    state: 'valid',
    firstSeen,
    ...rest,
  } as ContactCertificate
}

const old = entry('old', '2026-01-01T00:00:00Z')

describe("a change of a contact's certificate", () => {
  it('is worth a look for a month', () => {
    expect(latestChange([old, entry('new', '2026-11-20T00:00:00Z')], now)).toMatchObject({
      before: { certificate: { sha256: 'old' } },
      after: { certificate: { sha256: 'new' } },
    })
    expect(latestChange([old, entry('new', '2026-09-01T00:00:00Z')], now)).toBeUndefined()
    expect(latestChange([old], now)).toBeUndefined()
  })

  it('is none where one issuer gave one for signing and one for encryption', () => {
    expect(latestChange([old, entry('sign', '2026-11-20T00:00:00Z', { canEncrypt: false })], now)).toBeUndefined()
  })

  it("is one where another issuer's, or one that nobody vouches for, joins", () => {
    const other = entry('eve', '2026-11-20T00:00:00Z', { canEncrypt: false }, 'CN=Eve')
    const same = entry('eve', '2026-11-20T00:00:00Z', { canEncrypt: false, state: 'unknown-issuer' })
    expect(latestChange([old, other], now)).toBeDefined()
    expect(latestChange([old, same], now)).toBeDefined()
  })
})
