import { describe, expect, it } from 'vitest'
import { mailboxesMatch, mailboxOf } from './mailbox.ts'

const match = (left: string, right: string) => mailboxesMatch(mailboxOf(left), mailboxOf(right))

describe('two mailboxes in certificates', () => {
  it('are the same when only the spelling of the domain differs (RFC 5280 §7.5, RFC 9549 §6)', () => {
    expect(match('anna@SANDBOX.example', 'anna@sandbox.example')).toBe(true)
    expect(match('anna@bücher.example', 'anna@XN--bcher-kva.example')).toBe(true)
    expect(match('anna@BÜCHER.example', 'anna@bücher.example')).toBe(true)
    expect(match('anna@sandbox.example.', 'anna@sandbox.example')).toBe(true)
  })

  it('differ in any octet of the local part (RFC 9598 §5)', () => {
    expect(match('jürgen@sandbox.example', 'jürgen@sandbox.example')).toBe(true)
    expect(match('Jürgen@sandbox.example', 'jürgen@sandbox.example')).toBe(false)
    expect(match('ju\u0308rgen@sandbox.example', 'jürgen@sandbox.example')).toBe(false)
    expect(match('Anna@sandbox.example', 'anna@sandbox.example')).toBe(false)
  })

  it('never match by what is no host name', () => {
    expect(match('a@ex%61mple.org', 'a@example.org')).toBe(false)
    expect(match('a@example.org/x', 'a@example.org')).toBe(false)
    expect(match('a@example.org#x', 'a@example.org')).toBe(false)
    expect(match('sandbox.example', 'sandbox.example')).toBe(false)
    expect(match('@sandbox.example', '@sandbox.example')).toBe(false)
  })
})
