/**
 * The S/MIME engine beside its peers with the same key and the same content, how its cost grows, and how near it is to what
 * the machine can do. Ours runs as it ships, bundled; `openssl` streams where it can.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gpgsmHome } from '../../electron/smime/testGpgsmHome.ts'
import { bundleProgram } from '../bundle.mjs'
import { type EngineFolder, isPresent, makeIdentity, writeAttachment, writeEntity } from './engineFiles.ts'
import type { Limit } from './limits.ts'
import { type Measured, measure, medianMeasured, type Row } from './measure.ts'

export interface EngineOptions {
  /** MiB of the attachment that is compared with peers. */
  readonly size: number
  /** MiB of the attachments that show growth. */
  readonly sizes: readonly number[]
  /** Small signed mails. */
  readonly mails: number
  /** How often each pair is measured; the median counts. */
  readonly runs: number
}

const memoryGoal = 'memory ≤ 160 MiB'
const source = fileURLToPath(new URL('./mailWork.ts', import.meta.url))
const bundled = fileURLToPath(new URL('../../.runtime/bench/', import.meta.url))

export async function measureEngine(options: EngineOptions): Promise<Row[]> {
  if (!isPresent('openssl', 'version')) throw new Error('the bench of the engine needs the openssl command')
  const program = await bundleProgram('mailWork', source, bundled)
  const folder = await mkdtemp(join(tmpdir(), 'siegel-bench-'))
  try {
    const files = await makeIdentity(folder)
    const ours = (task: string, ...parameters: string[]) => [process.execPath, program, task, folder, ...parameters]
    return [
      ...(await besidePeers(files, ours, options)),
      ...(await manyMails(ours, options)),
      ...(await growth(files, ours, options)),
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Ours = (task: string, ...parameters: string[]) => string[]

async function besidePeers({ at, root, person }: EngineFolder, ours: Ours, options: EngineOptions): Promise<Row[]> {
  const { size, runs } = options
  await writeAttachment(at('attachment'), size)
  await writeEntity(at('attachment'), at('plain.eml'))
  const cms = (...parameters: string[]) => ['openssl', 'cms', ...parameters]
  const own = ['-inkey', at('key.pem')]
  const certificate = at('certificate.pem')
  const encrypt = ['-encrypt', '-aes256', '-stream', '-out']
  const seal = await inTurns(
    runs,
    [ours('seal', at('attachment'), at('ours.eml'))],
    [
      cms('-sign', '-in', at('plain.eml'), '-signer', certificate, ...own, '-out', at('signed.eml')),
      cms(...encrypt, at('sealed.eml'), '-in', at('signed.eml'), certificate),
    ],
  )
  const open = await inTurns(
    runs,
    [ours('open', at('sealed.eml'))],
    [
      cms('-decrypt', '-in', at('sealed.eml'), ...own, '-recip', certificate, '-out', at('opened.eml')),
      cms('-verify', '-in', at('opened.eml'), '-CAfile', at('root.pem'), '-out', at('out')),
    ],
  )
  const rows: Row[] = [
    { what: `sign and encrypt ${size} MiB`, ...seal, peerName: 'openssl cms', goal: `time ≤ 0.75, ${memoryGoal}` },
    { what: `decrypt and verify ${size} MiB`, ...open, peerName: 'openssl cms', goal: `time ≤ 0.15, ${memoryGoal}` },
  ]
  const sealing = await limitOf(ours('sealing-limit', at('attachment'), at('sealed.eml')))
  const opening = await limitOf(ours('opening-limit', at('attachment'), at('sealed.eml')))
  rows.push(limitRow(`sign and encrypt ${size} MiB`, seal.ours, sealing))
  rows.push(limitRow(`decrypt and verify ${size} MiB`, open.ours, opening))

  const der = ['-outform', 'DER', '-in', at('plain.eml'), certificate]
  await measure(cms(...encrypt, at('sealed.p7m'), ...der))
  const decrypt = ours('decrypt', at('sealed.p7m'))
  const what = `decrypt ${size} MiB alone`
  const goal = `time ≤ 0.5, ${memoryGoal}`
  if (!isPresent('gpgsm')) {
    rows.push({ what, ours: await measure(decrypt), peerName: 'gpgsm', peer: undefined, goal })
    return rows
  }
  const home = gpgsmHome(root)
  try {
    home.importKey(person)
    const gpgsm = ['gpgsm', '--batch', '--yes', '--disable-crl-checks', '--disable-dirmngr', '--output', at('out')]
    const peer = ['env', `GNUPGHOME=${home.path('')}`, ...gpgsm, '--decrypt', at('sealed.p7m')]
    rows.push({ what, ...(await inTurns(runs, [decrypt], [peer])), peerName: 'gpgsm', goal })
  } finally {
    home.remove()
  }
  return rows
}

/** In turns, so that a busy moment hits both. */
async function inTurns(
  runs: number,
  ours: readonly string[][],
  peer: readonly string[][],
): Promise<{ ours: Measured; peer: Measured }> {
  const both: { ours: Measured; peer: Measured }[] = []
  // The peer comes first: what it writes, ours may read.
  for (let run = 0; run < runs; run += 1) both.push({ peer: await measure(...peer), ours: await measure(...ours) })
  return { ours: medianMeasured(both.map((one) => one.ours)), peer: medianMeasured(both.map((one) => one.peer)) }
}

async function limitOf(command: readonly string[]): Promise<Limit> {
  return JSON.parse((await measure(command)).output)
}

/** The limit is what one core needs; sealing shares the work between two. */
function limitRow(what: string, ours: Measured, limit: Limit): Row {
  const parts = Object.entries(limit)
  const sum = parts.reduce((total, [, seconds]) => total + seconds, 0)
  const said = parts.map(([name, seconds]) => `${name} ${seconds.toFixed(2)} s`).join(', ')
  return {
    what: `${what}: the limit`,
    ours: { ...ours, peakMiB: undefined },
    peerName: `${said}:`,
    peer: { seconds: sum, peakMiB: undefined, output: '' },
  }
}

/** On one core, in one process, without its start. */
async function manyMails(ours: Ours, { mails }: EngineOptions): Promise<Row[]> {
  await measure(ours('sign-many', String(mails)))
  const pinned = isPresent('taskset') ? ['taskset', '-c', String(cpus().length - 1)] : []
  const rows: Row[] = []
  for (const count of [mails / 4, mails / 2, mails].map(Math.floor)) {
    const { peakMiB, output } = await measure([...pinned, ...ours('verify-many', String(count))])
    const { seconds } = JSON.parse(output) as { seconds: number }
    rows.push({
      what: `verify ${count} mails of 20 KB`,
      ours: { seconds, peakMiB, output },
      rate: `${Math.round(count / seconds)}/s`,
      goal: '1500/s on one core',
    })
  }
  return rows
}

async function growth({ at }: EngineFolder, ours: Ours, { sizes }: EngineOptions): Promise<Row[]> {
  const sealing: Row[] = []
  const opening: Row[] = []
  for (const size of sizes) {
    await writeAttachment(at('attachment'), size)
    const goal = memoryGoal
    const sealed = await measure(ours('seal', at('attachment'), at('ours.eml')))
    const opened = await measure(ours('open', at('ours.eml')))
    const rate = ({ seconds }: Measured) => `${Math.round(size / seconds)} MiB/s`
    sealing.push({ what: `sign and encrypt ${size} MiB`, ours: sealed, rate: rate(sealed), goal })
    opening.push({ what: `decrypt and verify ${size} MiB`, ours: opened, rate: rate(opened), goal })
    await rm(at('ours.eml'))
  }
  return [...sealing, ...opening]
}
