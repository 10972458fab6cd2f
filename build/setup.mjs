/**
 * Sets a fresh clone up: Node 24 where the machine's is older, the dependencies, and Electron's official runtime where it
 * can be downloaded. Quick when there is nothing to do.
 *
 * .npmrc keeps packages from running scripts of their own; the two that are needed (Node's and Electron's downloads) run
 * here, in the open.
 */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail, fetchedNode, node, nodeIsNewEnough, npm, program, root, run, runtimeFolder, say } from './tools.mjs'

const nodeVersion = '24.21.0'
/** A download of some 110 MB; longer means that nobody waits for it with pleasure. */
const electronLimit = 600
/** Does the download's host answer at all? Machines behind a wall would otherwise wait for the limit above. */
const electronProbe = 15
/** A failed download is tried again after a day, or by `npm run setup`. */
const retryAfter = 24 * 3600 * 1000
const missing = join(runtimeFolder, 'electron-missing')

/** @param {{electron?: 'try' | 'retry' | 'leave'}} options */
export async function setup({ electron = 'try' } = {}) {
  const major = Number(process.versions.node.split('.')[0])
  if (major < 20) fail(`Siegel needs Node 20 or newer; this is ${process.versions.node}.`)
  mkdirSync(runtimeFolder, { recursive: true })
  await setUpNode()
  await setUpDependencies()
  if (electron !== 'leave') await setUpElectron(electron === 'retry')
}

async function setUpNode() {
  if (nodeIsNewEnough()) return
  const stamp = join(runtimeFolder, 'node-version')
  if (existsSync(fetchedNode) && read(stamp) === nodeVersion) return
  if (existsSync(fetchedNode)) {
    const { output } = await run(fetchedNode, ['--version'], { quiet: true, env: process.env })
    if (output.trim() === `v${nodeVersion}`) return writeFileSync(stamp, nodeVersion)
  }
  say(`Fetching Node ${nodeVersion} (this one is ${process.versions.node}) …`)
  const installed = await npm(
    [
      'install',
      '--prefix',
      runtimeFolder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      `node@${nodeVersion}`,
    ],
    { quiet: true },
  )
  const folder = join(runtimeFolder, 'node_modules', 'node')
  // The package's own installer fetches the program for this platform.
  const placed =
    installed.code === 0
      ? await run(process.execPath, ['installArchSpecificPackage.js'], { cwd: folder, quiet: true, env: process.env })
      : installed
  if (placed.code !== 0 || !existsSync(fetchedNode)) {
    fail(
      `${placed.output}\nNode ${nodeVersion} could not be fetched. Install Node 24 or check the connection to the npm registry.`,
    )
  }
  writeFileSync(stamp, nodeVersion)
}

async function setUpDependencies() {
  const lock = join(root, 'package-lock.json')
  const stamp = join(root, 'node_modules', '.siegel-setup')
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package.json')))
    .update(readFileSync(lock))
    .digest('hex')
  if (read(stamp) === wanted) return
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (read(stamp) === undefined && existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) {
    return writeFileSync(stamp, wanted)
  }
  say('Installing the dependencies …')
  // Not `npm ci`: the lock file names the optional packages of one platform only, and `npm ci` refuses the others.
  const { code, output } = await npm(['install', '--no-save', '--no-audit', '--no-fund', '--include=dev'], {
    quiet: true,
  })
  if (code !== 0) fail(`${output}\nThe dependencies could not be installed. Is the npm registry within reach?`)
  writeFileSync(stamp, wanted)
}

async function setUpElectron(again) {
  if (officialElectron()) return
  const version = electronVersion()
  const before = read(missing)
  if (!again && before?.startsWith(`${version}\n`) && Date.now() - statSync(missing).mtimeMs < retryAfter) return
  say(`Fetching Electron ${version} …`)
  const reachable = await answers(version)
  const done = reachable
    ? await run(node(), [program('electron/install.js')], { quiet: true, limit: electronLimit })
    : undefined
  if (done?.code === 0 && officialElectron()) return rmSync(missing, { force: true })
  const why = !done ? 'can’t be reached' : done.timedOut ? 'took too long' : 'ended early'
  writeFileSync(missing, `${version}\nElectron ${version} is not available here, its download ${why}`)
}

/** Why there is no official runtime, in a few words. */
export function whyNoElectron() {
  return read(missing)?.split('\n')[1] ?? 'Electron is not installed'
}

async function answers(version) {
  const mirror = process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror
  const address = `${mirror ?? 'https://github.com/electron/electron/releases/download/'}v${version}/SHASUMS256.txt`
  try {
    const response = await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(electronProbe * 1000) })
    return response.ok
  } catch {
    // Behind a proxy that only the installer knows how to use, this says nothing.
    return process.env.ELECTRON_GET_USE_PROXY !== undefined
  }
}

function electronVersion() {
  return JSON.parse(readFileSync(program('electron/package.json'), 'utf8')).version
}

/** The program of Electron's official runtime, where it is installed. */
export function officialElectron() {
  const path = read(program('electron/path.txt'))
  if (path === undefined) return undefined
  const file = join(root, 'node_modules', 'electron', 'dist', path)
  return existsSync(file) ? file : undefined
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await setup({ electron: 'retry' })
  say(
    officialElectron()
      ? 'Ready. `npm start` opens the window.'
      : `Ready. \`npm start\` runs in the browser: ${whyNoElectron()}.`,
  )
}
