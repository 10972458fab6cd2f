/**
 * What every script here needs: where things lie, which Node runs them, and running a command with a time limit.
 * Plain JavaScript for Node 20 with nothing installed.
 */

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** What the set-up fetches beside the dependencies: Node, Electron for the tests. Never committed. */
export const runtimeFolder = join(root, '.runtime')

const wantedNode = 24

/** The Node that the set-up puts into .runtime, where the machine's own is older than 24. */
export const fetchedNode = join(
  runtimeFolder,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

export function nodeIsNewEnough() {
  return Number(process.versions.node.split('.')[0]) >= wantedNode
}

/** The Node 24 that runs the tools: this one, or the fetched one. */
export function node() {
  return nodeIsNewEnough() ? process.execPath : fetchedNode
}

/** A dependency's command-line program, to be run with node(). */
export function program(path) {
  return join(root, 'node_modules', ...path.split('/'))
}

/** The environment of every tool: Node 24 and the dependencies' programs first. */
export function environment(more = {}) {
  const path = [dirname(node()), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter)
  return { ...process.env, PATH: path, ...more }
}

/**
 * Runs a command in the project's folder. Its output is passed on as it comes, and kept when `keep` is set (then stdout
 * and stderr are in `output`). `limit` is in seconds.
 *
 * @returns {Promise<{code: number, output: string, timedOut: boolean}>}
 */
export function run(command, parameters, options = {}) {
  const { keep = false, quiet = false, limit, env = environment(), cwd = root, shell = false } = options
  return new Promise((resolve) => {
    const child = spawn(command, parameters, {
      cwd,
      env,
      shell,
      stdio: keep || quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    })
    let output = ''
    let timedOut = false
    const timer =
      limit === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true
            child.kill('SIGKILL')
          }, limit * 1000)
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from?.on('data', (bytes) => {
        output += bytes
        if (!quiet) to.write(bytes)
      })
    }
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ code: 127, output: `${output}${error.message}\n`, timedOut })
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? 1, output, timedOut })
    })
  })
}

/** Runs npm: the one that started this script, where there is one. */
export function npm(parameters, options = {}) {
  const own = process.env.npm_execpath
  // The machine's own Node runs npm: it came with it.
  const env = { ...process.env, ...(options.env ?? {}) }
  if (own && existsSync(own) && /\.c?js$/.test(own))
    return run(process.execPath, [own, ...parameters], { ...options, env })
  return run('npm', parameters, { ...options, env, shell: process.platform === 'win32' })
}

export function say(line) {
  process.stderr.write(`${line}\n`)
}

export function fail(line) {
  say(line)
  process.exit(1)
}
