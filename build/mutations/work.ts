/**
 * A worker of the mutation check: `FOLDER SEED FIRST STEP END` opens the mutations FIRST, FIRST+STEP, … before END.
 *
 * Tells its parent by lines on standard output: the index before it begins one, so that a crash or a hang has a name; `!` and
 * JSON for a failure; `=` and JSON with the counts at its end. The lines are written at once, not when the loop comes round.
 */

import { writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { base64Bytes } from '../../electron/base/bytes.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import { parseCertificate } from '../../electron/certificates/certificate.ts'
import { openPrivateKey } from '../../electron/crypto/privateKey.ts'
import { faultsOf, look, type Reader, type Shown, viewsOf } from './judge.ts'
import { type Mutated, mutate, type Subject, subjectOf } from './mutate.ts'
import { keptSubjects } from './subjects.ts'

/** Of the processor's time: what other processes take of the machine doesn't count. */
const mostSeconds = 1
/** What one mutation may take on top of what the process had when it began, garbage of earlier ones included. */
const mostTakenBytes = 268_435_456
/** What may be left of all of them after the garbage was collected. */
const mostKeptBytes = 33_554_432

const [folder = '', ...numbers] = process.argv.slice(2)
const [seed = 0, first = 0, step = 1, end = 0] = numbers.map(Number)

const prepared = keptSubjects(folder)
if (!prepared) throw new Error(`no subjects in ${folder}`)
const certificateOf = (der: string) => expectSuccess(parseCertificate(base64Bytes(der)))
const reader: Reader = {
  anchors: prepared.anchors.map(certificateOf),
  keys: prepared.keys.map(({ certificate, pkcs8 }) => ({
    certificate: certificateOf(certificate),
    key: expectSuccess(openPrivateKey(base64Bytes(pkcs8))),
  })),
  at: new Date(prepared.at),
}
const recipient = reader.keys[0]?.certificate
if (!recipient) throw new Error('no recipient')

const subjects: Subject[] = []
const originals = new Map<Subject, readonly Shown[]>()
for (const { name, bytes } of prepared.messages) {
  const subject = subjectOf(name, base64Bytes(bytes))
  const views = expectSuccess(await viewsOf(subject.bytes, reader))
  const [shown] = views
  // A check of what is never good proves nothing.
  const signed = !name.endsWith('only')
  if ((shown?.verdict.signature === 'good') !== signed) throw new Error(`${name} is ${shown?.verdict.signature}`)
  if (!['none', 'decrypted'].includes(shown?.verdict.encryption ?? '')) throw new Error(`${name} isn't decrypted`)
  subjects.push(subject)
  originals.set(subject, views)
}
// The memory that the code itself takes.
for (let round = 0; round < 20; round++) for (const { bytes } of subjects) await look(bytes, reader)

const outcomes: Record<string, number> = {}
const keptBefore = await keptBytes()
const started = peakBytes()
let slowest = { seconds: 0, index: first }

for (let index = first; index < end; index += step) {
  writeSync(1, `${index}\n`)
  const mutated = await mutate(subjects, seed, index, recipient)
  const before = process.cpuUsage()
  const [residentBefore, peakBefore] = [process.memoryUsage.rss(), peakBytes()]
  const faults: string[] = []
  try {
    const shown = await look(mutated.bytes, reader)
    const outcome = shown.ok ? `${shown.value.verdict.signature}, ${shown.value.verdict.encryption}` : shown.error.code
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    if (shown.ok)
      faults.push(...faultsOf(shown.value, originalsOf(mutated), mutated.changes.includes('encrypted afterwards')))
  } catch (error) {
    faults.push(`threw ${error instanceof Error ? error.stack : error}`)
  }
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1_000_000
  if (seconds > slowest.seconds) slowest = { seconds, index }
  if (seconds > mostSeconds) faults.push(`took ${seconds.toFixed(2)} s`)
  const taken = peakBytes() - residentBefore
  if (peakBytes() > peakBefore && taken > mostTakenBytes) faults.push(`took ${mebibytes(taken)} MiB`)
  if (faults.length > 0) report(index, mutated, faults)
}
const kept = (await keptBytes()) - keptBefore
if (kept > mostKeptBytes)
  writeSync(1, `!${JSON.stringify({ index: first, faults: [`${mebibytes(kept)} MiB were kept after all`] })}\n`)
writeSync(
  1,
  `=${JSON.stringify({ outcomes, slowest, startedMiB: mebibytes(started), peakMiB: mebibytes(peakBytes()), keptMiB: mebibytes(kept) })}\n`,
)

/** The most that was resident at once since the process began. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1_024
}

/** What is left after the garbage was collected; finalisers run between the rounds. */
async function keptBytes(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    if (!globalThis.gc) throw new Error('run by node --expose-gc')
    globalThis.gc()
    await nextTurn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1_048_576)
}

function originalsOf({ sources }: Mutated): Shown[] {
  return sources.flatMap((source) => originals.get(source) ?? [])
}

function report(index: number, { bytes, sources, changes }: Mutated, faults: readonly string[]): void {
  writeFileSync(join(folder, `${index}.eml`), bytes)
  writeSync(1, `!${JSON.stringify({ index, faults, changes, sources: sources.map(({ name }) => name) })}\n`)
}
