import { expect, it } from 'vitest'
import { systemRandom } from '../base/random.ts'
import { suggestedPassword } from './suggestedPassword.ts'

it('a suggested password is five groups of characters that nobody confuses, another one each time', () => {
  const made = new Set(Array.from({ length: 200 }, () => suggestedPassword(systemRandom)))
  expect(made.size).toBe(200)
  for (const password of made) expect(password).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){4}[0-9a-hjkmnp-tv-z]{4}$/)
})

it('a suggested password uses five bits of each random byte', () => {
  expect(suggestedPassword((length) => Uint8Array.from({ length }, (_, index) => index + 224))).toBe(
    '0123-4567-89ab-cdef-ghjk',
  )
})
