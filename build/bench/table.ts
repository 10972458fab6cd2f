/** What was measured, as a table for the terminal and for the README. */

import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, type } from 'node:os'
import { tableLines, withGeneratedPart } from '../generatedPart.ts'
import type { Measured, Row } from './measure.ts'

export function print(rows: readonly Row[]): void {
  const all = [head, ...rows.map(cellsOf)]
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)))
  for (const line of all)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

/** Writes the table into the part of a Markdown file that is its own. */
export function report(rows: readonly Row[], file: string, part: string): void {
  const [processor] = cpus()
  const machine = `Measured on ${cpus().length} cores (${processor?.model.trim()}), ${type()}, Node ${process.versions.node}.`
  const measured = [...tableLines([head, ...rows.map(cellsOf)]), '', machine].join('\n')
  writeFileSync(file, withGeneratedPart(readFileSync(file, 'utf8'), part, measured))
}

const head = ['', 'Siegel', 'beside', 'ratio (time, memory)', 'goal']

function cellsOf({ what, ours, rate, peerName, peer, goal }: Row): string[] {
  const own = rate === undefined ? textOf(ours) : `${textOf(ours)}, ${rate}`
  const beside = peerName === undefined ? '' : peer ? `${peerName} ${textOf(peer)}` : `${peerName} is not here`
  return [what, own, beside, peer ? ratioOf(ours, peer) : '', goal ?? '']
}

function textOf({ seconds, peakMiB }: Measured): string {
  const time =
    seconds < 0.001
      ? `${(seconds * 1e6).toFixed(seconds < 0.00001 ? 1 : 0)} µs`
      : seconds < 1
        ? `${(seconds * 1000).toFixed(0)} ms`
        : `${seconds.toFixed(2)} s`
  return peakMiB === undefined ? time : `${time}, ${peakMiB.toFixed(0)} MiB`
}

function ratioOf(ours: Measured, peer: Measured): string {
  const time = (ours.seconds / peer.seconds).toFixed(2)
  if (ours.peakMiB === undefined || peer.peakMiB === undefined) return time
  return `${time}, ${(ours.peakMiB / peer.peakMiB).toFixed(2)}`
}
