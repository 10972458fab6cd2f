/**
 * `npm run bench`: how quick and how large Siegel is beside its peers, in one run on one machine: the window beside an empty
 * Electron window, `siegel --version` beside an empty Node, sealing and opening beside the openssl command.
 *
 * `npm run bench -- NAME…` measures only the named ones: command, mail, window.
 */

import { prepare } from './prepare.mjs'
import { testElectron } from './testRuntime.mjs'
import { environment, fail, node, root, run } from './tools.mjs'

await prepare()
const electron = await testElectron()
if (!electron.ok) fail(electron.reason)
const { code } = await run(node(), ['--no-warnings', `${root}build/bench/run.ts`, ...process.argv.slice(2)], {
  env: environment(electron.environment),
})
process.exitCode = code
