import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { parseEntity } from './entity.ts'
import { headerLine } from './headerText.ts'
import { formatParameter, parseParameterized } from './parameters.ts'

describe('parameters', () => {
  it.each([
    ['text/plain; charset="utf-8"; Format=flowed', 'text/plain', { charset: 'utf-8', format: 'flowed' }],
    ['TEXT / HTML ;charset=utf-8 (comment; x=y)', 'text/html', { charset: 'utf-8' }],
    ['a/b; name="semi;colon \\" quote"', 'a/b', { name: 'semi;colon " quote' }],
    ["a/b; name*=iso-8859-1'de'B%E4r.txt", 'a/b', { name: 'Bär.txt' }],
    ["a/b; name*0*=utf-8''B%C3; name*1*=%A4r; name*2=.txt", 'a/b', { name: 'Bär.txt' }],
    ['a/b; name*1=second; name*0=first', 'a/b', { name: 'firstsecond' }],
    ["a/b; name=fallback; name*=utf-8''real", 'a/b', { name: 'real' }],
    ['a/b; boundary=one; boundary=two', 'a/b', { boundary: 'one' }],
    ['a/b; =x; y; ;', 'a/b', {}],
    ['', '', {}],
  ])('%s', (text, value, parameters) => {
    const parsed = parseParameterized(text)
    expect([parsed.value, Object.fromEntries(parsed.parameters)]).toEqual([value, parameters])
  })

  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        const value = text.replace(/[\x00-\x1f\x7f]/g, '')
        const header = headerLine({ name: 'Content-Type', value: `a/b; ${formatParameter('name', value)}` })
        expect(header).toMatch(/^[\x20-\x7e\r\n]+$/)
        const field = expectSuccess(parseEntity(utf8Bytes(`${header}\r\n`)))
        // Spaces at a fold stay, since unfolding removes line ends only.
        expect(field.contentType.parameters.get('name')).toBe(value)
      }),
    )
  })

  it('survive any text', () => {
    fc.assert(fc.property(fc.string(), (text) => parseParameterized(text).parameters.size <= 100))
  })
})
