import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { isLeftBehind, isRunning, processName } from './runningProcess.ts'

it('a process runs until it has ended, and what it named is left behind then', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1_000)'])
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  expect(isRunning(pid)).toBe(true)
  expect(isLeftBehind(`${pid}-1-a`)).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isRunning(pid)).toBe(false)
  expect(isLeftBehind(`${pid}-1-a`)).toBe(true)
})

it('what this process named is its own, and what an earlier one with its number named is left behind', () => {
  expect(isLeftBehind(`${processName()}-a`)).toBe(false)
  expect(isLeftBehind(`${process.pid}-1-a`)).toBe(true)
  expect(isLeftBehind('of nobody')).toBe(true)
})
