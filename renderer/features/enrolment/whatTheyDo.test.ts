import { describe, expect, it } from 'vitest'
import { whatTheyDo } from './whatTheyDo.ts'

const whole = { state: 'valid', retired: false, canSign: true, canEncrypt: true } as const

describe('what was taken in', () => {
  it('signs and opens, as one or as two halves', () => {
    expect(whatTheyDo([whole])).toBe('both')
    expect(whatTheyDo([{ ...whole, state: 'unknown-issuer' }])).toBe('both')
    const halves = [
      { ...whole, canSign: false },
      { ...whole, canEncrypt: false },
    ]
    expect(whatTheyDo(halves)).toBe('both')
  })

  it('does the one thing that it is for', () => {
    expect(whatTheyDo([{ ...whole, canEncrypt: false }])).toBe('sign')
    expect(whatTheyDo([{ ...whole, canSign: false }])).toBe('open')
  })

  it('only reads old letters once it has ended, was revoked or was put aside', () => {
    expect(whatTheyDo([{ ...whole, state: 'expired' }])).toBe('old')
    expect(whatTheyDo([{ ...whole, state: 'revoked' }])).toBe('old')
    expect(whatTheyDo([{ ...whole, retired: true }])).toBe('old')
  })

  it('counts what is in use beside what is old', () => {
    expect(
      whatTheyDo([
        { ...whole, state: 'expired' },
        { ...whole, canEncrypt: false },
      ]),
    ).toBe('sign')
  })
})
