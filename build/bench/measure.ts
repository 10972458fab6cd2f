/** Wall time and peak memory of programs, and the table that sets ours beside the peer's. */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Measured {
  readonly seconds: number
  /** Of the largest process; undefined where the system doesn't tell. */
  readonly peakMiB: number | undefined
}

export interface Row {
  readonly what: string
  readonly ours: Measured
  readonly peerName: string
  readonly peer: Measured | undefined
  /** What the project wants of the ratios, time first. */
  readonly goal?: string
}

/** Runs commands one after the other: their times add up, the larger memory counts. */
export async function measure(...commands: readonly (readonly string[])[]): Promise<Measured> {
  let seconds = 0
  let peakMiB: number | undefined
  for (const command of commands) {
    const one = await measureOne(command)
    seconds += one.seconds
    if (one.peakMiB !== undefined) peakMiB = Math.max(peakMiB ?? 0, one.peakMiB)
  }
  return { seconds, peakMiB }
}

function measureOne([command = '', ...parameters]: readonly string[]): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(command, parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
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
      if (code === 0) resolve({ seconds, peakMiB })
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
export async function medianOf(times: number, work: () => Promise<Measured>): Promise<Measured> {
  const runs: Measured[] = []
  for (let run = 0; run < times; run += 1) runs.push(await work())
  return medianMeasured(runs)
}

export function medianMeasured(runs: readonly Measured[]): Measured {
  const peaks = runs.map(({ peakMiB }) => peakMiB).filter((peak) => peak !== undefined)
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    peakMiB: peaks.length > 0 ? median(peaks) : undefined,
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function print(rows: readonly Row[]): void {
  const lines = rows.map(({ what, ours, peerName, peer, goal }) => [
    what,
    textOf(ours),
    peer ? `${peerName} ${textOf(peer)}` : `${peerName} is not here`,
    peer ? ratioOf(ours, peer) : '',
    goal ?? '',
  ])
  const all = [['', 'Siegel', 'peer', 'ratio (time, memory)', 'goal'], ...lines]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? []
  for (const line of all)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

function textOf({ seconds, peakMiB }: Measured): string {
  const time = seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`
  return peakMiB === undefined ? time : `${time}, ${peakMiB.toFixed(0)} MiB`
}

function ratioOf(ours: Measured, peer: Measured): string {
  const time = (ours.seconds / peer.seconds).toFixed(2)
  if (ours.peakMiB === undefined || peer.peakMiB === undefined) return time
  return `${time}, ${(ours.peakMiB / peer.peakMiB).toFixed(2)}`
}
