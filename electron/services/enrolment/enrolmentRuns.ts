/** Running enrolments: one run for each at most, and a second follower takes over from the first. */

import { setTimeout as sleepMs } from 'node:timers/promises'
import type { EnrolmentEvent } from '../../../shared/contract/enrolment.ts'
import { runEnrolment } from '../../acquisition/enrolment.ts'
import type { StoredEnrolment } from '../../acquisition/store.ts'
import { ownerOf, processName } from '../../base/runningProcess.ts'
import type { Application, ServiceContext } from '../context.ts'
import { identityOf } from '../identities/identities.ts'
import { raise } from '../raise.ts'
import { sandboxState } from './acmeConnection.ts'
import { portsOf } from './enrolmentPorts.ts'

interface Run {
  readonly stop: AbortController
  /** Settles when the run has given everything up. */
  readonly ended: Promise<void>
  /** Another run took over: this one may no longer write. */
  replaced: boolean
}

/** A run ends as soon as its follower asks for the next event; one that never does is left behind. */
const endingSeconds = 3

/** One run per enrolment: a second follower takes over from the first. */
const runs = new WeakMap<Application, Map<string, Run>>()

function runsOf(application: Application): Map<string, Run> {
  const known = runs.get(application)
  if (known) return known
  const fresh = new Map<string, Run>()
  runs.set(application, fresh)
  return fresh
}

export async function stopRun(application: Application, id: string): Promise<void> {
  const run = runsOf(application).get(id)
  if (!run) return
  run.stop.abort()
  const waiting = new AbortController()
  const patience = sleepMs(endingSeconds * 1000, undefined, { signal: waiting.signal }).catch(() => undefined)
  await Promise.race([run.ended, patience])
  waiting.abort()
  run.replaced = true
}

/** Runs or resumes an enrolment and tells its steps; ending the stream pauses it. */
export async function* follow(
  context: ServiceContext,
  id: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<EnrolmentEvent, void> {
  const { application } = context
  await stopRun(application, id)
  const enrolment = application.enrolments.get(id) ?? raise({ code: 'not-found', what: 'enrolment' })
  if (enrolment.state === 'done') {
    const event = doneEvent(context, enrolment.identityId)
    if (event) yield event
    return
  }
  requireVault(application)
  if (enrolment.ca === 'sandbox' && !sandboxState(context)) raise({ code: 'sandbox-not-running' })

  const stop = new AbortController()
  const onAbort = () => stop.abort()
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) stop.abort()
  let end: () => void = () => {}
  const run: Run = { stop, ended: new Promise((resolve) => (end = resolve)), replaced: false }
  runsOf(application).set(id, run)
  const own = portsOf(context, enrolment)
  const ports = {
    ...own,
    save: (changed: StoredEnrolment) => (run.replaced ? undefined : own.save(withRunner(changed))),
  }
  const machine = runEnrolment(enrolment, ports, stop.signal)
  try {
    for await (const event of machine) {
      if (event.type !== 'installed') yield event
      else {
        const done = doneEvent(context, event.identityId)
        if (done) yield done
      }
    }
  } finally {
    stop.abort()
    signal?.removeEventListener('abort', onAbort)
    await ports.close()
    const left = application.enrolments.get(id)
    // The stream was left in the middle: the machine had no chance to say so.
    if (left?.state === 'running') ports.save({ ...left, state: 'paused' })
    if (!run.replaced) runsOf(application).delete(id)
    end()
  }
}

/** Names this process as the one at work: where it is killed, the next one knows at once that nobody is. */
export function withRunner(enrolment: StoredEnrolment): StoredEnrolment {
  if (enrolment.state !== 'running') return enrolment
  return { ...enrolment, progress: { ...enrolment.progress, runBy: processName() } }
}

/** Whether the process that was at work on it is known to have ended. */
export function isLeftBehind({ state, progress: { runBy } }: StoredEnrolment): boolean {
  return state === 'running' && runBy !== undefined && ownerOf(`${runBy}-`) === 'ended'
}

function doneEvent(context: ServiceContext, identityId: string | undefined): EnrolmentEvent | undefined {
  const stored = identityId === undefined ? undefined : context.application.identities.get(identityId)
  return stored ? { type: 'done', identity: identityOf(context, stored) } : undefined
}

/** Whether a run of this process is at work on it. */
export function isRunning(application: Application, id: string): boolean {
  return runsOf(application).has(id)
}

export function requireVault({ vault }: Application): void {
  const state = vault.state()
  if (state !== 'unlocked') raise({ code: state === 'none' ? 'no-vault' : 'locked' })
}
