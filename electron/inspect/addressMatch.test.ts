import { describe, expect, it } from 'vitest'
import { matchAddresses } from './addressMatch.ts'

describe('the addresses of a mail and of a certificate', () => {
  it.each([
    ['anna@sandbox.example', 'anna@sandbox.example', 'the same'],
    ['Anna@Sandbox.EXAMPLE', 'anna@sandbox.example', 'in other case'],
    ['anna@bücher.example', 'anna@xn--bcher-kva.example', 'with the domain in two spellings'],
    ['jürgen@sandbox.example', 'jürgen@sandbox.example', 'with a SmtpUTF8Mailbox'],
    ['jürgen@bücher.example', 'jürgen@xn--bcher-kva.example', 'with both'],
  ])('%s and %s match (%s)', (from, email) => {
    expect(matchAddresses([from], ['other@sandbox.example', email])).toEqual({ covered: true, missing: [] })
  })

  it.each([
    ['аnna@sandbox.example', 'anna@sandbox.example', 'a Cyrillic letter in the local part'],
    ['anna@sаndbox.example', 'anna@sandbox.example', 'a Cyrillic letter in the domain'],
    ['anna@sandbox.example.evil.example', 'anna@sandbox.example', 'a longer domain'],
    ['anna@box.example', 'anna@sandbox.example', 'a shorter domain'],
    ['anna+x@sandbox.example', 'anna@sandbox.example', 'a detail behind the name'],
    ['ANNÄ@sandbox.example', 'annä@sandbox.example', 'case beyond ASCII, which RFC 9598 keeps apart'],
    ['anna@sandbox.example\0.evil.example', 'anna@sandbox.example', 'a zero byte'],
    ['anna', 'anna', 'no address at all'],
    ['@sandbox.example', '@sandbox.example', 'no local part'],
  ])('%j and %j do not match (%s)', (from, email) => {
    expect(matchAddresses([from], [email])).toEqual({ covered: false, missing: [from] })
  })

  it('must match for every author', () => {
    const emails = ['anna@sandbox.example']
    expect(matchAddresses(['anna@sandbox.example', 'jonas@sandbox.example'], emails)).toEqual({
      covered: false,
      missing: ['jonas@sandbox.example'],
    })
    expect(matchAddresses([...emails, 'jonas@sandbox.example'], [...emails, 'jonas@sandbox.example']).covered).toBe(
      true,
    )
  })

  it('never match where there is no author', () => {
    expect(matchAddresses([], ['anna@sandbox.example'])).toEqual({ covered: false, missing: [] })
  })
})
