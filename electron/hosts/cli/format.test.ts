import { expect, it } from 'vitest'
import { table } from './format.ts'

it('columns stand under each other whatever the letters: wide ones take two places, accents of their own none', () => {
  expect(
    table([
      ['漢字@example.org', 'x'],
      ['e\u0301va@example.org', 'x'],
      ['anna.berger@example.org', 'x'],
    ]),
  ).toEqual(['漢字@example.org         x', 'e\u0301va@example.org          x', 'anna.berger@example.org  x'])
})
