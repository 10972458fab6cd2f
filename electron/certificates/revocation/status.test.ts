import { describe, expect, it } from 'vitest'
import { allPhrases, hasPhrase, languages, phrase } from '../../../shared/words/words.ts'
import type { RevocationGapFacts } from './sources.ts'
import { combinedStatus, type Revocation, type RevocationStatus, revocationReasons, revokedAt } from './status.ts'

const signing = new Date('2026-06-01T12:00:00Z')
const before = new Date('2026-05-01T00:00:00Z')
const after = new Date('2026-07-01T00:00:00Z')

function revoked(fields: Partial<Revocation> = {}): Revocation {
  return { state: 'revoked', source: 'crl', revokedAt: before, reason: 'superseded', ...fields }
}

describe('a revocation (RFC 5280 §5.3.2)', () => {
  it('holds from its date on, that moment included', () => {
    expect(revokedAt(revoked({ revokedAt: before }), signing)).toBe(true)
    expect(revokedAt(revoked({ revokedAt: signing }), signing)).toBe(true)
  })

  it('that came later leaves what was signed before as it is', () => {
    expect(revokedAt(revoked({ revokedAt: after }), signing)).toBe(false)
    expect(revokedAt(revoked({ revokedAt: after, reason: 'unspecified' }), signing)).toBe(false)
  })

  it('because the key was lost holds at any time: the thief writes the time of signing', () => {
    for (const reason of ['keyCompromise', 'cACompromise'] as const) {
      expect(revokedAt(revoked({ revokedAt: after, reason }), signing)).toBe(true)
      expect(revokedAt(revoked({ revokedAt: after, reason, invalidityDate: after }), signing)).toBe(true)
    }
  })

  it('that is dated back holds from that date on', () => {
    expect(revokedAt(revoked({ revokedAt: after, invalidityDate: before }), signing)).toBe(true)
    expect(revokedAt(revoked({ revokedAt: after, invalidityDate: after }), signing)).toBe(false)
  })
})

describe('several sources', () => {
  const good = (thisUpdate: Date, source: 'crl' | 'ocsp' = 'crl'): RevocationStatus => ({
    state: 'good',
    source,
    thisUpdate,
  })

  it('are revoked where one of them says so', () => {
    expect(combinedStatus([good(after), revoked()], signing)).toEqual(revoked())
  })

  it('that both say revoked are told by the one that holds at the time', () => {
    const holds = revoked({ source: 'ocsp' })
    expect(combinedStatus([revoked({ revokedAt: after }), holds], signing)).toEqual(holds)
  })

  it('that are good are told by the newest', () => {
    expect(combinedStatus([good(before), good(after, 'ocsp')], signing)).toEqual(good(after, 'ocsp'))
  })

  it('that know nothing are told by the gap that says most', () => {
    const gaps = ['not-at-hand', 'outdated', 'not-trusted'] as const
    const statuses = gaps.map((why): RevocationStatus => ({ state: 'unknown', why }))
    expect(combinedStatus(statuses, signing)).toEqual({ state: 'unknown', why: 'outdated' })
    expect(combinedStatus([good(before), ...statuses], signing)).toEqual(good(before))
    expect(combinedStatus([], signing)).toEqual({ state: 'unknown', why: 'no-source' })
  })
})

describe('the words', () => {
  it('say every reason and every gap, inside their sentences', () => {
    const gaps: Readonly<Record<RevocationGapFacts['why'] | 'chain-not-valid', true>> = {
      'no-source': true,
      'not-at-hand': true,
      outdated: true,
      'not-trusted': true,
      partial: true,
      'responder-unknown': true,
      off: true,
      'ocsp-off': true,
      offline: true,
      'unsupported-address': true,
      'not-yet': true,
      'too-many': true,
      unreachable: true,
      'too-slow': true,
      'too-large': true,
      redirected: true,
      refused: true,
      unreadable: true,
      'address-not-allowed': true,
      cancelled: true,
      // Where a mail's report says why nobody was asked.
      'chain-not-valid': true,
    }
    const keys = [
      ...revocationReasons.filter((reason) => reason !== undefined).map((reason) => `revocationReasons.${reason}`),
      ...Object.keys(gaps).map((gap) => `revocationGaps.${gap}`),
    ]
    expect(languages.flatMap((language) => keys.filter((key) => !hasPhrase(language, key)))).toEqual([])
    const written = [...allPhrases('en').keys()].filter((key) => key.startsWith('revocationGaps.'))
    expect(written.filter((key) => !keys.includes(key))).toEqual([])
    const revocation = { revokedAt: '2026-05-01T00:00:00Z', reason: 'keyCompromise' }
    expect(phrase('en', 'reasons.revoked', revocation)).toContain(phrase('en', 'revocationReasons.keyCompromise'))
    expect(phrase('de', 'reasons.revocation-unknown', { why: 'outdated' })).toContain(
      phrase('de', 'revocationGaps.outdated'),
    )
  })
})
