import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shownText } from './shownText.ts'

describe('a text from a certificate', () => {
  it.each([
    ['Anna\u202egnp', 'Anna<U+202E>gnp'],
    ['a\0b\u001b', 'a<U+0000>b<U+001B>'],
    ['An\u200bna\u{e0041}', 'An<U+200B>na<U+E0041>'],
    ['a\u2028b\u3164', 'a<U+2028>b<U+3164>'],
    ['pay\u200dpal', 'pay<U+200D>pal'],
  ])('%j is shown as %s', (text, shown) => {
    expect(shownText(text)).toBe(shown)
  })

  it.each(['Jürgen Müller', 'دنا\u200cانا', 'क्\u200dष', 'דנה', '安娜', 'O\u2019Neill 👋'])(
    '%s is shown as it is',
    (text) => {
      expect(shownText(text)).toBe(text)
    },
  )

  it('shows the same when it is shown again, on one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = shownText(text)
        expect(shownText(shown)).toBe(shown)
        expect(shown).not.toMatch(/[\r\n\u2028\u2029\u202a-\u202e]/)
      }),
    )
  })
})
