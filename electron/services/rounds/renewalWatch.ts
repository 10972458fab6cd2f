/**
 * Renewing without a hand: while a window's process runs and the vault is open, each certificate that is due and came by
 * ACME is ordered anew. What needs a person is left to them. In the same rounds reminders are given and revocation lists
 * renewed, which needs no open vault.
 */

import type { StoredEnrolment } from '../../acquisition/store.ts'
import { isClockAhead } from '../clock.ts'
import type { ServiceContext } from '../context.ts'
import { beginRenewal, enrolmentBehind } from '../enrolment/enrolment.ts'
import { follow, isLeftBehind, isRunning, withRunner } from '../enrolment/enrolmentRuns.ts'
import { giveReminders } from '../enrolment/reminders.ts'
import { askCa, isTimeToAsk, renewalOf } from '../enrolment/renewalTimes.ts'
import { currentIdentities } from '../enrolment/succession.ts'
import { revocationRound } from './revocationRound.ts'

/** A renewal is a matter of days; an hour is soon enough after a network was away. */
const roundEveryMs = 3_600_000
/** A CA that wants each certificate renewed at once would otherwise get an order in every round. */
const freshMs = 86_400_000
/** Longer than a run waits for anything without writing it down. For a process of which nothing is known: on another computer, say. */
const silentRunMs = 3_600_000
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

/** Failures that may have passed by the next day: a page of a hotel's network or of maintenance, a limit, a greylist, a late issuer. */
const tomorrow = new Set([
  'ca-answer-unusable',
  'protocol-violation',
  'tls-failed',
  'certificate-mismatch',
  'certificate-untrusted',
  'certificate-expired',
  'message-refused',
  'disk-full',
  'issued-not-yet-valid',
  'issued-without-issuer',
  // The next run begins with a new order: one a day at most, also at a CA whose orders have ended when they begin.
  'order-expired',
  'order-without-end',
])
const dayMs = 86_400_000

/** One round over open orders and all identities. Answers with the identities whose renewal was tried, for whoever shows them. */
export async function renewalRound(context: ServiceContext, signal: AbortSignal): Promise<string[]> {
  const tried: string[] = []
  await ordersRound(context, signal)
  for (const stored of currentIdentities(context)) {
    if (signal.aborted) break
    const time = context.application.renewals.time(stored.id)
    const isAcme = enrolmentBehind(context.application, stored.id) !== undefined
    if (isAcme && (time === undefined || isTimeToAsk(time, context.runtime.clock()))) {
      // A CA that doesn't answer is no reason to wait with the others.
      await askCa(context, stored, signal)
    }
    const { due, byItself, enrolmentId } = renewalOf(context, stored)
    const age = context.runtime.clock().getTime() - stored.createdAt.getTime()
    // From the future: the clock was set back, and says nothing about it.
    const isFresh = age >= 0 && age < freshMs
    if (!due || !byItself || isFresh || context.application.vault.state() !== 'unlocked') continue
    // Due by a clock that is wrong: an order at a CA isn't taken back by setting it right.
    if (isClockAhead(context.runtime.clock(), context.application.revocation)) continue
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
    // Another process on this profile must not order the same meanwhile.
    return context.application.profile.database.transaction(
      () => beginRenewal(context, { identityId, sameKey: false }).id,
    )
  } catch (error) {
    context.runtime.log.warn({ code: (error as { code?: unknown }).code }, 'renewal not begun')
    return undefined
  }
}

/** An order that a person looks at, that another process runs, or that failed for a reason that stays, isn't the round's. */
function mayGoOn(context: ServiceContext, id: string): boolean {
  const { application } = context
  const enrolment = application.enrolments.get(id)
  if (!enrolment || isRunning(application, id)) return false
  const { state, failure, byHand } = enrolment
  // Those whose mails a person does wait for the person, once those are done for the CA.
  if (byHand && !waitsForCa.has(failure?.code ?? '')) return false
  if (state === 'running') return isLeftBehind(enrolment) || sinceChange(context, enrolment) >= silentRunMs
  if (state !== 'failed') return true
  if (!failure) return false
  if (passing.has(failure.code)) return isTime(context, enrolment)
  return mayPass(failure) && sinceChange(context, enrolment) >= dayMs
}

/** What a CA refuses for its own reasons, without saying when to come back, it may do tomorrow (RFC 8555 §6.6 and §6.7). */
function mayPass({ code, data }: NonNullable<StoredEnrolment['failure']>): boolean {
  const isOfServer = /^(rateLimited|serverInternal|badNonce|orderNotReady|http-(429|5\d\d))$/.test(
    String(data['problem']),
  )
  return tomorrow.has(code) || (code === 'ca-refused' && isOfServer)
}

/** A CA that named a time isn't asked before it, unless the clock by which it was named was set back since. */
function isTime(context: ServiceContext, enrolment: StoredEnrolment): boolean {
  const { retryAt } = enrolment.failure?.data ?? {}
  const time = typeof retryAt === 'string' ? Date.parse(retryAt) : Number.NaN
  const now = context.runtime.clock().getTime()
  return Number.isNaN(time) || time <= now || sinceChange(context, enrolment) === Number.POSITIVE_INFINITY
}

/** Milliseconds; without end where the clock was set back since. */
function sinceChange({ runtime }: ServiceContext, { updatedAt }: StoredEnrolment): number {
  const past = runtime.clock().getTime() - Date.parse(updatedAt)
  return past >= 0 ? past : Number.POSITIVE_INFINITY
}

/** Only the CA can go on with them. */
const waitsForCa: ReadonlySet<string> = new Set(['order-processing', 'ca-busy'])

/** Orders that the CA works on, or takes none of for now: the person was told that nothing is left for them to do. */
async function ordersRound(context: ServiceContext, signal: AbortSignal): Promise<void> {
  for (const { id, state, failure } of context.application.enrolments.list()) {
    if (signal.aborted || context.application.vault.state() !== 'unlocked') return
    if (state !== 'failed' || !waitsForCa.has(failure?.code ?? '') || !mayGoOn(context, id)) continue
    await runToItsEnd(context, id, signal)
  }
}

async function runToItsEnd(context: ServiceContext, id: string, signal: AbortSignal): Promise<void> {
  const { application, runtime } = context
  try {
    const before = claimed(context, id)
    if (!before) return
    try {
      for await (const event of follow(context, id, signal)) {
        if (event.type === 'failed') runtime.log.warn({ code: event.code }, 'renewal not finished')
      }
    } finally {
      // It couldn't even begin.
      if (application.enrolments.get(id)?.state === 'running') application.enrolments.save(before)
    }
  } catch (error) {
    runtime.log.warn({ code: (error as { code?: unknown }).code }, 'renewal not finished')
  }
}

/** The order as it was before it was marked as this process's; undefined where it isn't the round's any more. */
function claimed(context: ServiceContext, id: string): StoredEnrolment | undefined {
  const { enrolments, profile } = context.application
  return profile.database.transaction(() => {
    const before = enrolments.get(id)
    if (!before || !mayGoOn(context, id)) return undefined
    enrolments.save(withRunner({ ...before, state: 'running', updatedAt: context.runtime.clock().toISOString() }))
    return before
  })
}

/** Rounds until `stop`: some time after the start and after each unlocking, then every hour. */
export function watchRenewals(context: ServiceContext): { stop(): Promise<void> } {
  const { runtime, application } = context
  const stopping = new AbortController()
  const running = new Map<string, Promise<void>>()
  let soon: NodeJS.Timeout | undefined
  let unlockedMeanwhile = false
  /** One of each kind at a time: an order that waits for its CA's mail for an hour holds up nobody else. */
  const start = (name: string, work: () => unknown, ended?: () => void) => {
    if (running.has(name) || stopping.signal.aborted) return
    const run = (async () => work())()
      .then(
        () => undefined,
        (error: unknown) => runtime.log.error({ err: error }, name),
      )
      .finally(() => {
        running.delete(name)
        ended?.()
      })
    running.set(name, run)
  }
  const round = () => {
    start('reminders', () => giveReminders(context))
    start('revocation round', () => revocationRound(context, stopping.signal))
    start(
      'renewal round',
      () => renewalRound(context, stopping.signal),
      () => {
        // It began with a closed lock, and left out what needs an open one.
        if (unlockedMeanwhile) roundSoon()
        unlockedMeanwhile = false
      },
    )
  }
  const roundSoon = () => {
    clearTimeout(soon)
    if (stopping.signal.aborted) return
    soon = setTimeout(round, firstRoundAfterMs)
    soon.unref()
  }
  const hourly = setInterval(round, roundEveryMs)
  hourly.unref()
  const forget = application.vault.onChange(() => {
    if (application.vault.state() !== 'unlocked') return
    unlockedMeanwhile = running.has('renewal round')
    roundSoon()
  })
  roundSoon()
  return {
    async stop() {
      stopping.abort()
      clearInterval(hourly)
      clearTimeout(soon)
      forget()
      await Promise.all(running.values())
    },
  }
}
