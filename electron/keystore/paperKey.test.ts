import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../base/random.ts'
import { newPaperKey, paperKeyIdOf, readPaperKey } from './paperKey.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const key = newPaperKey(systemRandom)
const characters = [...key.replaceAll('-', '')]
const spelled = (all: readonly string[]) =>
  all.map((character, index) => (index > 0 && index % 5 === 0 ? `-${character}` : character)).join('')

describe('the paper key', () => {
  it('is read as it was printed, in lower case, with spaces, in one piece and with O for 0 and l for 1', () => {
    expect(key).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}$/)
    const zeros = newPaperKey((count) => new Uint8Array(count))
    for (const one of [key, zeros]) {
      const typed = [one, one.toLowerCase(), one.replaceAll('-', '  \n'), one.replaceAll('-', '')]
      typed.push(one.replaceAll('0', 'O').replaceAll('1', 'l'))
      for (const text of typed) expect(readPaperKey(text)).toEqual({ ok: true, value: one })
    }
  })

  it('is another one each time', () => {
    const many = Array.from({ length: 50 }, () => newPaperKey(systemRandom))
    expect(new Set(many).size).toBe(50)
    expect(new Set(many.map(paperKeyIdOf)).size).toBe(50)
  })

  it('locates every single wrong character', () => {
    for (let index = 0; index < characters.length; index++) {
      for (const other of alphabet) {
        if (other === characters[index]) continue
        const typed = spelled(characters.with(index, other))
        const group = String(Math.floor(index / 5) + 1)
        expect(readPaperKey(typed)).toEqual({ ok: false, error: { code: 'paper-key-group', groups: group } })
      }
    }
  })

  it('locates every two characters that were exchanged within a group', () => {
    for (let group = 0; group < 8; group++) {
      for (let left = 0; left < 5; left++) {
        for (let right = left + 1; right < 5; right++) {
          const [first, second] = [group * 5 + left, group * 5 + right]
          if (characters[first] === characters[second]) continue
          const typed = characters.with(first, characters[second] ?? '').with(second, characters[first] ?? '')
          const groups = String(group + 1)
          expect(readPaperKey(spelled(typed))).toEqual({ ok: false, error: { code: 'paper-key-group', groups } })
        }
      }
    }
  })

  it('locates two groups that stand in each other’s place', () => {
    const groups = key.split('-')
    for (let left = 0; left < 8; left++) {
      for (let right = left + 1; right < 8; right++) {
        const typed = groups.with(left, groups[right] ?? '').with(right, groups[left] ?? '')
        const wrong = `${left + 1}, ${right + 1}`
        expect(readPaperKey(typed.join('-'))).toEqual({ ok: false, error: { code: 'paper-key-group', groups: wrong } })
      }
    }
  })

  it('locates a character that was left out, and says how many groups there are where some are missing', () => {
    const groups = key.split('-')
    const short = groups.with(2, (groups[2] ?? '').slice(1)).join('-')
    expect(readPaperKey(short)).toEqual({ ok: false, error: { code: 'paper-key-group', groups: '3' } })
    expect(readPaperKey(groups.slice(0, 6).join('-'))).toEqual({
      ok: false,
      error: { code: 'paper-key-length', found: 6, expected: 8 },
    })
    expect(readPaperKey('')).toMatchObject({ error: { code: 'paper-key-length', found: 0 } })
  })

  it('notices what passes every group: a group of another key', () => {
    let passed = 0
    for (let round = 0; round < 200; round++) {
      const [mine, theirs] = [newPaperKey(systemRandom).split('-'), newPaperKey(systemRandom).split('-')]
      const read = readPaperKey(mine.with(3, theirs[3] ?? '').join('-'))
      if (read.ok) passed++
      else expect(read.error.code).toBe('paper-key-whole')
    }
    expect(passed).toBe(0)
  })

  it('answers to any text without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(typeof readPaperKey(text).ok).toBe('boolean')
      }),
    )
  })
})
