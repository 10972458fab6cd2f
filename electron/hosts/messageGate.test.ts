import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messageByteLimit, passableMessage } from './messageGate.ts'

const call = { i: '1', p: { u: '/vault/state', b: { json: {} } } }

describe('a message from the page', () => {
  it.each([
    ['a call', call],
    ['a call without a body', { i: '1', p: { u: '/app/status' } }],
    ['the end of a call', { i: '1', t: 4 }],
    ['an event', { i: '1', t: 3, p: { e: 'done' } }],
  ])('passes when it is %s', (_name, message) => {
    const text = JSON.stringify(message)
    expect(passableMessage(text)).toBe(text)
  })

  it.each([
    ['without an identifier', { ...call, i: undefined }],
    ['with a long identifier', { ...call, i: 'x'.repeat(65) }],
    ['of another kind', { ...call, t: 2 }],
    ['without a payload', { i: '1' }],
    ['to a whole address', { i: '1', p: { u: 'http://elsewhere.example/vault/state' } }],
    ['to a path with dots', { i: '1', p: { u: '/../vault' } }],
    ['with another method', { i: '1', p: { ...call.p, m: 'GET' } }],
    ['with headers that are no texts', { i: '1', p: { ...call.p, h: { a: ['b'] } } }],
    ['that wants to be a file', { i: '1', p: { ...call.p, h: { 'Content-Disposition': 'attachment' } } }],
    ['that is a list', [call]],
  ])('is refused %s', (_name, message) => {
    expect(passableMessage(JSON.stringify(message))).toBeUndefined()
  })

  it('is refused when it is no text, no JSON or too large', () => {
    expect(passableMessage(new Uint8Array(4))).toBeUndefined()
    expect(passableMessage(undefined)).toBeUndefined()
    expect(passableMessage('{')).toBeUndefined()
    const large = JSON.stringify({ i: '1', p: { u: '/a', b: 'x'.repeat(messageByteLimit) } })
    expect(passableMessage(large)).toBeUndefined()
  })

  it('never makes the gate throw, whatever was done to it', () => {
    const text = JSON.stringify(call)
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), fc.string(), (start, end, inserted) => {
        const mutated = text.slice(0, start) + inserted + text.slice(end)
        const passed = passableMessage(mutated)
        expect(passed === undefined || passed === mutated).toBe(true)
      }),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(fc.json(), (json) => void passableMessage(json)),
      { numRuns: 2000 },
    )
  })
})
