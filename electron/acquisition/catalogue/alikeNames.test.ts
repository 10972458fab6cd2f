import { describe, expect, it } from 'vitest'
import { isAlike } from './alikeNames.ts'
import { catalogue } from './catalogue.ts'

describe('a name', () => {
  it.each([
    ['castle ', 'CASTLE'],
    ['ＣＡＳＴＬＥ', 'CASTLE'],
    ['CАSTLE', 'CASTLE'],
    ['CASΤLΕ', 'CASTLE'],
    ['C A S T L E', 'CASTLE'],
    ['CA\u200bST\u202eLE', 'CASTLE'],
    ['CA\u0335STLE', 'CASTLE'],
    ['ActaIis', 'Actalis'],
    ['HAR1CA', 'HARICA'],
    ['SSL com', 'SSL.com'],
    ['DіgiСert', 'DigiCert'],
  ])('%j could be taken for %s', (one, other) => {
    expect(isAlike(one, other)).toBe(true)
    expect(isAlike(other, one)).toBe(true)
  })

  it.each([
    ['CASTLE at work', 'CASTLE'],
    ['Company CA', 'Company CA 2'],
    ['Центр', 'Centr'],
    ['★', '☆'],
    ['', 'CASTLE'],
  ])('%j could not be taken for %s', (one, other) => {
    expect(isAlike(one, other)).toBe(false)
  })

  it('of the catalogue is alike to no other one there', () => {
    for (const { id, name } of catalogue) {
      expect(catalogue.filter((other) => isAlike(other.name, name)).map((other) => other.id)).toEqual([id])
    }
  })
})
