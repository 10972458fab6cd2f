/** What every host brings along for the services: the machine below, the sandbox's servers, and where the profile lies. */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import packageJson from '../../package.json' with { type: 'json' }
import { systemClock } from '../base/clock.ts'
import { createLog } from '../base/log.ts'
import { systemRandom } from '../base/random.ts'
import { readSandboxState } from '../sandbox/state.ts'
import type { Runtime } from '../services/context.ts'
import type { SandboxServers } from '../services/sandbox/sandboxLink.ts'
import { removeLeftBehindTools } from './toolMachine.ts'

export { defaultHome } from './defaultHome.ts'

export interface RuntimeOptions {
  readonly host: Runtime['host']
  /** The profile's folder; the log goes below it. */
  readonly home: string
  readonly osSecretStore?: Runtime['osSecretStore']
  readonly openLink?: Runtime['openLink']
  readonly remind?: Runtime['remind']
  readonly experimentalAlgorithms?: boolean
}

export function createRuntime(options: RuntimeOptions): Runtime {
  const { host, home, osSecretStore, openLink, remind, experimentalAlgorithms } = options
  removeLeftBehindTools(home)
  const log = createLog({ folder: join(home, 'logs'), level: 'info' }).child({ host })
  return {
    host,
    version: packageJson.version,
    clock: systemClock,
    random: systemRandom,
    log,
    sandboxServers: lazySandboxServers(log),
    ...(host === 'cli' ? { waitForTurn: (seconds: number) => sleep(seconds * 1_000) } : {}),
    systemRoots: lazySystemRoots,
    thunderbird: async () => (await import('./thunderbirdMachine.ts')).thunderbirdMachine(home),
    tools: async () => (await import('./toolMachine.ts')).toolMachine(home),
    ...(osSecretStore ? { osSecretStore } : {}),
    ...(openLink ? { openLink } : {}),
    ...(remind ? { remind } : {}),
    ...(experimentalAlgorithms ? { experimentalAlgorithms } : {}),
  }
}

/** Asked for once a day at most, and only where the person wants it. */
const lazySystemRoots: NonNullable<Runtime['systemRoots']> = {
  async read() {
    const { systemRootStore } = await import('./systemRootStore.ts')
    return systemRootStore(process.platform).read()
  },
}

/**
 * Whether this process has started servers is a fact of the process, not of one runtime: two profiles in one process (the
 * demo's two people) share them.
 */
let startedHere = false

/** A CA and two mail servers are a lot of code: loaded when the sandbox is started, never before. */
function lazySandboxServers(log: Runtime['log']): SandboxServers {
  return {
    async start(folder) {
      const { sandboxServers } = await import('../sandbox/servers.ts')
      const started = await sandboxServers({ clock: systemClock, random: systemRandom, log }).start(folder)
      if (started.ok) startedHere = true
      return started
    },
    readState(folder) {
      const state = readSandboxState(folder)
      // After a crash the number of a dead process can come back as this one's.
      return state?.pid === process.pid && !startedHere ? undefined : state
    },
  }
}
