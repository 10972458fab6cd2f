/** From the start of the program to a window that can be used, and the memory then, beside an empty Electron window. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron as electron } from '@playwright/test'
import { openDisplay } from '../../e2e/fixtures/display.ts'
import { type Measured, medianMeasured, type Row } from './measure.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const runs = 7

export async function measureWindow(): Promise<Row[]> {
  const executablePath = process.env['SIEGEL_ELECTRON']
  if (!executablePath) {
    process.stderr.write('No Electron here: the window is not measured.\n')
    return []
  }
  const display = await openDisplay()
  const folder = await mkdtemp(join(tmpdir(), 'siegel-bench-'))
  const environment = { ...process.env, DISPLAY: display.name } as Record<string, string>
  try {
    const empty = await writeEmptyApplication(join(folder, 'empty'))
    const ours: Measured[] = []
    const peer: Measured[] = []
    for (let run = 0; run < runs; run += 1) {
      ours.push(await openOnce(executablePath, [project, `--home=${join(folder, `home-${run}`)}`], environment))
      peer.push(await openOnce(executablePath, [empty], environment))
    }
    return [
      {
        what: 'interactive window',
        // The first run of each fills the disk's cache.
        ours: medianMeasured(ours.slice(1)),
        peerName: 'empty Electron window',
        peer: medianMeasured(peer.slice(1)),
        goal: 'time ≤ 1.5, memory ≤ 1.4',
      },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    await display.close()
  }
}

/** Interactive: a button is on the screen and can be pressed. Memory: all processes of the program together. */
async function openOnce(
  executablePath: string,
  parameters: readonly string[],
  environment: Record<string, string>,
): Promise<Measured> {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const started = performance.now()
  const application = await electron.launch({ executablePath, args: [...asRoot, ...parameters], env: environment })
  const page = await application.firstWindow()
  await page.waitForSelector('button:not([disabled])', { state: 'visible' })
  const seconds = (performance.now() - started) / 1000
  const kilobytes = await application.evaluate(({ app }) =>
    app.getAppMetrics().reduce((sum, { memory }) => sum + memory.workingSetSize, 0),
  )
  await application.close()
  return { seconds, peakMiB: kilobytes / 1024 }
}

async function writeEmptyApplication(folder: string): Promise<string> {
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'empty', version: '1.0.0', main: 'main.cjs' }))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Empty</title><button>Nothing</button>')
  await writeFile(
    join(folder, 'main.cjs'),
    `const { app, BrowserWindow } = require('electron')
app.setPath('userData', ${JSON.stringify(join(folder, 'data'))})
app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 800 }).loadFile(${JSON.stringify(join(folder, 'index.html'))}))
`,
  )
  return folder
}
