import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { preparedString } from './stringPrep.ts'

const same = (left: string, right: string) => expect(preparedString(left)).toBe(preparedString(right))

describe('a value that is compared (RFC 4518)', () => {
  it.each([
    ['soft hyphen', 'An\u00adna'],
    ['Mongolian soft hyphen', 'An\u1806na'],
    ['grapheme joiner', 'An\u034fna'],
    ['variation selectors', 'An\u180b\ufe0fna'],
    ['object replacement character', 'An\ufffcna'],
    ['zero width space and joiners', 'An\u200b\u200c\u200dna'],
    ['marks of direction', '\u202eAn\u2067na\u2069'],
    ['control characters', 'An\u0000\u001b\u007f\u0090na'],
    ['tags', 'An\u{e0041}na'],
  ])('loses %s (§2.2)', (_, text) => {
    same(text, 'anna')
  })

  it.each(['\t', '\r\n', '\u000b', '\u0085', '\u00a0', '\u1680', '\u2003', '\u2028', '\u2029', '\u202f', '\u3000'])(
    'takes the separator %j for a blank (§2.2)',
    (separator) => {
      same(`Anna${separator}Berger`, 'anna berger')
    },
  )

  it.each([
    ['ANNA', 'anna'],
    ['STRASSE', 'straße'],
    ['GROẞ', 'gross'],
    ['ΟΔΥΣΣΕΎΣ', 'οδυσσεύς'],
    ['İstanbul', 'i\u0307stanbul'],
    ['Ǆ', 'ǆ'],
    ['Мир', 'МИР'],
    ['𝐀nna', 'anna'],
  ])('folds case: %s is %s (§2.2, RFC 3454 table B.2)', (left, right) => {
    same(left, right)
  })

  it('keeps a dotless i apart from an i', () => {
    expect(preparedString('ıspanak')).not.toBe(preparedString('ispanak'))
  })

  it.each([
    ['Ａｎｎａ', 'Anna'],
    ['ﬁnn', 'finn'],
    ['Mu\u0308ller', 'Müller'],
    ['\u212bngstrom', '\u00e5ngstrom'],
    ['５', '5'],
  ])('is normalized by compatibility: %s is %s (§2.3)', (left, right) => {
    same(left, right)
  })

  it.each([
    ['unassigned', '\u0378'],
    ['private', '\ue000'],
    ['no character', '\ufffe'],
    ['half of a pair', '\ud800'],
    ['the replacement of something unreadable', '\ufffd'],
  ])('equals nothing when it holds a character that is %s (§2.4)', (_, character) => {
    expect(preparedString(`Anna${character}`)).toBeUndefined()
  })

  it('is not turned around by the direction of its letters (§2.5)', () => {
    expect(preparedString('דנה anna')).toBe('דנה anna')
  })

  it('has no blanks at its ends and one between its words (§2.6.1)', () => {
    same('  Anna \u3000  Berger ', 'anna berger')
    expect(preparedString('   ')).toBe('')
    expect(preparedString(' \u2003 ')).toBe('')
  })

  it('keeps the blank under a combining mark (§2.6.1)', () => {
    expect(preparedString('a \u0301b')).not.toBe(preparedString('a\u0301b'))
    expect(preparedString(' \u0301b')).toBe(' \u0301b')
  })

  it('stays as it is when it is prepared again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const once = preparedString(text)
        if (once !== undefined) expect(preparedString(once)).toBe(once)
      }),
      { numRuns: 2_000 },
    )
  })
})
