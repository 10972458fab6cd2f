/**
 * Obtaining a certificate, as a machine of steps: what to do next follows from the stored enrolment alone, and each step is
 * durable before the next one starts. A killed process, a paused window or a failure therefore loses nothing: running the
 * same enrolment again goes on from its last step, with the same private key.
 *
 * Keys, mail and the CA are ports; services/enrolment joins them.
 */

import type { EnrolmentEvent, EnrolmentStep } from '../../shared/contract/enrolment.ts'
import { enrolmentStep } from '../../shared/contract/enrolment.ts'
import type { Failure } from '../../shared/contract/errors.ts'
import { hostOf } from '../../shared/hostOf.ts'
import type { EnrolmentPorts } from './enrolmentPorts.ts'
import { steps } from './enrolmentSteps.ts'
import type { Outcome, Workbench } from './stepWork.ts'
import type { StoredEnrolment } from './store.ts'

export type RunEvent =
  | Exclude<EnrolmentEvent, { type: 'done' }>
  | { readonly type: 'installed'; readonly identityId: string }

/** A CA that loses every order must not be asked for ever; nor one at which somebody else orders each time as well. */
const newOrdersPerRun = 3

/** Runs or resumes the enrolment until it is done, fails, or the signal pauses it. */
export async function* runEnrolment(
  stored: StoredEnrolment,
  ports: EnrolmentPorts,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, StoredEnrolment> {
  let enrolment = stored
  const save = (change: Partial<StoredEnrolment>): StoredEnrolment => {
    enrolment = { ...enrolment, ...change, updatedAt: ports.clock().toISOString() }
    ports.save(enrolment)
    return enrolment
  }
  const { failure: _, ...rest } = enrolment
  enrolment = rest
  if (enrolment.fromBackup) {
    // Its directory's own name: what the row calls the CA came with it.
    const because = { code: 'server-from-backup', data: { host: hostOf(enrolment.directoryUrl ?? '') } } as const
    save({ state: 'failed', failure: because })
    yield { type: 'failed', ...because }
    return enrolment
  }
  save({ state: 'running' })
  const bench: Workbench = {
    ports,
    signal,
    known: new Set(),
    rivals: [],
    acme: undefined,
    orderBegun: false,
    mailboxLost: false,
  }
  let lostOrders = 0
  let shown: EnrolmentStep | undefined

  for (const step of stepsBefore(enrolment.step)) yield { type: 'step', step, state: 'done', detail: {} }
  while (true) {
    const step: EnrolmentStep = enrolment.step
    // A step may save a part of its work and go on with itself.
    if (step !== shown) yield { type: 'step', step, state: 'running', detail: {} }
    shown = step
    const work = steps[step](enrolment, bench)
    let outcome: Outcome
    for (;;) {
      const next = await work.next()
      if (next.done) {
        outcome = next.value
        break
      }
      yield next.value
    }
    if (signal.aborted && outcome.kind !== 'next' && outcome.kind !== 'installed') return save({ state: 'paused' })
    switch (outcome.kind) {
      case 'next':
        save({ ...outcome.change, step: outcome.step })
        for (const passed of stepsBetween(step, outcome.step)) {
          yield { type: 'step', step: passed, state: 'done', detail: outcome.detail }
        }
        break
      case 'new-order':
        lostOrders += 1
        if (lostOrders < newOrdersPerRun) {
          save({ ...outcome.change, step: 'place-order' })
          break
        }
        save({ ...outcome.change, step: 'place-order', state: 'failed', failure: failureValue(outcome.because) })
        yield { type: 'failed', ...failureValue(outcome.because) }
        return enrolment
      case 'failed':
        save({ ...outcome.change, state: 'failed', failure: failureValue(outcome.because) })
        yield { type: 'failed', ...failureValue(outcome.because) }
        return enrolment
      case 'by-hand': {
        save({ state: 'paused' })
        yield { type: 'by-hand', need: needOf(enrolment) }
        return enrolment
      }
      case 'installed':
        save({ state: 'done', identityId: outcome.identityId })
        yield { type: 'step', step, state: 'done', detail: outcome.detail }
        yield { type: 'installed', identityId: outcome.identityId }
        return enrolment
    }
    if (signal.aborted) return save({ state: 'paused' })
  }
}

type HandNeed = Extract<EnrolmentEvent, { type: 'by-hand' }>['need']

/** What a person who does both mails themselves is to do now. */
export function needOf({ address, progress }: StoredEnrolment): HandNeed {
  const { reply, challengeFrom = '', answered = false } = progress
  if (!reply) return { kind: 'challenge-mail', from: challengeFrom, to: address, asked: answered }
  const bodyStart = reply.message.indexOf('\r\n\r\n') + 4
  return {
    kind: 'reply',
    to: reply.to.join(', '),
    subject: `Re: ACME: ${reply.tokenPart1}`,
    text: reply.message.slice(bodyStart),
    message: reply.message,
  }
}

function failureValue(failure: Failure): { code: Failure['code']; data: Record<string, unknown> } {
  const { code, ...data } = failure
  return { code, data }
}

const order = enrolmentStep.options

function stepsBefore(step: EnrolmentStep): EnrolmentStep[] {
  return order.slice(0, order.indexOf(step))
}

/** The steps that going from one to a later one completes. */
function stepsBetween(from: EnrolmentStep, to: EnrolmentStep): EnrolmentStep[] {
  return order.slice(order.indexOf(from), order.indexOf(to))
}
