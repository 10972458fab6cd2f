import { describe, expect, it } from 'vitest'
import type { ChainState } from '../../../shared/contract/certificates.ts'
import { chainLinks } from './chainLinks.ts'

const entry = (name: string, issuer: string, anchor = false): ChainState['chain'][number] => ({
  sha256: name,
  subject: name,
  name,
  emails: [],
  issuer,
  issuerName: issuer,
  serial: '01',
  notBefore: '2026-01-01T00:00:00Z',
  notAfter: '2027-01-01T00:00:00Z',
  anchor,
})
const reason = (code: string, link: number) => ({ code, link, data: {} })
const whole = [entry('anna', 'between'), entry('between', 'root'), entry('root', 'root', true)]

describe('a chain', () => {
  it('that holds is joined everywhere and ends in a root that needs nobody', () => {
    const links = chainLinks({ chain: whole, state: 'valid', revocation: [], reasons: [] }, false)
    expect(links.map(({ kind }) => kind)).toEqual(['end', 'authority', 'root'])
    expect(links.map(({ upwards }) => upwards?.broken)).toEqual([false, false, undefined])
  })

  it('breaks between a certificate and its issuer where the signature is the reason', () => {
    const chain = { chain: whole, state: 'broken' as const, revocation: [], reasons: [reason('bad-signature', 1)] }
    expect(chainLinks(chain, false).map(({ upwards }) => upwards?.broken)).toEqual([false, true, undefined])
  })

  it('shows at the certificate itself what is wrong with it', () => {
    const chain = { chain: whole, state: 'expired' as const, revocation: [], reasons: [reason('expired', 1)] }
    const [, between] = chainLinks(chain, false)
    expect(between?.reasons.map(({ code }) => code)).toEqual(['expired'])
    expect(between?.upwards?.broken).toBe(false)
  })

  it('has nothing wrong by a clock that can’t be right', () => {
    const clock = { code: 'clock-ahead' as const, data: {} }
    const reasons = [reason('expired', 1), reason('revoked', 0)]
    const links = chainLinks({ chain: whole, state: 'revoked', revocation: [], reasons, clock }, false)
    expect(links.map((link) => link.reasons.map(({ code }) => code))).toEqual([['revoked'], [], []])
  })

  it('without a trusted root is broken above its last certificate, whatever the reason', () => {
    const untrusted = [entry('anna', 'root'), entry('root', 'root')]
    const links = chainLinks(
      { chain: untrusted, state: 'unknown-issuer', revocation: [], reasons: [reason('root-not-trusted', 1)] },
      false,
    )
    expect(links.map(({ kind, upwards }) => [kind, upwards?.broken])).toEqual([
      ['end', false],
      ['untrusted-root', true],
    ])
  })

  it('is parted below a root that does not count for the certificate', () => {
    const chain = {
      chain: whole,
      state: 'unknown-issuer' as const,
      revocation: [],
      reasons: [reason('anchor-out-of-scope', 2)],
    }
    const links = chainLinks(chain, false)
    expect(links.map(({ upwards }) => upwards?.broken)).toEqual([false, true, undefined])
    expect(links.flatMap(({ reasons }) => reasons)).toEqual([])
  })

  it('of a CA alone has no person at its end', () => {
    const chain = { chain: [entry('root', 'root')], state: 'unknown-issuer' as const, revocation: [], reasons: [] }
    expect(chainLinks(chain, true).map(({ kind }) => kind)).toEqual(['untrusted-root'])
  })
})
