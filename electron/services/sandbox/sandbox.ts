/** The sandbox: entering its profile with its servers running, and leaving it. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import type { SandboxStatus } from '../../../shared/contract/sandbox.ts'
import type { ServiceContext } from '../context.ts'
import { raise } from '../raise.ts'

const os = implement(contract.sandbox).$context<ServiceContext>()

export const sandboxProcedures = {
  status: os.status.handler(({ context }) => statusOf(context)),

  enter: os.enter.handler(async ({ context }) => {
    if (context.trouble || context.application.profile.kind !== 'sandbox') await openItsProfile(context)
    await startItsServers(context)
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

async function openItsProfile(context: ServiceContext): Promise<void> {
  try {
    await context.switchTo('sandbox')
  } catch (error) {
    // A damaged one stays in view, so that its copy can be opened; from anything else the way leads back.
    if (context.trouble && context.trouble.code !== 'database-damaged') await context.switchTo('real')
    throw error
  }
}

/** A sandbox profile without servers is of no use: whatever goes wrong, the person is back where they came from. */
async function startItsServers(context: ServiceContext): Promise<void> {
  let running = false
  try {
    const started = await context.application.sandbox.start()
    running = started.ok
    if (started.ok) return
    const { error } = started
    // The servers name what the system said; for this one there is a sentence.
    const isFull = error.code === 'sandbox-cannot-start' && error.reason === 'ENOSPC'
    raise(isFull ? { code: 'disk-full' } : error)
  } finally {
    if (!running) await context.switchTo('real')
  }
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
