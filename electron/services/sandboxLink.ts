/**
 * The way from a sandbox profile to its servers. The servers run in this process (the window) or in another one
 * (`siegel sandbox`); either way the state file in the sandbox's own folder says where they are. A real profile has a link
 * that is never connected, so that nothing of the sandbox can leak into real trust.
 */

import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { Result } from '../base/result.ts'
import { success } from '../base/result.ts'
import type { SandboxError, SandboxState } from '../sandbox/sandbox.ts'

export interface SandboxLink {
  /** Where the servers are, or undefined when none answer or the profile is a real one. */
  state(): SandboxState | undefined
  start(): Promise<Result<SandboxState, SandboxError>>
  stop(): Promise<void>
}

export interface SandboxLinkOptions {
  readonly folder: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export const noSandbox: SandboxLink = {
  state: () => undefined,
  start: () => Promise.reject(new Error('a real profile has no sandbox')),
  stop: () => Promise.resolve(),
}

/** Connects to servers that another process runs, or starts them here. The servers' code is loaded only then. */
export async function linkSandbox(options: SandboxLinkOptions): Promise<SandboxLink> {
  const sandbox = await import('../sandbox/sandbox.ts')
  let elsewhere = sandbox.readSandboxState(options.folder)
  let running: import('../sandbox/sandbox.ts').RunningSandbox | undefined
  return {
    state: () => running?.state ?? elsewhere,
    async start() {
      if (running) return success(running.state)
      elsewhere = sandbox.readSandboxState(options.folder)
      if (elsewhere) return success(elsewhere)
      const started = await sandbox.startSandbox(options)
      if (!started.ok) return started
      running = started.value
      return success(running.state)
    },
    async stop() {
      await running?.stop()
      running = undefined
    },
  }
}
