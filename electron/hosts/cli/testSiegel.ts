/** The package's bin over the bundle for tests, as `npx siegel` runs it: real processes, real exit codes. */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const siegelEntry = fileURLToPath(new URL('../../../build/siegel.mjs', import.meta.url))

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

export type Siegel = (
  args: readonly string[],
  options?: {
    readonly passphrase?: string
    readonly home?: string
    /** What stands on standard input. */
    readonly input?: string
  },
) => Promise<Outcome>

/** Commands whose profiles lie in `folder`; `home` names one of them. */
export function siegelIn(folder: string): Siegel {
  return (args, options = {}) => {
    const { SIEGEL_PASSPHRASE: _, ...environment } = process.env
    const home = ['--home', join(folder, options.home ?? 'home'), '--lang', 'en']
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        ['--no-warnings', siegelEntry, ...args, ...home],
        {
          env: options.passphrase ? { ...environment, SIEGEL_PASSPHRASE: options.passphrase } : environment,
          maxBuffer: 64 * 1024 * 1024,
        },
        (error, out, err) => resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err }),
      )
      if (options.input !== undefined) child.stdin?.end(options.input)
    })
  }
}
