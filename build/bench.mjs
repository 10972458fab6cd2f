/**
 * `npm run bench`: how quick and how large Siegel is beside its peers, in one run on one machine: the window beside an empty
 * Electron window, `siegel --version` beside an empty Node, the S/MIME engine beside openssl, gpgsm and the machine itself.
 *
 * `npm run bench -- NAME…` measures only the named ones: command, engine, window. For the engine:
 *   --size=MIB          the attachment that is compared with peers (100)
 *   --sizes=MIB,MIB,…   the attachments that show growth (1,10,100,1000)
 *   --mails=COUNT       signed mails of 20 KB (5000)
 *   --runs=COUNT        how often each pair is measured; the median counts (3)
 *   --report            writes the table into README.md
 */

import { prepare } from './prepare.mjs'
import { testElectron } from './testRuntime.mjs'
import { environment, fail, node, root, run } from './tools.mjs'

await prepare()
const parameters = process.argv.slice(2)
const named = parameters.filter((parameter) => !parameter.startsWith('-'))
const electron = named.length === 0 || named.includes('window') ? await testElectron() : undefined
if (electron && !electron.ok) fail(electron.reason)
const { code } = await run(node(), ['--no-warnings', `${root}build/bench/run.ts`, ...parameters], {
  env: environment(electron?.environment),
})
process.exitCode = code
