/** From the start of the program to a window that can be used, and the memory then, beside an empty Electron window. */

import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, errors } from '@playwright/test'
import { openDisplay } from '../../e2e/fixtures/display.ts'
import { type Measured, medianMeasured, type Row } from './measure.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const runs = 7
/** A program that is asked for its pages in the very moment when its first one appears sometimes doesn't answer. */
const attempts = 3
const attachingLimitMs = 10_000

export async function measureWindow(): Promise<Row[]> {
  const display = await openDisplay()
  const folder = await mkdtemp(join(tmpdir(), 'siegel-bench-'))
  const start = (parameters: readonly string[]) => openPatiently(electronProgram(), parameters, display.name)
  try {
    const empty = await writeEmptyApplication(join(folder, 'empty'))
    const ours: Measured[] = []
    const peer: Measured[] = []
    // In turns, so that a busy moment hits both.
    for (let run = 0; run < runs; run += 1) {
      ours.push(await start([project, `--home=${join(folder, `home-${run}`)}`]))
      peer.push(await start([empty]))
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

/** The official runtime, or the one for tests where ELECTRON_OVERRIDE_DIST_PATH names it. */
function electronProgram(): string {
  return createRequire(import.meta.url)('electron') as string
}

async function openPatiently(electron: string, parameters: readonly string[], display: string): Promise<Measured> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openOnce(electron, parameters, display)
    } catch (error) {
      if (attempt === attempts || !(error instanceof errors.TimeoutError)) throw error
    }
  }
}

/**
 * Interactive: the page with its buttons is on the screen. The page itself remembers when it last painted something larger
 * (largest contentful paint), so that looking late doesn't count. Memory: what all processes of the program hold together.
 */
async function openOnce(electron: string, parameters: readonly string[], display: string): Promise<Measured> {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const started = Date.now()
  const child = spawn(electron, [...asRoot, '--remote-debugging-port=0', ...parameters], {
    env: { ...process.env, DISPLAY: display },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    const browser = await chromium.connectOverCDP(await debuggingAddress(child), { timeout: attachingLimitMs })
    const [context] = browser.contexts()
    const page = context?.pages()[0] ?? (await context?.waitForEvent('page'))
    if (!page) throw new Error('no window opened')
    await page.waitForSelector('button:not([disabled])', { state: 'visible' })
    // Later paints, and whatever starts with the window, belong to it.
    await page.waitForTimeout(1_000)
    const painted = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          new PerformanceObserver((list) => {
            resolve(performance.timeOrigin + (list.getEntries().at(-1)?.startTime ?? Number.NaN))
          }).observe({ type: 'largest-contentful-paint', buffered: true })
        }),
    )
    const peakMiB = memoryOf(child.pid)
    await browser.close()
    return { seconds: (painted - started) / 1000, peakMiB, output: '' }
  } finally {
    const ended = new Promise((resolve) => child.once('close', resolve))
    if (child.exitCode === null) {
      child.kill('SIGTERM')
      await ended
    }
  }
}

function debuggingAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      const found = /DevTools listening on (ws:\/\/\S+)/.exec(said)?.[1]
      if (found) resolve(found)
    })
    child.on('close', (code) => reject(new Error(`Electron ended with ${code}: ${said}`)))
  })
}

/** Proportional set size of a process and all below it: memory that several share counts once. Linux alone. */
function memoryOf(top: number | undefined): number | undefined {
  if (process.platform !== 'linux' || top === undefined) return undefined
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = /\) \S (\d+)/.exec(textOf(`/proc/${name}/stat`))?.[1]
    if (parent !== undefined) parents.set(Number(name), Number(parent))
  }
  const belongs = (pid: number): boolean => pid === top || (parents.has(pid) && belongs(parents.get(pid) ?? 0))
  const kilobytes = [...parents.keys()]
    .filter(belongs)
    .map((pid) => Number(/^Pss:\s+(\d+)/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0))
  return kilobytes.reduce((sum, size) => sum + size, 0) / 1024
}

/** A process may end while it is looked at. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

async function writeEmptyApplication(folder: string): Promise<string> {
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'empty', version: '1.0.0', main: 'main.cjs' }))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Empty</title><p>Empty</p><button>Nothing</button>')
  await writeFile(
    join(folder, 'main.cjs'),
    `const { app, BrowserWindow } = require('electron')
app.setPath('userData', ${JSON.stringify(join(folder, 'data'))})
app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 800 }).loadFile(${JSON.stringify(join(folder, 'index.html'))}))
`,
  )
  return folder
}
