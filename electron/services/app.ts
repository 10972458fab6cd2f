/** The program itself: which profile is open, what changed, and the settings. */

import { implement } from '@orpc/server'
import type { AppStatus } from '../../shared/contract/app.ts'
import { contract } from '../../shared/contract/contract.ts'
import type { ServiceContext } from './context.ts'

const os = implement(contract.app).$context<ServiceContext>()

export const appProcedures = {
  status: os.status.handler(({ context }) => statusOf(context)),
  events: os.events.handler(({ context, signal }) => context.events.follow(signal)),
  settings: os.settings.handler(({ context }) => context.application.settings.get()),
  changeSettings: os.changeSettings.handler(async ({ input, context }) => {
    const settings = context.application.settings.change(input)
    await context.application.experimental.settle()
    context.events.publish('settings')
    return settings
  }),
  restoreBackup: os.restoreBackup.handler(async ({ context }) => {
    await context.restoreBackup()
    return statusOf(context)
  }),
}

function statusOf(context: ServiceContext): AppStatus {
  const { runtime, trouble } = context
  const common = { version: runtime.version, host: runtime.host }
  if (trouble) {
    const damaged = trouble.code === 'database-damaged'
    return {
      ...common,
      profile: {
        kind: 'real',
        state: damaged ? 'damaged' : 'unusable',
        folder: damaged ? trouble.file : '',
        backupAvailable: damaged && trouble.backup !== undefined,
      },
    }
  }
  const { profile } = context.application
  return {
    ...common,
    profile: { kind: profile.kind, state: 'open', folder: profile.folder, backupAvailable: false },
  }
}
