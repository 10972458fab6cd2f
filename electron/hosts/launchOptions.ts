/** What may follow the program's name where it opens a window: `--home DIR`, and `--open` for the browser host. */

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultHome } from './defaultHome.ts'

export interface LaunchOptions {
  /** The profile's folder. */
  readonly home: string
  /** Open the system's browser at the address. */
  readonly open: boolean
}

/** Switches of Electron and Chromium stand on the same command line; they are passed over. */
export function launchOptions(commandLine: readonly string[]): LaunchOptions {
  const { values } = parseArgs({
    args: [...commandLine],
    options: { home: { type: 'string' }, open: { type: 'boolean' } },
    strict: false,
  })
  const { home, open } = values
  // Electron takes absolute paths only.
  return { home: resolve(typeof home === 'string' && home !== '' ? home : defaultHome()), open: open === true }
}
