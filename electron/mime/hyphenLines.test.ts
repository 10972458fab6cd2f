import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Bytes } from '../base/bytes.ts'
import type { SeekableBytes } from '../base/seekableBytes.ts'
import { type Entity, parseEntity, parseSource } from './entity.ts'
import { firstFrom, startHyphenLines } from './hyphenLines.ts'

const unit = fc.constantFrom(
  '\n',
  '-',
  '--',
  '\n--',
  'a',
  '\r\n',
  '--ab',
  '--ab--',
  'Content-Type: multipart/mixed; boundary=ab\n\n',
)

describe('lines that begin with hyphens', () => {
  it('are found across pieces of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit, maxLength: 6 }), { maxLength: 8 }), (pieces) => {
        const finder = startHyphenLines()
        for (const piece of pieces) finder.add(utf8Bytes(piece))
        const text = pieces.join('')
        const expected = [...text.matchAll(/(?<=\n)(?=--)/g)].map(({ index }) => index)
        expect(finder.end()).toEqual(expected)
        for (const least of [0, 3, 10]) {
          expect(firstFrom(expected, least)).toBe(expected.filter((offset) => offset < least).length)
        }
      }),
    )
  })

  it('are given up where there are too many', () => {
    const finder = startHyphenLines()
    finder.add(utf8Bytes('\n--'.repeat(20_001)))
    expect(finder.end()).toBeUndefined()
  })

  it('lead to the same parts as a search, read in windows or whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 60 }), async (rest) => {
        const bytes = utf8Bytes(`Content-Type: multipart/mixed; boundary=ab\n\n${rest}`)
        const finder = startHyphenLines()
        finder.add(bytes)
        const read = async (start: number, end: number) => bytes.slice(start, end)
        const whole = parseEntity(bytes)
        const hyphenLines = finder.end()
        const sources: SeekableBytes[] = [
          { size: bytes.length, read },
          { size: bytes.length, read, ...(hyphenLines ? { hyphenLines } : {}) },
        ]
        for (const source of sources) {
          const parsed = await parseSource(source)
          expect(parsed.ok && shape(parsed.value)).toEqual(whole.ok && shape(whole.value))
        }
      }),
      { numRuns: 500 },
    )
  })
})

function shape({ start, bodyStart, end, children, oddities, headers }: Entity): unknown {
  return { start, bodyStart, end, oddities, names: headers.map(({ name }) => name), children: children.map(shape) }
}
