/**
 * `npm test`: sets everything up and runs every check with Node 24. Each check's output is shown as it comes; the last
 * line sums up: a check counts as one, Vitest and Playwright count each of their tests.
 *
 * `npm test -- NAME…` runs only the named checks; `npm test -- unit electron/mime` hands what follows to Vitest, and
 * `npm test -- mutations --seed 7 --only 1234` to the mutations. `npm test -- large` isn't among the checks of a plain run.
 * `npm test -- interop` asks the other programs only, as `unit` does along with all else; with `--write` the README gets the table.
 */

import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findChromium } from './chromium.mjs'
import { installPeers } from './peers.mjs'
import { setup } from './setup.mjs'
import { testElectron } from './testRuntime.mjs'
import { environment, fail, node, program, root, run, runtimeFolder, say } from './tools.mjs'

const results = join(runtimeFolder, 'results')

/** In this order: what is quick and what explains the rest come first. The terminal's tests run the bundle. */
const checks = {
  types: () => single('node_modules/typescript/bin/tsc', ['--noEmit', '-p', '.']),
  style: () => single('node_modules/@biomejs/biome/bin/biome', ['ci', '--error-on-warnings']),
  arrows: checkArrows,
  unused: () => single('node_modules/knip/bin/knip.js', []),
  bundle: () => single('build/bundle.mjs', []),
  unit: () => runVitest(first === 'unit' ? more : []),
  interop: checkInterop,
  mutations: checkMutations,
  large: checkLarge,
  browser: () => runPlaywright('browser'),
  desktop: () => runPlaywright('desktop'),
}

/** Only when they are asked for by name: what takes minutes and gigabytes, and what `unit` holds already. */
const onDemand = ['large', 'interop']

/** What follows these names is for them and names no further check. */
const takeOptions = ['unit', 'mutations', 'interop']

/** A run that counted at least one module per folder; fewer means that the tool no longer understands the sources. */
const fewestModules = 50

const [first, ...more] = process.argv.slice(2)
const chosen = choose()
await setup()
mkdirSync(results, { recursive: true })

const total = { passed: 0, failed: 0, skipped: 0 }
const failures = []
for (const name of chosen) {
  say(`\n── ${name} ──`)
  const started = Date.now()
  const { passed, failed, skipped } = await checks[name]()
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  if (failed > 0) failures.push(name)
  say(`${name}: ${failed === 0 ? 'passed' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
}
if (failures.length > 0) say(`\nFailed: ${failures.join(', ')}`)
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

function choose() {
  if (first === undefined) return Object.keys(checks).filter((name) => !onDemand.includes(name))
  const names = takeOptions.includes(first) ? [first] : [first, ...more]
  const unknown = names.find((name) => !(name in checks))
  if (unknown !== undefined) fail(`no check named ${unknown}; there are: ${Object.keys(checks).join(', ')}`)
  return names
}

async function single(file, parameters) {
  const { code } = await run(node(), [join(root, file), ...parameters])
  return outcome(code === 0)
}

function outcome(good) {
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 }
}

async function checkArrows() {
  const { code, output } = await run(
    node(),
    [
      program('dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.mjs',
      'electron',
      'renderer',
      'shared',
      'e2e',
      'build',
    ],
    { keep: true },
  )
  const modules = Number(/(\d+) modules/.exec(output)?.[1] ?? 0)
  if (modules < fewestModules) say(`dependency-cruiser saw ${modules} modules: it checked nothing`)
  return outcome(code === 0 && modules >= fewestModules)
}

async function runVitest(filters, env = {}) {
  await installPeers()
  const report = join(results, 'unit.json')
  rmSync(report, { force: true })
  const { code } = await run(
    node(),
    [
      program('vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...filters,
    ],
    { env: environment(env) },
  )
  const counted = read(report)
  if (!counted) return outcome(false)
  const failed = counted.numFailedTests
  return {
    passed: counted.numPassedTests,
    // A file that can't be loaded, or an error outside of a test, fails the run without failing a test.
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: counted.numPendingTests + (counted.numTodoTests ?? 0),
  }
}

function checkInterop() {
  const write = first === 'interop' && more.includes('--write')
  return runVitest(['electron/smime/interop/'], write ? { SIEGEL_WRITE_MATRIX: '1' } : {})
}

/** 100,000 changed messages, none of which may be called good: build/mutations. */
async function checkMutations() {
  const folder = join(results, 'mutations')
  const { code } = await run(node(), [
    '--no-warnings',
    join(root, 'build/mutations/run.ts'),
    folder,
    ...(first === 'mutations' ? more : []),
  ])
  return outcome(code === 0)
}

/** A message of more than 2 GiB, sealed and opened: build/large. */
async function checkLarge() {
  const folder = join(results, 'large')
  const { code } = await run(node(), ['--no-warnings', join(root, 'build/large/run.ts'), folder])
  rmSync(folder, { recursive: true, force: true })
  return outcome(code === 0)
}

async function runPlaywright(project) {
  const runtime = project === 'browser' ? await findChromium() : await testElectron()
  if (!runtime.ok) {
    say(runtime.reason)
    return { passed: 0, failed: runtime.optional ? 0 : 1, skipped: runtime.optional ? 1 : 0 }
  }
  const report = join(results, `${project}.json`)
  rmSync(report, { force: true })
  const { code } = await run(
    node(),
    [program('@playwright/test/cli.js'), 'test', `--project=${project}`, '--reporter=list,json'],
    { env: environment({ ...characters(), ...runtime.environment, PLAYWRIGHT_JSON_OUTPUT_NAME: report }) },
  )
  const stats = read(report)?.stats
  if (!stats) return outcome(false)
  return {
    passed: stats.expected + stats.flaky,
    failed: code !== 0 && stats.unexpected === 0 ? 1 : stats.unexpected,
    skipped: stats.skipped,
  }
}

/** Chromium opens a file whose name is not ASCII only where the locale says UTF-8. */
function characters() {
  const { LC_ALL, LC_CTYPE, LANG } = process.env
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '') ? {} : { LC_ALL: 'C.UTF-8' }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
