import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatMailbox, isAddress, needsSmtpUtf8, normalizedAddress, parseAddressList, sameAddress } from './address.ts'

describe('an address list', () => {
  it.each([
    ['alice@example.com', [{ address: 'alice@example.com' }]],
    ['Alice <a@x.example>, b@x.example', [{ name: 'Alice', address: 'a@x.example' }, { address: 'b@x.example' }]],
    ['"Berger, Anna" <a@x.example>', [{ name: 'Berger, Anna', address: 'a@x.example' }]],
    ['a@x.example (Anna (the first))', [{ name: 'Anna (the first)', address: 'a@x.example' }]],
    [
      'friends: a@x.example, b@x.example; c@x.example',
      [{ address: 'a@x.example' }, { address: 'b@x.example' }, { address: 'c@x.example' }],
    ],
    ['undisclosed-recipients:;', []],
    ['<@relay.example,@b.example:a@x.example>', [{ address: 'a@x.example' }]],
    ['=?utf-8?q?J=C3=B6rg?= =?utf-8?b?IEtlbGxlcg==?= <j@x.example>', [{ name: 'Jörg Keller', address: 'j@x.example' }]],
    ['"john doe"@x.example', [{ address: '"john doe"@x.example' }]],
    ['Anna a@x.example', [{ name: 'Anna', address: 'a@x.example' }]],
    ['a @ x . example', [{ address: 'a@x.example' }]],
    ['nobody', [{ address: 'nobody' }]],
    ['', []],
  ])('%s', (text, expected) => {
    expect(parseAddressList(text)).toEqual(expected)
  })

  it('never makes an address out of an encoded word', () => {
    const hidden = `=?utf-8?q?evil=40bad.example=2C?= <a@x.example>`
    expect(parseAddressList(hidden)).toEqual([{ name: 'evil@bad.example,', address: 'a@x.example' }])
  })

  it('shows a second bracketed address instead of hiding it', () => {
    expect(parseAddressList('Anna <a@x.example> <b@y.example>')).toEqual([
      { name: 'Anna', address: 'a@x.example' },
      { address: 'b@y.example' },
    ])
  })

  it('survives any text, and long hostile text in linear time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => Array.isArray(parseAddressList(text))),
    )
    for (const piece of ['"\\"', '((', '<', '@ ', '"', 'a@', ' . ', '[']) parseAddressList(piece.repeat(100_000))
  })
})

describe('an address', () => {
  it.each(['a@b.example', 'a.b+c@b.example', 'ö@b.example', 'a@münchen.example', '"a b"@c.example', 'a@localhost'])(
    'is %s',
    (text) => expect(isAddress(text)).toBe(true),
  )

  it.each([
    '',
    'a',
    '@b.example',
    'a@',
    'a@b',
    'a b@c.example',
    'a..b@c.example',
    'a@[127.0.0.1]',
    'a@1.2.3.4',
    'a@b..example',
    'a\r\n@b.example',
    'a@b%41.example',
    'a@-b.example',
    `${'a'.repeat(65)}@b.example`,
  ])('is not %j', (text) => expect(isAddress(text)).toBe(false))

  it('is the same with another case or another spelling of the domain', () => {
    expect(sameAddress('Anna@MÜNCHEN.example', 'anna@xn--mnchen-3ya.EXAMPLE')).toBe(true)
    expect(sameAddress('"anna"@x.example', 'anna@x.example')).toBe(true)
    expect(sameAddress('Ö@x.example', 'ö@x.example')).toBe(false)
    expect(sameAddress('anna@x.example', 'anna@y.example')).toBe(false)
    expect(sameAddress('anna', 'anna')).toBe(false)
    expect(sameAddress('a@x.example\0.evil.example', 'a@x.example')).toBe(false)
  })

  it('is not what an endless one begins with', () => {
    const space = ' '.repeat(1_200)
    for (const text of [`<anna@x.example${space}.evil.example>`, `anna@x.example${space}.evil.example`]) {
      const [mailbox] = parseAddressList(text)
      expect(isAddress(mailbox?.address ?? '')).toBe(false)
      expect(sameAddress(mailbox?.address ?? '', 'anna@x.example')).toBe(false)
    }
  })

  it('needs SMTPUTF8 for its local part only', () => {
    expect(needsSmtpUtf8('ö@x.example')).toBe(true)
    expect(needsSmtpUtf8('o@münchen.example')).toBe(false)
  })

  it('has one key per mailbox', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        expect(normalizedAddress(normalizedAddress(address))).toBe(normalizedAddress(address))
        expect(sameAddress(address, address.toUpperCase())).toBe(true)
      }),
    )
  })
})

describe('a formatted mailbox', () => {
  it('reads back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const name = text.replace(/\s+/g, ' ').trim()
        fc.pre(name !== '' && !name.includes('=?') && !/[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]/.test(name))
        const [mailbox] = parseAddressList(formatMailbox({ name, address: 'a@x.example' }))
        expect(mailbox).toEqual({ name, address: 'a@x.example' })
      }),
    )
  })

  it('has no line breaks', () => {
    expect(formatMailbox({ name: 'A\r\nBcc: x@y.example', address: 'a@x.example' })).not.toMatch(/[\r\n]/)
  })
})
