/**
 * Renewing without a hand: while a window's process runs and the vault is open, each certificate that is due and came by
 * ACME is ordered anew. What needs a person is left to them. In the same rounds reminders are given and revocation lists
 * renewed, which needs no open vault.
 */

import type { ServiceContext } from './context.ts'
import { beginRenewal, enrolmentBehind } from './enrolment.ts'
import { follow, isRunning } from './enrolmentRuns.ts'
import { giveReminders } from './reminders.ts'
import { askCa, currentIdentities, renewalOf } from './renewalTimes.ts'
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
  'challenge-late',
  'timeout',
  'no-network',
  'connect-refused',
  'sandbox-not-running',
  'locked',
])

/** One round over all identities. Answers with the identities whose renewal was tried, for whoever shows them. */
export async function renewalRound(context: ServiceContext, signal: AbortSignal): Promise<string[]> {
  const tried: string[] = []
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
function mayGoOn({ application }: ServiceContext, id: string): boolean {
  const enrolment = application.enrolments.get(id)
  if (!enrolment || enrolment.byHand || isRunning(application, id)) return false
  return enrolment.state !== 'failed' || (enrolment.failure !== undefined && passing.has(enrolment.failure.code))
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
