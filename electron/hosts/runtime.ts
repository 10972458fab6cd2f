/** What every host brings along for the services: the machine below, the sandbox's servers, and where the profile lies. */

import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { systemClock } from '../base/clock.ts'
import { createLog } from '../base/log.ts'
import { systemRandom } from '../base/random.ts'
import { readSandboxState } from '../sandbox/state.ts'
import type { Runtime } from '../services/context.ts'
import type { SandboxServers } from '../services/sandboxLink.ts'

export { defaultHome } from './defaultHome.ts'

export interface RuntimeOptions {
  readonly host: Runtime['host']
  /** The profile's folder; the log goes below it. */
  readonly home: string
  readonly osSecretStore?: Runtime['osSecretStore']
}

export function createRuntime(options: RuntimeOptions): Runtime {
  const { host, home, osSecretStore } = options
  const log = createLog({ folder: join(home, 'logs'), level: 'info' }).child({ host })
  return {
    host,
    version: packageJson.version,
    clock: systemClock,
    random: systemRandom,
    log,
    sandboxServers: lazySandboxServers(log),
    ...(osSecretStore ? { osSecretStore } : {}),
  }
}

/** A CA and two mail servers are a lot of code: loaded when the sandbox is started, never before. */
function lazySandboxServers(log: Runtime['log']): SandboxServers {
  let loaded: SandboxServers | undefined
  return {
    async start(folder) {
      const { sandboxServers } = await import('../sandbox/servers.ts')
      loaded ??= sandboxServers({ clock: systemClock, random: systemRandom, log })
      return loaded.start(folder)
    },
    readState(folder) {
      if (loaded) return loaded.readState(folder)
      const state = readSandboxState(folder)
      // Nothing was started here, so this process's number was a dead one's before.
      return state?.pid === process.pid ? undefined : state
    },
  }
}
