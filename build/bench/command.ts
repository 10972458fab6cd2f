/** How long `siegel --version` takes beside a Node that does nothing. */

import { fileURLToPath } from 'node:url'
import { type Measured, measure, medianMeasured, type Row } from './measure.ts'

const siegel = fileURLToPath(new URL('../siegel.mjs', import.meta.url))
const runs = 25

export async function measureCommand(): Promise<Row[]> {
  const ours: Measured[] = []
  const peer: Measured[] = []
  // In turns, so that a busy moment hits both.
  for (let run = 0; run < runs; run += 1) {
    ours.push(await measure([process.execPath, siegel, '--version']))
    peer.push(await measure([process.execPath, '-e', '0']))
  }
  return [
    {
      what: 'siegel --version',
      ours: medianMeasured(ours),
      peerName: 'node -e 0',
      peer: medianMeasured(peer),
      goal: 'time ≤ 1.5',
    },
  ]
}
