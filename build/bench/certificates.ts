/** Certificates beside the openssl command: one chain, a chain seen before, and a long revocation list. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleProgram } from '../bundle.mjs'
import { listedCount, writeCertificateFiles } from './certificateFiles.ts'
import { isPresent } from './engineFiles.ts'
import { type Measured, measure, medianMeasured, type Row } from './measure.ts'

const source = fileURLToPath(new URL('./certificateWork.ts', import.meta.url))
const bundled = fileURLToPath(new URL('../../.runtime/bench/', import.meta.url))

export async function measureCertificates(runs: number): Promise<Row[]> {
  const program = await bundleProgram('certificateWork', source, bundled)
  const folder = await mkdtemp(join(tmpdir(), 'siegel-bench-'))
  try {
    await writeCertificateFiles(folder)
    const ours = (task: string) => median(runs, [process.execPath, program, task, folder])
    const inChain = (name: string) => join(folder, 'chains', '0', `${name}.pem`)
    const trust = ['-CAfile', inChain('root'), '-untrusted', inChain('intermediate')]
    const openssl = isPresent('openssl', 'version')
    const beside = (...command: string[]) => (openssl ? median(runs, ['openssl', ...command]) : undefined)
    const list = await ours('list')
    const { lookup } = JSON.parse(list.output) as { lookup: number }
    return [
      {
        what: 'verify a chain of three, as a command',
        ours: await ours('verify'),
        peerName: 'openssl verify',
        peer: await beside('verify', ...trust, inChain('leaf')),
      },
      { what: 'validate a chain of three, never seen', ours: inside(await ours('cold')), goal: '2 ms of CPU' },
      { what: 'validate a chain of three, seen before', ours: inside(await ours('cached')), goal: '50 µs' },
      {
        what: `read a list of ${listedCount} revoked certificates`,
        ours: inside(list),
        peerName: 'openssl crl, as a command',
        peer: await beside('crl', '-in', join(folder, 'list.crl'), '-noout'),
        goal: '300 ms',
      },
      { what: 'look a certificate up in it', ours: { ...inside(list), seconds: lookup }, goal: 'microseconds' },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function median(runs: number, command: readonly string[]): Promise<Measured> {
  const measured: Measured[] = []
  for (let run = 0; run < runs; run += 1) measured.push(await measure(command))
  return medianMeasured(measured)
}

/** What a task measured itself, without its start. */
function inside({ output }: Measured): Measured {
  const { seconds } = JSON.parse(output) as { seconds: number }
  return { seconds, peakMiB: undefined, output }
}
