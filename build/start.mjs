/**
 * `npm start`: sets everything up and runs the program: in its window where Electron's official runtime is installed and
 * a screen is there, otherwise in the browser. What follows `--` on the command line goes to the program.
 */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { officialElectron, whyNoElectron } from './setup.mjs'
import { environment, node, root, say } from './tools.mjs'

/** A window that ends this soon, and not by its own will, could not be opened. */
const tooSoon = 5000

await prepare()

const parameters = process.argv.slice(2)
const electron = officialElectron()
const why = reasonAgainstWindow()
if (why) await runBrowser(why)
else await runWindow()

function reasonAgainstWindow() {
  if (!electron) return whyNoElectron()
  const screen = process.env.DISPLAY || process.env.WAYLAND_DISPLAY
  if (process.platform === 'linux' && !screen) return 'there is no screen to open a window on'
  return undefined
}

async function runWindow() {
  const started = Date.now()
  // Chromium's sandbox can't run as root.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const code = await start(electron, [...asRoot, root, ...parameters])
  if (code !== 0 && Date.now() - started < tooSoon) await runBrowser('the window could not be opened')
  else process.exitCode = code
}

async function runBrowser(reason) {
  say(`Siegel runs in the browser: ${reason}.`)
  process.exitCode = await start(node(), [join(root, 'dist', 'browser', 'main.js'), '--open', ...parameters])
}

function start(command, list) {
  return new Promise((resolve) => {
    const child = spawn(command, list, { cwd: root, env: environment(), stdio: 'inherit' })
    // Ctrl+C reaches the child by itself; this process waits for it to close its profile.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
    child.on('error', () => resolve(127))
    child.on('close', (code, signal) => resolve(signal ? 0 : (code ?? 1)))
  })
}
