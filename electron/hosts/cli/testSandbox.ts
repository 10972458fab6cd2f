/** For tests: the sandbox's servers, run by `siegel sandbox` in a process of its own. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { vi } from 'vitest'
import { readSandboxState, type SandboxState } from '../../sandbox/state.ts'
import { siegelEntry } from './testSiegel.ts'

export interface TestSandbox {
  readonly state: SandboxState
  close(): Promise<void>
}

/** Those of the profile `home`, once they answer. */
export async function runSandbox(home: string): Promise<TestSandbox> {
  const servers = spawn(process.execPath, ['--no-warnings', siegelEntry, 'sandbox', '--home', home], {
    stdio: 'ignore',
  })
  const state = await vi.waitUntil(() => readSandboxState(join(home, 'sandbox', 'server')), {
    timeout: 240_000,
    interval: 100,
  })
  return {
    state,
    async close() {
      const ended = new Promise((resolve) => servers.once('close', resolve))
      servers.kill('SIGTERM')
      await ended
    },
  }
}
