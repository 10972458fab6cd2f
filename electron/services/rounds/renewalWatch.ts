/**
 * Renewing without a hand: while a window's process runs and the vault is open, each certificate that is due and came by
 * ACME is ordered anew. What needs a person is left to them. In the same rounds reminders are given and revocation lists
 * renewed, which needs no open vault.
 */

import type { StoredEnrolment } from '../../acquisition/store.ts'
import type { ServiceContext } from '../context.ts'
import { beginRenewal, enrolmentBehind } from '../enrolment/enrolment.ts'
import { follow, isRunning } from '../enrolment/enrolmentRuns.ts'
import { askCa, renewalOf } from '../enrolment/renewalTimes.ts'
import { currentIdentities } from '../enrolment/succession.ts'
import { giveReminders } from './reminders.ts'
import { revocationRound } from './revocationRound.ts'

/** A renewal is a matter of days; an hour is soon enough after a network was away. */
const roundEveryMs = 3_600_000
/** A CA that wants each certificate renewed at once would otherwise get an order in every round. */
const freshMs = 86_400_000
/** After the start and after unlocking the person comes first. */
const firstRoundAfterMs = 20_000

/** Failures that another attempt, an hour later, may not meet again. */
const passing = new Set([
  'ca-unreachable',
  'ca-busy',
  'order-processing',
  'challenge-late',
  'timeout',
  'no-network',
  'connect-refused',
  'sandbox-not-running',
  'locked',
])

/** One round over open orders and all identities. Answers with the identities whose renewal was tried, for whoever shows them. */
export async function renewalRound(context: ServiceContext, signal: AbortSignal): Promise<string[]> {
  const tried: string[] = []
  await ordersRound(context, signal)
  for (const stored of currentIdentities(context)) {
    if (signal.aborted) break
    const time = context.application.renewals.time(stored.id)
    const isAcme = enrolmentBehind(context.application, stored.id) !== undefined
    if (isAcme && (time === undefined || time.askAgainAt <= context.runtime.clock())) {
      // A CA that doesn't answer is no reason to wait with the others.
      await askCa(context, stored, signal)
    }
    const { due, byItself, enrolmentId } = renewalOf(context, stored)
    const isFresh = context.runtime.clock().getTime() - stored.createdAt.getTime() < freshMs
    if (!due || !byItself || isFresh || context.application.vault.state() !== 'unlocked') continue
    const id = enrolmentId ?? begun(context, stored.id)
    if (id === undefined || !mayGoOn(context, id)) continue
    tried.push(stored.id)
    await runToItsEnd(context, id, signal)
  }
  return tried
}

/** The new order's id; undefined when it can't begin now, which Home shows as a certificate that ends. */
function begun(context: ServiceContext, identityId: string): string | undefined {
  try {
    return beginRenewal(context, { identityId, sameKey: false }).id
  } catch (error) {
    context.runtime.log.warn({ code: (error as { code?: unknown }).code }, 'renewal not begun')
    return undefined
  }
}

/** An order that a person looks at, or that failed for a reason that stays, is theirs. */
function mayGoOn(context: ServiceContext, id: string): boolean {
  const { application } = context
  const enrolment = application.enrolments.get(id)
  if (!enrolment || isRunning(application, id)) return false
  const { state, failure, byHand } = enrolment
  // Those whose mails a person does wait for the person, once those are done for the CA.
  if (byHand && failure?.code !== 'order-processing') return false
  return state !== 'failed' || (failure !== undefined && passing.has(failure.code) && isTime(context, failure))
}

/** A CA that named a time isn't asked before it. */
function isTime({ runtime }: ServiceContext, { data }: NonNullable<StoredEnrolment['failure']>): boolean {
  const retryAt = typeof data['retryAt'] === 'string' ? Date.parse(data['retryAt']) : Number.NaN
  return Number.isNaN(retryAt) || retryAt <= runtime.clock().getTime()
}

/** Orders that the CA works on: the person was told that nothing is left for them to do. */
async function ordersRound(context: ServiceContext, signal: AbortSignal): Promise<void> {
  for (const { id, state, failure } of context.application.enrolments.list()) {
    if (signal.aborted || context.application.vault.state() !== 'unlocked') return
    if (state !== 'failed' || failure?.code !== 'order-processing' || !mayGoOn(context, id)) continue
    await runToItsEnd(context, id, signal)
  }
}

async function runToItsEnd(context: ServiceContext, id: string, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of follow(context, id, signal)) {
      if (event.type === 'failed') context.runtime.log.warn({ code: event.code }, 'renewal not finished')
    }
  } catch (error) {
    context.runtime.log.warn({ code: (error as { code?: unknown }).code }, 'renewal not finished')
  }
}

/** Rounds until `stop`: some time after the start and after each unlocking, then every hour. */
export function watchRenewals(context: ServiceContext): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let running: Promise<unknown> | undefined
  let soon: NodeJS.Timeout | undefined
  const round = () => {
    if (running || stopping.signal.aborted) return
    giveReminders(context)
    // A renewal may wait long for its CA's mail.
    running = Promise.all([renewalRound(context, stopping.signal), revocationRound(context, stopping.signal)])
      .catch((error: unknown) => context.runtime.log.error({ err: error }, 'renewal round'))
      .finally(() => {
        running = undefined
      })
  }
  const roundSoon = () => {
    clearTimeout(soon)
    soon = setTimeout(round, firstRoundAfterMs)
    soon.unref()
  }
  const hourly = setInterval(round, roundEveryMs)
  hourly.unref()
  const forget = context.application.vault.onChange(() => {
    if (context.application.vault.state() === 'unlocked') roundSoon()
  })
  roundSoon()
  return {
    async stop() {
      stopping.abort()
      clearInterval(hourly)
      clearTimeout(soon)
      forget()
      await running
    },
  }
}
