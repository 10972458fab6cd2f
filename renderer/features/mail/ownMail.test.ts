import { describe, expect, it } from 'vitest'
import type { OpenedMail, SignerReport } from '../../../shared/contract/report.ts'
import { isOwnMail } from './ownMail.ts'

const anna = 'anna@example.org'
const jonas = 'jonas@example.org'

function mailOf(from: readonly string[], signer: string, state: SignerReport['state'] = 'good') {
  const signers = [{ emails: [signer], state }] as SignerReport[]
  return {
    from: from.map((address) => ({ address })),
    report: { signers } as OpenedMail['report'],
  }
}

describe("a mail is the reader's own", () => {
  it('when the address of the account sealed it', () => {
    expect(isOwnMail(mailOf([anna], anna), 'Anna@Example.org')).toBe(true)
  })

  it('not when another person of the same profile did', () => {
    expect(isOwnMail(mailOf([anna], anna), jonas)).toBe(false)
  })

  it('not when it only says so', () => {
    expect(isOwnMail(mailOf([anna], jonas), anna)).toBe(false)
    expect(isOwnMail(mailOf([anna], anna, 'broken'), anna)).toBe(false)
    expect(isOwnMail(mailOf([anna, jonas], anna), anna)).toBe(false)
    expect(isOwnMail(mailOf([], anna), anna)).toBe(false)
  })

  it('not when it came from a file', () => {
    expect(isOwnMail(mailOf([anna], anna), undefined)).toBe(false)
  })
})
