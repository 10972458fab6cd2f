/**
 * A worker of the mutation check: `FOLDER SEED FIRST STEP END` opens the mutations FIRST, FIRST+STEP, … before END.
 *
 * Tells its parent by lines on standard output: the index before it begins one, so that a crash or a hang has a name; `!` and
 * JSON for a failure; `=` and JSON with the counts at its end. The lines are written at once, not when the loop comes round.
 */

import { writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { base64Bytes } from '../../electron/base/bytes.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import { parseCertificate } from '../../electron/certificates/certificate.ts'
import { openPrivateKey } from '../../electron/crypto/privateKey.ts'
import { faultsOf, look, type Reader, type Shown, viewsOf } from './judge.ts'
import { type Mutated, mutate, type Subject, subjectOf } from './mutate.ts'
import { keptSubjects } from './subjects.ts'

/** Of the processor's time: what other processes take of the machine doesn't count. */
const mostSeconds = 1
const mostGrowthBytes = 268_435_456

const [folder = '', ...numbers] = process.argv.slice(2)
const [seed = 0, first = 0, step = 1, end = 0] = numbers.map(Number)

const kept = keptSubjects(folder)
if (!kept) throw new Error(`no subjects in ${folder}`)
const certificateOf = (der: string) => expectSuccess(parseCertificate(base64Bytes(der)))
const reader: Reader = {
  anchors: kept.anchors.map(certificateOf),
  keys: kept.keys.map(({ certificate, pkcs8 }) => ({
    certificate: certificateOf(certificate),
    key: expectSuccess(openPrivateKey(base64Bytes(pkcs8))),
  })),
  at: new Date(kept.at),
}
const recipient = reader.keys[0]?.certificate
if (!recipient) throw new Error('no recipient')

const subjects: Subject[] = []
const originals = new Map<Subject, readonly Shown[]>()
for (const { name, bytes } of kept.messages) {
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
const started = process.resourceUsage().maxRSS
let peak = started
let slowest = { seconds: 0, index: first }

for (let index = first; index < end; index += step) {
  writeSync(1, `${index}\n`)
  const mutated = await mutate(subjects, seed, index, recipient)
  const before = process.cpuUsage()
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
  const { maxRSS } = process.resourceUsage()
  // Counted once: the peak stays where it is.
  if (maxRSS > peak && (maxRSS - started) * 1_024 > mostGrowthBytes) {
    faults.push(`memory grew by ${Math.round((maxRSS - started) / 1_024)} MiB`)
  }
  peak = Math.max(peak, maxRSS)
  if (faults.length > 0) report(index, mutated, faults)
}
writeSync(1, `=${JSON.stringify({ outcomes, slowest, startedMiB: started / 1_024, peakMiB: peak / 1_024 })}\n`)

function originalsOf({ sources }: Mutated): Shown[] {
  return sources.flatMap((source) => originals.get(source) ?? [])
}

function report(index: number, { bytes, sources, changes }: Mutated, faults: readonly string[]): void {
  writeFileSync(join(folder, `${index}.eml`), bytes)
  writeSync(1, `!${JSON.stringify({ index, faults, changes, sources: sources.map(({ name }) => name) })}\n`)
}
