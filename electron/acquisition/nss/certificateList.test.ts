import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { certificateUris, listedIn, ownNicknamesIn } from './certificateList.ts'

const line = (nickname: string, trust: string) => `${nickname.padEnd(60)} ${trust}\n`
const list = (...lines: readonly string[]) =>
  `\n${line('Certificate Nickname', 'Trust Attributes')}${line('', 'SSL,S/MIME,JAR/XPI')}\n${lines.join('')}`

describe("certutil's list", () => {
  it('names the certificates whose key is there, each by its line', () => {
    const text = list(line('Anna', 'u,u,u'), line('Root: of tests', ',C,'), line('Ben Example', 'Cu,u,u'))
    expect(listedIn(text).map(({ trust }) => trust)).toEqual(['u,u,u', ',C,', 'Cu,u,u'])
    const [anna, ben, ...others] = ownNicknamesIn(text)
    expect([anna?.[0], ben?.[0]]).toEqual(['Anna', 'Ben Example'])
    expect(others).toEqual([])
  })

  it('names one by several lines, also where the first of them looks like another certificate', () => {
    const [first] = ownNicknamesIn(list(line('Anna\nsecond line', 'u,u,u')))
    expect(first?.[0]).toBe('Anna\nsecond line')
    const [, second] = ownNicknamesIn(list(line('A   u,u,u\nB', 'u,u,u')))
    expect(second).toContain('A   u,u,u\nB')
    expect(second?.[0]).toBe('B')
  })

  it('may hide blanks at the end of a nickname, or nothing else', () => {
    expect(ownNicknamesIn(list(line('Ben  ', 'u,u,u')))[0]).toEqual(['Ben', 'Ben ', 'Ben  '])
    expect(ownNicknamesIn(list(line(' ', 'u,u,u')))[0]).toEqual([' ', '  '])
  })

  it('of any nickname between others has it among the few that it may be', () => {
    const nickname = fc.string({ unit: fc.constantFrom('a', ' ', ',', 'u', '\n', '\r', '\t', ':', 'ü') })
    fc.assert(
      fc.property(nickname, (name) => {
        const text = list(line('Anna', 'u,u,u'), line(`.${name}.`, 'u,u,u'), line('Ben', ',,'))
        const found = ownNicknamesIn(text)
        const isShort = name.split('\n').length <= 6
        expect(found.some((names) => names.includes(`.${name}.`))).toBe(isShort)
        expect(Math.max(...found.map((names) => names.length))).toBeLessThanOrEqual(18)
      }),
    )
  })

  it('of any text is read without an exception', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void ownNicknamesIn(text)))
  })
})

describe('the URI of a certificate', () => {
  it('names any nickname by letters that no tool reads otherwise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (nickname) => {
        for (const uri of certificateUris(nickname))
          expect(uri).toMatch(/^pkcs11:(token=[%0-9a-f]*;)?object=[%0-9a-f]*;type=cert$/)
      }),
    )
  })

  it('is looked for first in the token that the list puts before a colon', () => {
    expect(certificateUris('T:a:b')).toEqual([
      'pkcs11:token=%54;object=%61%3a%62;type=cert',
      'pkcs11:object=%54%3a%61%3a%62;type=cert',
    ])
    expect(certificateUris(':a')).toHaveLength(1)
  })
})
