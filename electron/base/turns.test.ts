import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { atOnce, inTurns, type Steps } from './turns.ts'

function* counting(to: number, seen: number[]): Steps<string> {
  for (let number = 1; number <= to; number++) {
    seen.push(number)
    yield undefined
  }
  return 'done'
}

it('gives everybody else a turn after each step', async () => {
  const seen: number[] = []
  const working = inTurns(counting(3, seen))
  const between: number[] = []
  for (let turn = 0; turn < 3; turn++) {
    between.push(seen.length)
    await setImmediate()
  }
  expect(between).toEqual([1, 2, 3])
  expect(await working).toBe('done')
})

it('does the same work in one go', () => {
  const seen: number[] = []
  expect(atOnce(counting(3, seen))).toBe('done')
  expect(seen).toEqual([1, 2, 3])
})

it('throws what the work throws, at whichever step', async () => {
  function* failing(): Steps<never> {
    yield undefined
    throw new RangeError('half done')
  }
  expect(() => atOnce(failing())).toThrow('half done')
  await expect(inTurns(failing())).rejects.toThrow('half done')
})
