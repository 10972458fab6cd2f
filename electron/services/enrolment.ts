/** Obtaining a certificate: the contract's procedures around the machine of acquisition/enrolment. */

import { setTimeout as sleepMs } from 'node:timers/promises'
import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import type { Enrolment, EnrolmentEvent } from '../../shared/contract/enrolment.ts'
import type { FailureCode } from '../../shared/contract/errors.ts'
import { hostOf } from '../acquisition/acme/location.ts'
import { certificateAddress } from '../acquisition/address.ts'
import { runEnrolment } from '../acquisition/enrolment.ts'
import type { StoredEnrolment } from '../acquisition/store.ts'
import { randomId } from '../crypto/identifier.ts'
import { sameAddress } from '../mime/address.ts'
import { unlessDiskFull } from '../storage/database.ts'
import type { Application, ServiceContext } from './context.ts'
import { directoryOf, portsOf } from './enrolmentPorts.ts'
import { identityOf } from './identities.ts'
import { accountFor } from './mailAccess.ts'
import { orRaise, raise } from './raise.ts'

const os = implement(contract.enrolment).$context<ServiceContext>()

export const enrolmentProcedures = {
  list: os.list.handler(({ context }) => context.application.enrolments.list().map(shown)),

  begin: os.begin.handler(({ input, context }) => {
    const { application, runtime } = context
    requireVault(application)
    const address = certificateAddress(input.address)
    if (address === undefined) raise({ code: 'malformed-address', address: input.address })
    const now = runtime.clock().toISOString()
    const enrolment: StoredEnrolment = {
      id: randomId(runtime.random),
      name: input.name.trim(),
      address,
      ca: input.ca.kind,
      caName: input.ca.kind === 'sandbox' ? 'Siegel Sandbox' : hostOf(input.ca.directoryUrl),
      ...(input.ca.kind === 'acme' ? { directoryUrl: input.ca.directoryUrl } : {}),
      keyType: input.keyType,
      step: 'generate-key',
      state: 'paused',
      createdAt: now,
      updatedAt: now,
      progress: {},
    }
    if (directoryOf(context, enrolment) === undefined) raise({ code: 'sandbox-not-running' })
    orRaise(accountFor(context, address))
    // A challenge mail doesn't say which order it belongs to: of two orders for one mailbox each would answer the other's.
    if (application.enrolments.list().some((other) => isOpen(other) && sameAddress(other.address, address))) {
      raise({ code: 'request-under-way', address })
    }
    orRaise(unlessDiskFull(() => application.enrolments.save(enrolment)))
    context.events.publish('enrolments')
    return shown(enrolment)
  }),

  follow: os.follow.handler(async function* ({ input, context, signal }) {
    yield* follow(context, input.id, signal)
  }),

  cancel: os.cancel.handler(async ({ input, context }) => {
    const { enrolments } = context.application
    await stopRun(context.application, input.id)
    const enrolment = enrolments.get(input.id) ?? raise({ code: 'not-found', what: 'enrolment' })
    if (enrolment.state === 'done') return shown(enrolment)
    // The private key stays: its public half may have left.
    const cancelled: StoredEnrolment = {
      ...enrolment,
      state: 'cancelled',
      updatedAt: context.runtime.clock().toISOString(),
    }
    enrolments.save(cancelled)
    context.events.publish('enrolments')
    return shown(cancelled)
  }),
}

/** It can still go on: nobody has given it up, and it has not come to its end. */
function isOpen({ state }: StoredEnrolment): boolean {
  return state !== 'done' && state !== 'cancelled'
}

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

async function stopRun(application: Application, id: string): Promise<void> {
  const run = runsOf(application).get(id)
  if (!run) return
  run.stop.abort()
  const waiting = new AbortController()
  const patience = sleepMs(endingSeconds * 1000, undefined, { signal: waiting.signal }).catch(() => undefined)
  await Promise.race([run.ended, patience])
  waiting.abort()
  run.replaced = true
}

async function* follow(
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
  const directoryUrl = directoryOf(context, enrolment) ?? raise({ code: 'sandbox-not-running' })

  const stop = new AbortController()
  const onAbort = () => stop.abort()
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) stop.abort()
  let end: () => void = () => {}
  const run: Run = { stop, ended: new Promise((resolve) => (end = resolve)), replaced: false }
  runsOf(application).set(id, run)
  const own = portsOf(context, enrolment, directoryUrl)
  const ports = { ...own, save: (changed: StoredEnrolment) => (run.replaced ? undefined : own.save(changed)) }
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

function doneEvent(context: ServiceContext, identityId: string | undefined): EnrolmentEvent | undefined {
  const stored = identityId === undefined ? undefined : context.application.identities.get(identityId)
  return stored ? { type: 'done', identity: identityOf(context, stored) } : undefined
}

function requireVault({ vault }: Application): void {
  const state = vault.state()
  if (state !== 'unlocked') raise({ code: state === 'none' ? 'no-vault' : 'locked' })
}

function shown(enrolment: StoredEnrolment): Enrolment {
  const { id, name, address, ca, caName, keyType, step, state, createdAt, updatedAt } = enrolment
  return {
    id,
    name,
    address,
    ca,
    caName,
    keyType,
    step,
    state,
    createdAt,
    updatedAt,
    ...(enrolment.failure
      ? { failure: { code: enrolment.failure.code as FailureCode, data: { ...enrolment.failure.data } } }
      : {}),
    ...(enrolment.identityId === undefined ? {} : { identityId: enrolment.identityId }),
  }
}
