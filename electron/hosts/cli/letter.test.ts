import { describe, expect, it } from 'vitest'
import { type LetterOptions, mailboxesOf, senderOf, signatureChoicesOf } from './letter.ts'
import { createTerminal, UsageError } from './terminal.ts'

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

describe('how a letter is signed', () => {
  const letter = { from: 'a@b.example', to: ['c@d.example'], subject: '', text: '-' }
  const choicesOf = (options: Partial<LetterOptions>) =>
    signatureChoicesOf({ ...letter, ...options }, createTerminal({ language: 'en', json: false }))

  it('is left to the program where nothing is said of it', () => {
    expect(choicesOf({ sign: true, encrypt: true })).toEqual({})
  })

  it('is what the options say', () => {
    const options = { signature: 'pss', digest: 'sha384', opaque: true, wrapAgain: true } as const
    expect(choicesOf({ ...options, alsoSign: ['B <b@b.example>'], sign: true, encrypt: true })).toEqual({
      signature: { padding: 'pss', digest: 'sha384', opaque: true, alsoBy: ['b@b.example'], tripleWrap: true },
    })
  })

  it.each([
    [{ opaque: true }, '--opaque says how to sign. Add --sign.'],
    [{ alsoSign: ['b@b.example'], encrypt: true }, '--also-sign says how to sign. Add --sign.'],
    [{ sign: true, wrapAgain: true }, '--wrap-again signs an encrypted mail once more. Add --encrypt.'],
  ])('is refused where it would say nothing: %j', (options, message) => {
    expect(() => choicesOf(options)).toThrow(new UsageError(message))
  })
})
