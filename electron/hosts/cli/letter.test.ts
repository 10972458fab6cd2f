import { describe, expect, it } from 'vitest'
import { mailboxesOf, senderOf } from './letter.ts'

describe('addresses on the command line', () => {
  it('may carry names, quotes, comments and commas', () => {
    expect(mailboxesOf(['A <a@b.example>, "B, C@home" <c@d.example>', 'e@f.example'])).toEqual([
      { name: 'A', address: 'a@b.example' },
      { name: 'B, C@home', address: 'c@d.example' },
      { address: 'e@f.example' },
    ])
    expect(senderOf('"Älice, the First" <alice@b.example>')).toEqual({
      name: 'Älice, the First',
      address: 'alice@b.example',
    })
  })

  // The forgiving reader of header fields would take the last address and drop the rest, and the mail would go elsewhere.
  it.each([
    'a@b.example\r\nBcc: other@b.example',
    'a@b.example d@e.example',
    'a@b.example: d@e.example',
    'a@b.example\u0000',
    'undisclosed:;',
    'a',
    '',
  ])('are refused where not every one is understood: %j', (value) => {
    expect(() => mailboxesOf([value])).toThrow(expect.objectContaining({ code: 'malformed-address' }))
  })

  it('name one sender', () => {
    expect(() => senderOf('a@b.example, c@d.example')).toThrow(expect.objectContaining({ code: 'malformed-address' }))
  })
})
