import fc from 'fast-check'
import type { FetchMessageObject } from 'imapflow'
import { describe, expect, it } from 'vitest'
import { mailSummary } from '../../../shared/contract/mailbox.ts'
import { claimsOf, summaryOf } from './summary.ts'

describe('a line of the list', () => {
  it.each([
    ['multipart/signed', {}, 'signed'],
    ['application/pkcs7-mime', { 'smime-type': 'signed-data' }, 'signed'],
    ['application/x-pkcs7-mime', { 'smime-type': 'enveloped-data' }, 'encrypted'],
    ['application/pkcs7-mime', { 'smime-type': 'authEnveloped-data' }, 'encrypted'],
    ['APPLICATION/PKCS7-MIME', {}, 'encrypted'],
    ['multipart/mixed', {}, 'plain'],
    ['application/pdf', {}, 'plain'],
  ])('takes %s %o for %s', (type, parameters, claims) => {
    expect(claimsOf({ type, parameters } as never)).toBe(claims)
  })

  it('shows no terminal escapes, no line breaks and no turned text from a stranger', () => {
    const summary = summaryOf({
      seq: 1,
      uid: 7,
      envelope: {
        subject: 'Pay\r\nBcc: x \u202egnp.exe',
        from: [{ name: '\u001b[2JBoss', address: 'boss@example.org' }],
        to: Array.from({ length: 500 }, (_, index) => ({ address: `${index}@example.org` })),
        date: 'yesterday',
      },
    })
    expect(summary.subject).toBe('Pay Bcc: x  gnp.exe')
    expect(summary.from?.name).toBe('[2JBoss')
    expect(summary.to).toHaveLength(20)
    expect(summary.date).toBeUndefined()
  })

  it('satisfies the contract whatever a server says', () => {
    const text = fc.option(fc.string({ unit: 'binary', maxLength: 3000 }), { nil: undefined })
    const address = fc.record({ name: text, address: text }, { requiredKeys: [] })
    fc.assert(
      fc.property(
        fc.record(
          {
            uid: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
            size: fc.nat(),
            flags: fc.constantFrom(new Set<string>(), new Set(['\\Seen'])),
            envelope: fc.record(
              { subject: text, date: text, from: fc.array(address), to: fc.array(address) },
              { requiredKeys: [] },
            ),
            bodyStructure: fc.record({ type: fc.string(), parameters: fc.dictionary(fc.string(), fc.string()) }),
          },
          { requiredKeys: ['uid'] },
        ),
        (message) => {
          expect(mailSummary.safeParse(summaryOf(message as unknown as FetchMessageObject)).success).toBe(true)
        },
      ),
    )
  })
})
