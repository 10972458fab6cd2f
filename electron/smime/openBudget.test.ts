import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { derExplicit, derInteger, derOctetString, derOid, derSequence } from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { openMessage } from './open.ts'
import { contentBudgetOf } from './openBudget.ts'

function compressed(content: Uint8Array): Uint8Array {
  const inside = derSequence(derOid(oids.data), derExplicit(0, derOctetString(deflateSync(content))))
  const data = derSequence(derInteger(0), derSequence(derOid(oids.zlibCompress)), inside)
  return derSequence(derOid(oids.compressedData), derExplicit(0, data))
}

describe('what may be unpacked', () => {
  it('grows with the mail, so that a small bomb stays small', async () => {
    // 40 MB from 40 kB.
    const bomb = compressed(Buffer.alloc(40_000_000, 'A'))
    expect(bomb.length).toBeLessThan(50_000)
    expect(await openMessage(bomb, { keys: [] })).toEqual({
      ok: false,
      error: { code: 'over-budget', limit: 'content' },
    })
    expect((await openMessage(compressed(Buffer.alloc(10_000_000, 'A')), { keys: [] })).ok).toBe(true)
  })

  it('is enough for a large text that packs well, and has an end', () => {
    expect(contentBudgetOf(6_000_000, false)).toBeGreaterThan(60_000_000)
    expect(contentBudgetOf(1_000_000_000, false)).toBe(402_653_184)
    expect(contentBudgetOf(2_000_000_000, true)).toBe(8 * 2 ** 30)
  })
})
