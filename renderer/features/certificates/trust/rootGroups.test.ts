import { describe, expect, it } from 'vitest'
import type { TrustedRoot } from '../../../../shared/contract/trust.ts'
import { rootGroups } from './rootGroups.ts'

const root = (name: string, sources: TrustedRoot['sources'], more: Partial<TrustedRoot> = {}): TrustedRoot => ({
  certificate: {
    sha256: `${name.length}abc`,
    subject: `CN=${name},O=Harbour Ltd`,
    name,
    emails: [],
    issuer: name,
    issuerName: name,
    serial: '01',
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2027-01-01T00:00:00Z',
  },
  sources,
  note: '',
  domains: [],
  ...more,
})
const roots = [
  root('Zebra', ['mozilla']),
  root('Mole', ['mozilla', 'system']),
  root('Heron', ['mozilla', 'own'], { note: 'from the printed letter', domains: ['.harbour.example'] }),
]
const shown = (search: string) => rootGroups(roots, search).map(({ source, roots: found }) => [source, found.length])

describe('the list of roots', () => {
  it('has each root once, the own ones first', () => {
    expect(shown('')).toEqual([
      ['own', 1],
      ['mozilla', 2],
    ])
  })

  it('is searched by every word, in names, notes and domains', () => {
    expect(shown('harbour mole')).toEqual([['mozilla', 1]])
    expect(shown('PRINTED')).toEqual([['own', 1]])
    expect(shown('.harbour.example')).toEqual([['own', 1]])
    expect(shown('mole zebra')).toEqual([])
  })
})
