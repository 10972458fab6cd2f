#!/usr/bin/env node
/**
 * The `siegel` command, for any Node from 20 up: starts the terminal host in this process. The version is answered
 * without loading anything.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const [first, ...rest] = process.argv.slice(2)

if (rest.length === 0 && (first === '--version' || first === '-V')) {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${version}\n`)
} else {
  const entry = new URL('../dist/cli/main.js', import.meta.url)
  // Written last: without it dist/ is missing, or somebody is at it.
  if (!existsSync(new URL('../dist/.bundled', import.meta.url))) {
    // Everything that this prints goes to standard error: standard output belongs to the command.
    const prepare = fileURLToPath(new URL('./prepare.mjs', import.meta.url))
    const { status } = spawnSync(process.execPath, [prepare], { stdio: ['ignore', 2, 2] })
    if (status !== 0) process.exit(status ?? 1)
  }
  // From Node 22 on, compiled code is kept, so that the next start is quicker.
  module.enableCompileCache?.()
  await import(entry.href)
}
