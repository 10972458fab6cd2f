import { describe, expect, it } from 'vitest'
import type { Enrolment } from '../../../shared/contract/enrolment.ts'
import { otherAnswers, refusedFor } from './refusedFor.ts'

const refused = (problem: string, code = 'ca-refused') => refusedFor({ code, data: { problem, detail: '' } })

const order: Enrolment = {
  id: '01a',
  name: 'Nora',
  address: 'nora@harbour.example',
  ca: 'acme',
  caName: 'Harbour CA',
  caHost: 'ca.example:14000',
  keyType: 'ec-p256',
  byHand: true,
  step: 'place-order',
  state: 'failed',
  createdAt: '2026-11-24T12:00:00.000Z',
  updatedAt: '2026-11-24T12:00:00.000Z',
}
const catalogue = [{ id: 'none' }, { id: 'harbour', directoryUrl: 'https://ca.example:14000/directory' }]

describe('a refusal that the same request would meet again', () => {
  it('is about the key, the address or the domain, and about the address before the key', () => {
    expect(['badCSR', 'rejectedIdentifier', 'unsupportedIdentifier', 'caa'].map((it) => refused(it))).toEqual([
      'key',
      'address',
      'address',
      'caa',
    ])
    expect(refused('badCSR, caa')).toBe('caa')
    expect([refused('unauthorized'), refused('badCSR', 'ca-busy')]).toEqual([undefined, undefined])
  })

  it('of the key leads to the key, of the other type, at the same authority', () => {
    expect(otherAnswers(order, 'key', catalogue)).toEqual({
      name: 'Nora',
      address: 'nora@harbour.example',
      byHand: true,
      renews: undefined,
      keyType: 'rsa-3072',
      ca: 'catalogue',
      authority: 'harbour',
      step: 'key',
    })
    expect(otherAnswers(order, 'key', [])).toMatchObject({ keyType: 'rsa-3072', step: 'where' })
  })

  it('of the address leads to the authorities', () => {
    expect(otherAnswers(order, 'caa', catalogue)).toMatchObject({ keyType: 'ec-p256', step: 'where' })
  })
})
