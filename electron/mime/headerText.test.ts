import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { parseEntity } from './entity.ts'
import { headerLine, messageIdsText, unstructuredText } from './headerText.ts'

describe('header fields', () => {
  it('are folded to short lines and unfold to what they were', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 60 }), (text) => {
        const line = headerLine({ name: 'Subject', value: unstructuredText(text) })
        for (const each of line.split('\r\n')) expect(each.length).toBeLessThanOrEqual(78)
        expect(expectSuccess(parseEntity(utf8Bytes(`${line}\r\n`))).headers[0]?.text).toBe(text)
      }),
    )
    const endless = headerLine({ name: 'Subject', value: unstructuredText('x'.repeat(2_000)) })
    expect(Math.max(...endless.split('\r\n').map((each) => each.length))).toBeLessThan(100)
  })

  it('can not be broken out of', () => {
    for (const value of ['a\r\nBcc: b', 'a\nb', 'a\0b', 'a\rb'])
      expect(() => headerLine({ name: 'X', value })).toThrow()
    expect(() => headerLine({ name: 'X: y', value: 'a' })).toThrow()
    expect(messageIdsText('<a@b>\r\nBcc: x <c d> <e@f>')).toBe('<a@b> <e@f>')
  })
})
