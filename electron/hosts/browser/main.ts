/**
 * The browser host: the same page for machines where Electron can't run. Prints the address to open; it works once, and
 * on this computer only.
 */

import { fileURLToPath } from 'node:url'
import { makeFolder } from '../../base/makeFolder.ts'
import { systemRandom } from '../../base/random.ts'
import { launchOptions } from '../launchOptions.ts'
import { forgetOwnVariables } from '../ownVariables.ts'
import { openInBrowser } from './openInBrowser.ts'
import { startPageServer } from './server.ts'

async function main(): Promise<void> {
  const { home, open } = launchOptions(process.argv.slice(2))
  forgetOwnVariables(process.env)
  makeFolder(home, 0o700)
  const services = import('../procedureServer.ts').then(({ startProcedureServer }) =>
    startProcedureServer({ host: 'browser', home }),
  )
  const [server, running] = await Promise.all([
    startPageServer({
      folder: fileURLToPath(new URL('../renderer', import.meta.url)),
      random: systemRandom,
      accept: (line) => void services.then((ready) => ready.accept(line)),
    }),
    services,
  ])
  process.stdout.write(`Siegel: ${server.address}\n`)
  if (open) openInBrowser(server.address)

  let closing = false
  const close = async () => {
    if (closing) return
    closing = true
    try {
      await server.close()
      await running.close()
    } finally {
      // Also when the disk is full or the folder is gone: whoever ends Siegel must not be left with half of it.
      process.exit()
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void close())
}

main().catch((error: unknown) => {
  process.stderr.write(`Siegel can't start: ${error instanceof Error ? error.message : 'unexpected error'}\n`)
  process.exit(1)
})
