/** Sending as it happens: the stage, how far, a way to stop, and what came of it. */

import { useRef, useState } from 'react'
import type { Draft, SendEvent } from '../../../shared/contract/compose.ts'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'

type Stage = Extract<SendEvent, { type: 'stage' }>['stage']
export type Sent = Extract<SendEvent, { type: 'done' }>

export interface SendingState {
  readonly stage?: Stage
  readonly sent: number
  readonly total: number
  readonly done?: Sent
  readonly error?: unknown
  /** The sealed letter waits in the outbox: what refused it was the way, not the letter. */
  readonly held?: boolean
}

/** Refusals before anything was sealed: the letter is still open here, and nothing waits anywhere. */
const beforeSealing = new Set<string>([
  'locked',
  'no-vault',
  'no-account',
  'no-identity',
  'own-certificate-revoked',
  'own-key-compromised',
  'no-recipients',
  'malformed-address',
  'recipient-without-certificate',
  'answer-reveals',
  'not-found',
  'disk-full',
  'unexpected',
])

export function useSending() {
  const { client } = useApi()
  const [state, setState] = useState<SendingState>()
  const stop = useRef<AbortController>(undefined)

  const send = async (draft: Draft): Promise<boolean> => {
    const controller = new AbortController()
    stop.current = controller
    setState({ stage: 'sealing', sent: 0, total: 0 })
    try {
      for await (const event of await client.compose.send(draft, { signal: controller.signal })) {
        setState((before) => after(before ?? { sent: 0, total: 0 }, event))
      }
      return true
    } catch (error) {
      if (controller.signal.aborted) setState(undefined)
      else setState({ sent: 0, total: 0, error, held: !beforeSealing.has(failureOf(error).code) })
      return false
    }
  }
  return { state, send, stop: () => stop.current?.abort(), reset: () => setState(undefined) }
}

function after(before: SendingState, event: SendEvent): SendingState {
  switch (event.type) {
    case 'stage':
      return { ...before, stage: event.stage }
    case 'progress':
      return { ...before, sent: event.sent, total: event.total }
    case 'done':
      return { sent: before.total, total: before.total, done: event }
  }
}
