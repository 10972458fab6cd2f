import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Base64Encoder, base64Chunks } from './base64Encoder.ts'

describe('base64 in lines', () => {
  it('is what the platform writes, cut every 76 characters, whatever the pieces', () => {
    const piece = fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ minLength: 56, maxLength: 58 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.array(piece, { maxLength: 3 }), (first, second) => {
        const encoder = new Base64Encoder()
        const text = Buffer.concat([encoder.update(...first), encoder.update(...second), encoder.end()])
        const expected = Buffer.concat([...first, ...second])
          .toString('base64')
          .replace(/.{1,76}/g, '$&\r\n')
        expect(text.toString('latin1')).toBe(expected)
      }),
    )
  })

  it('spells every value of twelve bits', async () => {
    const bytes = Uint8Array.from({ length: 3 * 4_096 }, (_, index) => {
      const value = Math.floor(index / 3)
      return [value >> 4, ((value & 15) << 4) | (value >> 8), value & 255][index % 3] as number
    })
    const lines: Uint8Array[] = []
    for await (const chunk of base64Chunks([bytes])) lines.push(chunk)
    const text = Buffer.concat(lines).toString('latin1')
    expect(text.replaceAll('\r\n', '')).toBe(Buffer.from(bytes).toString('base64'))
  })

  it('cuts a large piece into blocks that flow', async () => {
    const sizes: number[] = []
    for await (const chunk of base64Chunks([new Uint8Array(1_000_000)])) sizes.push(chunk.length)
    expect(Math.max(...sizes)).toBeLessThan(100_000)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(Math.ceil(1_000_000 / 3) * 4 + 2 * Math.ceil(1_000_000 / 57))
  })
})
