/**
 * Bundles the program with Vite: the renderer for Chrome 130, the privileged side for Node 20, so that one bundle runs in
 * Electron 33 and later and in every Node from 20 up.
 *
 *   dist/renderer/          the window's page
 *   dist/desktop/main.js    Electron's main process; preload.cjs beside it
 *   dist/browser/main.js    the browser host
 *   dist/cli/main.js        the terminal
 *   dist/threads/           what runs in a thread of its own
 *   dist/chunks/            what they share and load when it is needed
 *   dist/data/              what is read as a file, and only when it is needed: the e-mail roots
 *
 * `node build/bundle.mjs if-stale` leaves it at that where dist/ is newer than the sources.
 */

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail, root, runtimeFolder, say } from './tools.mjs'

/** Not bundled: a native module finds its file beside itself, and the IMAP server reads its plug-ins from its folder. */
const external = [/^electron$/, /^@photostructure\/sqlite$/, /^hoodiecrow-imap$/]

/** What dist/ is made from: a change in one of them makes it stale. */
const sources = ['electron', 'renderer', 'shared', 'build/bundle.mjs', 'package.json', 'package-lock.json']

/** There while dist/ is whole: it goes before anything in it is written. */
const stamp = join(root, 'dist', '.bundled')

export function isStale() {
  if (!existsSync(stamp)) return true
  const made = statSync(stamp).mtimeMs
  return sources.some((source) => newest(join(root, source)) > made)
}

function newest(path) {
  const facts = statSync(path)
  if (!facts.isDirectory()) return facts.mtimeMs
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), facts.mtimeMs)
}

async function bundle(onlyIfStale) {
  const release = await takeTurn()
  try {
    // Another one may have bundled in the turn before, and what it made may be running already.
    if (onlyIfStale && !isStale()) return
    const started = Date.now()
    const { build } = await import('vite')
    rmSync(stamp, { force: true })
    await build(await rendererOptions())
    for (const folder of ['desktop', 'browser', 'cli', 'threads', 'chunks', 'data']) {
      rmSync(join(root, 'dist', folder), { recursive: true, force: true })
    }
    await build(privilegedOptions())
    await build(threadOptions())
    await build(preloadOptions())
    writeFileSync(stamp, '')
    // A source that changed while this ran counts as newer.
    utimesSync(stamp, started / 1000, started / 1000)
    say(`Bundled everything in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  } finally {
    release()
  }
}

/** Bundles one more program of the privileged side, with its threads, into a folder: what is measured runs as what ships. */
export async function bundleProgram(name, source, folder) {
  const { build } = await import('vite')
  const options = privilegedOptions()
  const { rolldownOptions } = options.build
  const program = { ...rolldownOptions, input: { [`program/${name}`]: source } }
  await build({ ...options, build: { ...options.build, outDir: folder, rolldownOptions: program } })
  const threads = threadOptions()
  await build({ ...threads, build: { ...threads.build, outDir: folder } })
  return join(folder, 'program', `${name}.js`)
}

/** Two programs that find dist/ missing at once must not write it at once. */
async function takeTurn() {
  mkdirSync(runtimeFolder, { recursive: true })
  const lock = join(runtimeFolder, 'bundling')
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return () => rmSync(lock, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (!lives(lock)) rmSync(lock, { force: true })
      else await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

function lives(lock) {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
    return true
  } catch (error) {
    // ENOENT: it went meanwhile, and whatever lies there next is another one's.
    return error.code === 'EPERM' || error.code === 'ENOENT'
  }
}

const common = { root, configFile: false, envDir: false, logLevel: 'warn', publicDir: false }

async function rendererOptions() {
  const { default: react } = await import('@vitejs/plugin-react')
  return {
    ...common,
    root: join(root, 'renderer'),
    base: './',
    plugins: [react()],
    build: {
      target: 'chrome130',
      outDir: join(root, 'dist', 'renderer'),
      emptyOutDir: true,
      // A data: URL in a style sheet would need an exception in the policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2000,
      reportCompressedSize: false,
    },
  }
}

/**
 * mailauth names digests as DKIM does ("rsa-sha256"). Node's OpenSSL takes that; Electron's BoringSSL knows them in capitals
 * only, and every DKIM signature would count as broken in the window. A new mailauth that reads otherwise stops the bundle.
 */
const digestNamesForElectron = {
  name: 'digest-names-for-electron',
  enforce: 'pre',
  transform(code, id) {
    if (!id.replaceAll('\\', '/').endsWith('/mailauth/lib/dkim/dkim-verifier.js')) return undefined
    const named = "signatureHeader.signAlgo === 'rsa' ? signatureHeader.algorithm : null"
    if (!code.includes(named)) this.error('mailauth verifies in another way now: look at its digest names')
    return { code: code.replaceAll(named, named.replace('.algorithm ', '.algorithm.toUpperCase() ')), map: null }
  },
}

/** Data beside the code that reads it: 200 kB that most commands never look at. */
const dataFiles = {
  name: 'data-files',
  writeBundle({ dir }) {
    const target = join(dir, 'data', 'mozilla.json')
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(join(root, 'electron/certificates/roots/mozilla.json'), target)
  },
}

function privilegedOptions() {
  return {
    ...common,
    plugins: [digestNamesForElectron, dataFiles],
    ssr: { noExternal: true, target: 'node' },
    build: {
      ...privilegedBuild,
      rolldownOptions: {
        external,
        input: {
          'desktop/main': join(root, 'electron/hosts/desktop/main.ts'),
          'browser/main': join(root, 'electron/hosts/browser/main.ts'),
          'cli/main': join(root, 'electron/hosts/cli/main.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  }
}

/** A thread starts fastest from one file that holds nothing else. */
function threadOptions() {
  return {
    ...common,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ...privilegedBuild,
      rolldownOptions: {
        input: { encryption: join(root, 'electron/smime/cms/encryptionWorker.ts') },
        output: { format: 'es', entryFileNames: 'threads/[name].js' },
      },
    },
  }
}

/** A sandboxed preload script is CommonJS in one file. */
function preloadOptions() {
  return {
    ...common,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ...privilegedBuild,
      rolldownOptions: {
        external,
        input: { preload: join(root, 'electron/hosts/desktop/preload.ts') },
        output: { format: 'cjs', entryFileNames: 'desktop/[name].cjs' },
      },
    },
  }
}

const privilegedBuild = {
  ssr: true,
  target: 'node20',
  outDir: join(root, 'dist'),
  emptyOutDir: false,
  minify: false,
  sourcemap: false,
  reportCompressedSize: false,
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const when = process.argv[2]
  if (when !== undefined && when !== 'if-stale') fail('usage: bundle.mjs [if-stale]')
  // Vite's message names the file and the line; a stack trace adds nothing.
  await bundle(when === 'if-stale').catch((error) => fail(error.message))
}
