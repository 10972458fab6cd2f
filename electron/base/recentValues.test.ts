import { expect, it } from 'vitest'
import { createRecentValues } from './recentValues.ts'

it('keeps the values that were made last', () => {
  const values = createRecentValues<number>(2)
  values.set('a', 1)
  values.set('b', 2)
  values.set('c', 3)
  expect(['a', 'b', 'c'].map((name) => values.get(name))).toEqual([undefined, 2, 3])
})
