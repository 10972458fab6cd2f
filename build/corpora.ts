/** Where the public test data lies: the folder named by SIEGEL_CORPORA, else ../shared/corpora beside the project. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const beside = fileURLToPath(new URL('../../shared/corpora', import.meta.url))

/** The folder of one corpus ("rfc9788"), or undefined with one line that says why a suite is skipped. */
export function corpus(name: string): string | undefined {
  const folder = join(process.env['SIEGEL_CORPORA'] ?? beside, name)
  if (existsSync(folder)) return folder
  console.warn(`skipped: no test data ${name} (set SIEGEL_CORPORA to the folder that holds it)`)
  return undefined
}
