import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { isRunning, ownerOf, processName, processStartOf } from './runningProcess.ts'

const [, , countedBy = ''] = processName().split('-')
const isLinux = process.platform === 'linux'

it('a process runs until it has ended, and so does the owner of what it named', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1_000)'])
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  const name = `${pid}-${processStartOf(pid) || 1}-${countedBy}-a`
  expect(isRunning(pid)).toBe(true)
  expect(ownerOf(name)).toBe(isLinux ? 'running' : 'unknown')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isRunning(pid)).toBe(false)
  expect(ownerOf(name)).toBe('ended')
})

it('what this process named is its own, and what an earlier one with its number named has no owner', () => {
  expect(ownerOf(`${processName()}-a`)).toBe('running')
  expect(ownerOf(`${process.pid}-1-${countedBy}-a`)).toBe('ended')
  expect(ownerOf('of nobody')).toBe('ended')
})

it.runIf(isLinux)('a number that another process has now isn’t its owner', () => {
  expect(ownerOf(`${process.ppid}-1-${countedBy}-a`)).toBe('ended')
})

it('nothing is known of a process that another computer or container counts', () => {
  for (const counter of [`1${countedBy}`, `${countedBy}x`, '.', '1.other']) {
    expect(ownerOf(`${process.pid}-1-${counter}-a`)).toBe('unknown')
    expect(ownerOf(`999999999-1-${counter}-a`)).toBe('unknown')
  }
})
