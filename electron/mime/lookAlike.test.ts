import { describe, expect, it } from 'vitest'
import { latinLookAlike, mixesScripts } from './lookAlike.ts'

describe('a word of several alphabets', () => {
  it.each([
    ['anna@pаypal.example', true],
    ['anna@xn--pypal-4ve.example', true],
    ['аnna@sandbox.example', true],
    ['annա@sandbox.example', true],
    ['annᎪ@sandbox.example', true],
    ['иванא@sandbox.example', true],
    ['anna@sandbox.example', false],
    ['иван@почта.example', false],
    ['ivan@почта.example', false],
    ['jürgen@bücher.example', false],
    ['анна2026@sandbox.example', false],
    ['山田taro@メール株式会社.example', false],
    ['김Kim@회사.example', false],
  ])('in %s: %s', (address, mixed) => {
    expect(mixesScripts(address)).toBe(mixed)
  })
})

describe('a word that reads as Latin', () => {
  it.each([
    ['anna@рау.example', 'anna@pay.example'],
    ['anna@xn--80ak6aa92e.example', 'anna@apple.example'],
    ['сосо@sandbox.example', 'coco@sandbox.example'],
    ['νιρ@sandbox.example', 'vip@sandbox.example'],
  ])('in %s reads as %s', (address, like) => {
    expect(latinLookAlike(address)).toBe(like)
  })

  it.each(['anna@pay.example', 'иван@почта.example', 'ос@sandbox.example', 'jürgen@sandbox.example', '', 'a@'])(
    'is not in %j',
    (address) => {
      expect(latinLookAlike(address)).toBeUndefined()
    },
  )
})
