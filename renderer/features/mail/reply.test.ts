import { describe, expect, it } from 'vitest'
import type { OpenedMail } from '../../../shared/contract/report.ts'
import { answeredPeople, replyTo } from './reply.ts'

const anna = { name: 'Anna', address: 'anna@example.org' }
const jonas = { address: 'jonas@example.net' }
const mara = { address: 'mara@example.net' }

describe('an answer', () => {
  it('goes to who wrote, and to all others if one wants, but not to oneself', () => {
    const mail = { from: [jonas], to: [anna, mara], cc: [{ address: 'MARA2@example.net' }] }
    expect(answeredPeople(mail, 'Anna@example.org')).toEqual({
      to: [jonas],
      others: [mara, { address: 'MARA2@example.net' }],
    })
  })

  it('to what one wrote oneself goes on to those it went to', () => {
    expect(answeredPeople({ from: [anna], to: [jonas], cc: [mara] }, anna.address)).toEqual({
      to: [jonas],
      others: [mara],
    })
    expect(answeredPeople({ from: [anna], to: [anna], cc: [] }, anna.address)).toEqual({ to: [anna], others: [] })
  })

  it('begins in an envelope and carries what was hidden where the mail came in one', () => {
    const hidden = { subject: true, names: false, addresses: [], messageIds: [] }
    const mail = { from: [jonas], to: [anna], cc: [], subject: 'secret', parts: [] } as unknown as OpenedMail
    const say = (key: string) => key
    expect(replyTo({ ...mail, hidden }, { own: anna.address, all: false }, say)).toMatchObject({
      encrypt: true,
      answered: hidden,
      subject: 'Re: secret',
    })
    expect(replyTo(mail, { own: anna.address, all: false }, say)).not.toHaveProperty('answered')
  })

  it('to a mail from a file knows no own address', () => {
    expect(answeredPeople({ from: [jonas], to: [anna], cc: [] }, undefined)).toEqual({ to: [jonas], others: [anna] })
  })
})
