import { domainToASCII, domainToUnicode } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPunycode } from './punycode.ts'
import { shownAddress, shownHost, withShownAddresses } from './shownAddress.ts'

describe('an address is shown as a person writes it', () => {
  it.each([
    'nora@bücher.example',
    'иван@почта.example',
    'ivan@почта.рф',
    'anna@straße.example',
    'taro@メール株式会社.example',
    'kim@회사.example',
    'nora@παράδειγμα.example',
    'nora@mañana.bücher.example',
    'anna@sandbox.example',
  ])('%s', (address) => {
    const at = address.indexOf('@') + 1
    expect(shownAddress(`${address.slice(0, at)}${domainToASCII(address.slice(at))}`)).toBe(address)
  })
})

it('spells what hides in an address or turns it around', () => {
  expect(shownAddress('ä\u202egro.knab@sob.example')).toBe('ä<U+202E>gro.knab@sob.example')
  expect(shownAddress('anna\u200b')).toBe('anna<U+200B>')
})

describe('a domain that could be taken for another one stays as it is', () => {
  it.each([
    ['several alphabets', 'pаypal.example'],
    ['one that reads as Latin', 'аррӏе.example'],
    ['a word of it that reads as Latin', 'рау-почта.example'],
    ['one doubtful label among good ones', 'bücher.рау.example'],
    ['a phonetic letter', 'pɑypal.example'],
    ['an i without its dot', 'paypaı.example'],
    ['an alphabet that is hardly in use', 'ᏢᎪᎽ.example'.toLowerCase()],
  ])('%s', (_, host) => {
    const ascii = domainToASCII(host)
    expect(ascii).toMatch(/xn--/)
    expect(shownHost(ascii)).toBe(ascii)
  })

  it.each([
    ['nothing behind the mark', 'xn--.example'],
    ['letters that need no mark', 'xn--anna-.example'],
    ['capitals behind the mark', 'xn--Bcher-Kva8445d.example'],
    ['an accent without its letter', 'xn--n-oqb.xn--0ta.example'],
    ['letters that nobody sees', 'xn--bsdmt.example'],
    ['far too long', `xn--${'9'.repeat(60)}.example`],
  ])('%s', (_, host) => {
    expect(shownHost(host)).toBe(host)
  })
})

it('inside of a sentence only what is behind an @ is an address', () => {
  expect(withShownAddresses('to a@xn--bcher-kva.example, b@xn--80ak6aa92e.example (xn--bcher-kva.example)')).toBe(
    'to a@bücher.example, b@xn--80ak6aa92e.example (xn--bcher-kva.example)',
  )
})

it('reads what the URL Standard writes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zäöüßа-яα-ω가-힣]{1,12}$/), (word) => {
      const ascii = domainToASCII(word)
      fc.pre(ascii.startsWith('xn--'))
      expect(readPunycode(ascii.slice(4))).toBe(domainToUnicode(ascii))
    }),
  )
})

it('says of whatever stands behind the mark what it is, or nothing, and never shows two domains alike', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z0-9-]{0,70}$/), (text) => {
      const host = `xn--${text}`
      const shown = shownHost(host)
      // What is shown leads back to the very domain, or nowhere where IDNA has more to say against it; never to another one.
      if (shown !== host) expect(['', host.toLowerCase()]).toContain(domainToASCII(shown))
    }),
    { numRuns: 5_000 },
  )
})
