/**
 * Which process is meant by a name, and whether it still runs: for what a killed process leaves behind. Containers that share a
 * home don't see each other's processes, and each counts them from 1.
 */

import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Whether a process with this number runs now, whoever it belongs to. */
export function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks.
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

/** Ticks since boot at which a process began (proc(5)), or empty text where the system doesn't tell. */
export function processStartOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command's name is in parentheses and may hold anything; the 20th field after it is the start.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

let ownName: string | undefined

/**
 * Names this process among all that may use the same disk: its number, its start (a number comes again), and who counts it. The
 * start of a file's or folder's name.
 */
export function processName(): string {
  // Kept: a computer's name changes with the network that it is in.
  ownName ??= `${process.pid}-${processStartOf(process.pid) || Math.floor(performance.timeOrigin)}-${countedBy()}`
  return ownName
}

/** The computer, and on Linux the space of process numbers (pid_namespaces(7)). */
function countedBy(): string {
  const computer = hostname()
    .replaceAll(/[^A-Za-z0-9]/g, '_')
    .slice(0, 40)
  return `${pidSpace()}.${computer}`
}

function pidSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''
  } catch {
    return ''
  }
}

/**
 * Whether the process runs whose `processName()` and "-" a name begins with. `unknown`: it is counted elsewhere, or the system
 * doesn't tell when a process began, so that it may be another one with this number.
 */
export function ownerOf(name: string): 'running' | 'ended' | 'unknown' {
  if (name.startsWith(`${processName()}-`)) return 'running'
  const [, digits, start, counter] = /^(\d+)-(\d+)-(\d*\.\w*)-/.exec(name) ?? []
  if (digits === undefined) return 'ended'
  if (counter !== countedBy()) return 'unknown'
  const pid = Number(digits)
  if (pid === process.pid || !isRunning(pid)) return 'ended'
  const found = processStartOf(pid)
  if (found === '') return 'unknown'
  return found === start ? 'running' : 'ended'
}
