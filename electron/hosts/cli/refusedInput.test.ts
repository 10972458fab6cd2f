import { describe, expect, it } from 'vitest'
import { authorityContract } from '../../../shared/contract/authority.ts'
import { languages, phrase } from '../../../shared/words/words.ts'
import { refusedInputText } from './refusedInput.ts'

/** What is said of an input that the contract refuses. */
function saidOf(input: Readonly<Record<string, unknown>>, language: (typeof languages)[number] = 'en'): string {
  const schema = authorityContract.create['~orpc'].inputSchema
  const complete = { name: 'Family', permitted: [], years: 10, keyType: 'ec-p256', ...input }
  const error = schema?.safeParse(complete).error
  return refusedInputText((key, data) => phrase(language, key, data ?? {}), error)
}

describe('an input that the contract refuses', () => {
  it('is named with what is wrong with it', () => {
    expect(saidOf({ years: 0 })).toBe("This can't be used: years (1 at least).")
    expect(saidOf({ years: 21 })).toBe("This can't be used: years (20 at most).")
    expect(saidOf({ name: 'Fam\u0007ily' })).toContain('name (one line, without control characters)')
    expect(saidOf({ name: '' })).toContain('name (empty)')
    expect(saidOf({ name: 'x'.repeat(65), permitted: ['x'.repeat(256)] })).toContain(
      'name (at most 64 characters), permitted.0 (at most 255 characters)',
    )
  })

  it('is named at least where nothing more can be said', () => {
    expect(saidOf({ keyType: 'dsa' })).toBe("This can't be used: keyType.")
  })

  it.each(languages)('is spoken of in the language of the terminal: %s', (language) => {
    for (const input of [{ years: 0 }, { years: 21 }, { name: '' }, { name: '\n' }, { name: 'x'.repeat(65) }])
      expect(saidOf(input, language)).toMatch(/\((?!cli)[^)]+\)\.$/)
  })
})
