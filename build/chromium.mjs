/**
 * The browser for the end-to-end tests: the machine's Chromium, else Playwright's, else (as root, where apt is) the
 * distribution's package, which brings a virtual screen along.
 */

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root, run, say } from './tools.mjs'

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** @returns {Promise<{ok: true, environment: {SIEGEL_CHROMIUM: string}} | {ok: false, reason: string}>} */
export async function findChromium() {
  const found = present() ?? (await installed())
  if (found) return { ok: true, environment: { SIEGEL_CHROMIUM: found } }
  return {
    ok: false,
    reason:
      'No Chromium for the end-to-end tests: run `npx playwright install chromium`, or install it as /usr/bin/chromium.',
  }
}

function present() {
  const own = process.env.SIEGEL_CHROMIUM
  return [own, ...usual, playwrights()].find((file) => file && existsSync(file))
}

function playwrights() {
  const { chromium } = createRequire(join(root, 'package.json'))('@playwright/test')
  return chromium.executablePath()
}

async function installed() {
  if (!(await aptInstall(['chromium', 'xvfb']))) return undefined
  return present()
}

/** Installs Debian packages, as root on a machine with apt; false where that can't be. */
export async function aptInstall(packages) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  say(`Installing ${packages.join(', ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-q'], { quiet: true, env })
  const { code, output } = await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], {
    quiet: true,
    env,
  })
  if (code !== 0) say(output)
  return code === 0
}
