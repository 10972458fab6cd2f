/** Follows an enrolment live: which step is on, what it waits for, what was refused. Leaving the page pauses it. */

import { useEffect, useState } from 'react'
import {
  type EnrolmentEvent,
  type EnrolmentStep,
  enrolmentStep,
  type HandNeed,
} from '../../../shared/contract/enrolment.ts'
import type { Identity } from '../../../shared/contract/identities.ts'
import { useApi } from '../../client/api.ts'
import { isAborted } from '../../client/failure.ts'

export interface EnrolmentRunState {
  readonly step: EnrolmentStep | undefined
  readonly done: readonly EnrolmentStep[]
  readonly details: Readonly<Partial<Record<EnrolmentStep, Readonly<Record<string, string>>>>>
  readonly waiting?: { readonly seconds: number; readonly nextLookSeconds: number }
  readonly refused: readonly { readonly reason: string; readonly from: string }[]
  /** The person's turn: they do the mails themselves. */
  readonly need?: HandNeed
  readonly identity?: Identity
  readonly failure?: { readonly code: string; readonly data: Readonly<Record<string, unknown>> }
  /** The stream itself was refused: locked, not found, the sandbox is off. */
  readonly error?: unknown
}

const order = enrolmentStep.options
const start: EnrolmentRunState = { step: undefined, done: [], details: {}, refused: [] }

/** `round` starts the following again, after a refusal was dealt with. */
export function useEnrolmentRun(id: string, round: number): EnrolmentRunState {
  const { client } = useApi()
  const [state, setState] = useState<EnrolmentRunState>(start)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is a reason of its own
  useEffect(() => {
    const stop = new AbortController()
    setState(start)
    const follow = async () => {
      try {
        for await (const event of await client.enrolment.follow({ id }, { signal: stop.signal })) {
          setState((before) => after(before, event))
        }
      } catch (error) {
        if (!stop.signal.aborted && !isAborted(error)) setState((before) => ({ ...before, error }))
      }
    }
    follow()
    return () => stop.abort()
  }, [client, id, round])
  return state
}

function after(before: EnrolmentRunState, event: EnrolmentEvent): EnrolmentRunState {
  const { waiting: _, ...rest } = before
  switch (event.type) {
    case 'step':
      return {
        ...rest,
        step: event.step,
        done:
          event.state === 'done'
            ? [...new Set([...before.done, event.step])]
            : // A new order begins anew: what was done for the last one doesn't count for it.
              before.done.filter((step) => order.indexOf(step) < order.indexOf(event.step)),
        details: { ...before.details, [event.step]: { ...before.details[event.step], ...event.detail } },
      }
    case 'waiting':
      return {
        ...before,
        step: event.step,
        waiting: { seconds: event.seconds, nextLookSeconds: event.nextLookSeconds },
      }
    case 'refused-mail':
      return { ...before, refused: [...before.refused, { reason: event.reason, from: event.from }] }
    case 'by-hand':
      return { ...rest, need: event.need }
    case 'done':
      return { ...rest, identity: event.identity }
    case 'failed':
      return { ...rest, failure: { code: event.code, data: event.data } }
  }
}
