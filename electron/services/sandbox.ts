/** The sandbox: entering its profile with its servers running, and leaving it. */

import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import type { SandboxStatus } from '../../shared/contract/sandbox.ts'
import type { ServiceContext } from './context.ts'
import { orRaise } from './raise.ts'

const os = implement(contract.sandbox).$context<ServiceContext>()

export const sandboxProcedures = {
  status: os.status.handler(({ context }) => statusOf(context)),

  enter: os.enter.handler(async ({ context }) => {
    if (context.trouble || context.application.profile.kind !== 'sandbox') await context.switchTo('sandbox')
    const started = await context.application.sandbox.start()
    if (!started.ok) {
      // A sandbox profile without servers is of no use; the person is back where they came from.
      await context.switchTo('real')
      orRaise(started)
    }
    context.events.publish('sandbox')
    context.events.publish('accounts')
    context.events.publish('anchors')
    return statusOf(context)
  }),

  leave: os.leave.handler(async ({ context }) => {
    if (context.trouble || context.application.profile.kind === 'sandbox') await context.switchTo('real')
    context.events.publish('sandbox')
    return statusOf(context)
  }),
}

/** Also for a profile that can't be opened: the window still asks. */
function statusOf(context: ServiceContext): SandboxStatus {
  const active = !context.trouble && context.application.profile.kind === 'sandbox'
  const state = active ? context.application.sandbox.state() : undefined
  if (!state) return { active, running: false, people: [] }
  return {
    active,
    running: true,
    directoryUrl: state.directoryUrl,
    submission: { ...state.smtp },
    mailbox: { ...state.imap },
    people: state.people.map(({ name, address, playable }) => ({ name, address, playable })),
  }
}
