/**
 * Mutates valid messages by chance and opens each, in one process per core:
 * `node build/mutations/run.ts FOLDER [--seed N] [--count N] [--only INDEX]`.
 *
 * None may crash the reader, keep it busy for more than a second, take more than 256 MiB of memory, keep any of it, or be
 * called good while it shows anything else than was signed. FOLDER keeps the messages and every mutation that failed; `--seed` and
 * `--only` repeat one with the messages that lie there.
 */

import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { keptSubjects, writeSubjects } from './subjects.ts'

const worker = fileURLToPath(new URL('./work.ts', import.meta.url))
/**
 * Without a line for so long a worker hangs: it waits for something that never comes, or loops. Its start, which opens every
 * message many times, takes a few seconds, and many more on a machine that is busy otherwise.
 */
const silenceSeconds = 90
const mostFailures = 20

interface Failure {
  readonly index: number
  readonly faults: readonly string[]
  readonly changes?: readonly string[]
  readonly sources?: readonly string[]
}

interface Counts {
  readonly outcomes: Record<string, number>
  readonly slowest: { readonly seconds: number; readonly index: number }
  readonly startedMiB: number
  readonly peakMiB: number
  readonly keptMiB: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    count: { type: 'string', default: '100000' },
    only: { type: 'string' },
  },
})
const [folder] = positionals
if (folder === undefined) throw new Error('which folder may be written to?')
const seed = Number(values.seed)
const only = values.only === undefined ? undefined : Number(values.only)
const count = only === undefined ? Number(values.count) : only + 1
if (![seed, count].every(Number.isSafeInteger)) throw new Error('a seed, a count and an index are whole numbers')

if (only === undefined) rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const { messages } = (only === undefined ? undefined : keptSubjects(folder)) ?? (await writeSubjects(folder))
const failures: Failure[] = []
const counts: Counts[] = []
const workers = only === undefined ? Math.min(availableParallelism(), 16) : 1
console.log(`${count} mutations of ${messages.length} messages in ${workers} processes, seed ${seed}`)
await Promise.all(Array.from({ length: workers }, (_, number) => runShare(only ?? number)))
summarize()
process.exitCode = failures.length > 0 ? 1 : 0

/** One share of the work; whoever dies is replaced and goes on behind the mutation that killed it. */
async function runShare(first: number): Promise<void> {
  let next: number | undefined = first
  while (next !== undefined && next < count && failures.length < mostFailures) next = await runWorker(next)
}

/** Where to go on, or undefined when all is done. */
function runWorker(first: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--no-warnings', '--expose-gc', worker, folder ?? '', ...[seed, first, workers, count].map(String)],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let current: number | undefined
    let done = false
    let hung = false
    let errors = ''
    const startTimer = () =>
      setTimeout(() => {
        hung = true
        child.kill('SIGKILL')
      }, silenceSeconds * 1_000)
    let timer = startTimer()
    child.stderr.on('data', (bytes) => {
      errors = `${errors}${bytes}`.slice(-4_000)
    })
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      clearTimeout(timer)
      timer = startTimer()
      if (line.startsWith('!')) fail(JSON.parse(line.slice(1)))
      else if (line.startsWith('=')) {
        counts.push(JSON.parse(line.slice(1)))
        done = true
      } else {
        current = Number(line)
        if (failures.length >= mostFailures) child.kill()
      }
    })
    const ended = Promise.all([
      new Promise<number | null>((resolveCode) => child.on('close', resolveCode)),
      new Promise((resolveLines) => lines.on('close', resolveLines)),
    ])
    ended.then(([code]) => {
      clearTimeout(timer)
      if (done || failures.length >= mostFailures) return resolve(undefined)
      const fault = hung
        ? `hung for ${silenceSeconds} s`
        : `ended with ${code}: ${errors.trim() || 'waiting for nothing'}`
      fail({ index: current ?? first, faults: [fault] })
      // Before the first mutation nothing is left to go on with.
      resolve(current === undefined ? undefined : current + workers)
    })
  })
}

function fail(failure: Failure): void {
  failures.push(failure)
  const { index, faults, changes = [], sources = [] } = failure
  console.log(`mutation ${index} of seed ${seed}: ${faults.join('; ')}`)
  if (changes.length > 0) console.log(`  ${sources.join(' + ')}: ${changes.join(', ')}`)
  console.log(`  again: npm test -- mutations --seed ${seed} --only ${index}`)
}

function summarize(): void {
  const outcomes: Record<string, number> = {}
  for (const each of counts) {
    for (const [name, number] of Object.entries(each.outcomes)) outcomes[name] = (outcomes[name] ?? 0) + number
  }
  const sorted = Object.entries(outcomes).sort(([, left], [, right]) => right - left)
  for (const [name, number] of sorted) console.log(`${String(number).padStart(8)}  ${name}`)
  for (const { slowest, startedMiB, peakMiB, keptMiB } of counts) {
    console.log(
      `slowest ${(slowest.seconds * 1_000).toFixed(0)} ms (${slowest.index}); memory ${startedMiB} MiB, at most ${peakMiB} MiB, ${keptMiB} MiB more kept`,
    )
  }
}
