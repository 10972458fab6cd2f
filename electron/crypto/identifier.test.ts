import { expect, it } from 'vitest'
import { randomId } from './identifier.ts'

it('an identifier begins with a letter, whatever the bits', () => {
  for (let first = 0; first < 256; first++) {
    const id = randomId((byteCount) => new Uint8Array(byteCount).fill(255).fill(first, 0, 1))
    expect(id).toMatch(/^[A-Za-f][\w-]{21}$/)
  }
})
