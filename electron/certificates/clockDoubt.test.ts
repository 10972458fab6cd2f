import { describe, expect, it } from 'vitest'
import { allPhrases, languages, phrase } from '../../shared/words/words.ts'
import { type ClockEvidence, clockDoubt, type MomentSource } from './clockDoubt.ts'

const known = (source: MomentSource, at: string) => ({ source, at: new Date(at) })
const doubt = (now: string, evidence: ClockEvidence) => clockDoubt(new Date(now), evidence)

const past = [known('root-list', '2026-03-01T00:00:00Z'), known('trust-anchor', '2026-01-15T00:00:00Z')]

describe('a clock', () => {
  it('that shows a time before the list of roots was made is behind', () => {
    expect(doubt('1970-01-01T00:00:10Z', { past })).toEqual({
      code: 'clock-behind',
      data: { now: '1970-01-01T00:00:10.000Z', known: '2026-03-01T00:00:00.000Z', source: 'root-list' },
    })
  })

  it('is measured by the latest of what has passed', () => {
    const evidence = { past: [...past, known('revocation-list', '2026-05-01T00:00:00Z')] }
    expect(doubt('2026-04-01T00:00:00Z', evidence)?.data.source).toBe('revocation-list')
    expect(doubt('2026-04-01T00:00:00Z', { past })).toBeUndefined()
  })

  it('may be a day off, and may be anything after what has passed', () => {
    expect(doubt('2026-02-28T00:00:00Z', { past })).toBeUndefined()
    expect(doubt('2026-02-27T23:59:59Z', { past })?.code).toBe('clock-behind')
    expect(doubt('2076-01-01T00:00:00Z', { past })).toBeUndefined()
  })

  it('that is later than a server just said is ahead, or behind where it is earlier', () => {
    const present = [known('server-answer', '2026-06-01T00:00:00Z')]
    expect(doubt('2031-06-01T00:00:00Z', { past, present })).toMatchObject({
      code: 'clock-ahead',
      data: { source: 'server-answer', known: '2026-06-01T00:00:00.000Z' },
    })
    expect(doubt('2026-05-01T00:00:00Z', { past, present })?.code).toBe('clock-behind')
    expect(doubt('2026-06-01T20:00:00Z', { past, present })).toBeUndefined()
  })

  it('is not doubted by a server whose own clock is behind, nor by what waited in a cache', () => {
    expect(
      doubt('2026-06-01T00:00:00Z', { past, present: [known('server-answer', '2019-01-01T00:00:00Z')] }),
    ).toBeUndefined()
    const present = [known('server-answer', '2026-05-01T00:00:00Z'), known('server-answer', '2026-06-01T00:00:00Z')]
    expect(doubt('2026-06-01T10:00:00Z', { past, present })).toBeUndefined()
  })

  it('is not doubted without evidence', () => {
    expect(doubt('1970-01-01T00:00:00Z', { past: [] })).toBeUndefined()
    expect(doubt('1970-01-01T00:00:00Z', { past: [{ source: 'root-list', at: new Date(Number.NaN) }] })).toBeUndefined()
  })

  it('has words for each doubt and each source', () => {
    const sources: MomentSource[] = ['root-list', 'revocation-list', 'trust-anchor', 'server-answer']
    for (const language of languages) {
      for (const source of sources) expect(allPhrases(language).has(`terms.${source}`)).toBe(true)
      for (const code of ['clock-behind', 'clock-ahead']) {
        const data = { now: '2031-06-01T00:00:00Z', known: '2026-06-01T00:00:00Z', source: 'root-list' }
        expect(phrase(language, `findings.${code}`, data)).toMatch(/2031.*2026/)
      }
    }
  })
})
