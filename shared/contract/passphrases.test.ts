import { expect, it } from 'vitest'
import { missingCharacters, weaknessOf } from './passphrases.ts'

it('a passphrase for what leaves the computer is longer than one for what stays on it', () => {
  expect(weaknessOf('vault', 'sieben7')).toBe('too-short')
  expect(weaknessOf('vault', 'Reiher 8')).toBeUndefined()
  for (const purpose of ['backup', 'file'] as const) {
    expect(weaknessOf(purpose, 'vierzehn sind ')).toBe('too-short')
    expect(weaknessOf(purpose, 'fünfzehn sind’s')).toBeUndefined()
  }
})

it('counts what a person sees as one character as one, however it is encoded', () => {
  // Seven letters with their dots apart, and seven signs of two UTF-16 units each.
  for (const seven of ['äöüÄÖÜé'.normalize('NFD'), '🦢🦆🦉🐦🐧🦅🦜']) {
    expect(weaknessOf('vault', seven)).toBe('too-short')
    expect(missingCharacters('vault', seven)).toBe(1)
  }
  expect(missingCharacters('vault', 'long enough')).toBe(0)
})

it('is no row of the same few characters', () => {
  for (const simple of ['a'.repeat(40), '12'.repeat(10), 'abcdabcdabcdabcd']) {
    expect(weaknessOf('backup', simple)).toBe('too-simple')
  }
})
