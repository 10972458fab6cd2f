/** Wall time and peak memory of programs. */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Measured {
  readonly seconds: number
  /** Of the largest process; undefined where the system doesn't tell. */
  readonly peakMiB: number | undefined
  /** What the last program wrote to standard output. */
  readonly output: string
}

export interface Row {
  readonly what: string
  readonly ours: Measured
  /** What ours makes of its time. */
  readonly rate?: string
  /** Without a name nobody stands beside. */
  readonly peerName?: string
  /** Undefined where the peer isn't installed. */
  readonly peer?: Measured | undefined
  /** What the project wants: of the ratios where there is a peer. */
  readonly goal?: string
}

/** Runs commands one after the other: their times add up, the larger memory counts. */
export async function measure(...commands: readonly (readonly string[])[]): Promise<Measured> {
  let seconds = 0
  let peakMiB: number | undefined
  let output = ''
  for (const command of commands) {
    const one = await measureOne(command)
    output = one.output
    seconds += one.seconds
    if (one.peakMiB !== undefined) peakMiB = Math.max(peakMiB ?? 0, one.peakMiB)
  }
  return { seconds, peakMiB, output }
}

function measureOne([command = '', ...parameters]: readonly string[]): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', (bytes) => {
      output += bytes
    })
    child.stderr.on('data', (bytes) => {
      errors += bytes
    })
    let peakMiB: number | undefined
    const watch = setInterval(() => {
      peakMiB = peakOf(child.pid) ?? peakMiB
    }, 10)
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(watch)
      const seconds = (performance.now() - started) / 1000
      if (code === 0) resolve({ seconds, peakMiB, output })
      else reject(new Error(`${command} ${parameters.join(' ')} ended with ${code}: ${errors}`))
    })
  })
}

/** The kernel keeps the peak itself; asking often only guards against missing the end. Linux alone. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    // Another system, or the process has just ended.
    return undefined
  }
}

/** The median of several runs, for time and memory each. */
export function medianMeasured(runs: readonly Measured[]): Measured {
  const peaks = runs.map(({ peakMiB }) => peakMiB).filter((peak) => peak !== undefined)
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    peakMiB: peaks.length > 0 ? median(peaks) : undefined,
    output: runs.at(-1)?.output ?? '',
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
