/**
 * The answers given so far. What the person says goes to the privileged side at once, which keeps it over the end of the program;
 * the window's cache keeps the rest, such as the enrolment that has ended, for as long as it lives.
 */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { KeptAnswers } from '../../../shared/contract/wizard.ts'
import { useApi } from '../../client/api.ts'
import { createAnswerKeeper } from './keepAnswers.ts'

export const requestPurposes = ['both', 'separate', 'sign'] as const

export interface WizardAnswers extends Omit<KeptAnswers, 'renews'> {
  readonly renews?: string | undefined
  /** The person has answered something, and no order came of it yet. */
  readonly begun: boolean
  /** The enrolment that ended with a certificate. */
  readonly finished?: string
}

export interface Wizard {
  readonly value: WizardAnswers
  /** The answers are from before: the page was left, or the program closed. */
  readonly resumed: boolean
  /** What the person answers: it is kept. */
  change(next: Partial<WizardAnswers>): void
  /** What Siegel fills in by itself: it is no answer yet. */
  suggest(next: Partial<WizardAnswers>): void
  /** Before an order is begun: an answer that is kept after it would count as the next one's. */
  settled(): Promise<void>
  /** An order was begun from the answers. */
  ordered(next?: Partial<WizardAnswers>): void
  /** Forgets all of them. */
  beginAnew(): void
}

const key = ['wizard', 'enrolment'] as const
const blank: WizardAnswers = {
  step: 'who',
  name: '',
  address: '',
  ca: 'catalogue',
  authority: '',
  directoryUrl: '',
  keyType: 'ec-p256',
  byHand: false,
  purpose: 'both',
  begun: false,
}

/** Where the wizard's page begins; undefined until the privileged side has said it. */
export function useFirstAnswers(): WizardAnswers | undefined {
  const queries = useQueryClient()
  const { query } = useApi()
  const [cached] = useState(() => queries.getQueryData<WizardAnswers>(key))
  const kept = useQuery(
    // The window writes them and has the newest ones itself as soon as there are any.
    query.wizard.answers.queryOptions({ enabled: cached === undefined, staleTime: 0, gcTime: 0 }),
  )
  if (cached) return cached
  // Where they can't be read, one begins anew.
  if (kept.isError) return blank
  if (kept.data === undefined) return undefined
  return kept.data === null ? blank : { ...blank, ...kept.data.answers, begun: true }
}

/** For the wizard's page alone: the state is its own, and the cache only keeps it for the next time the page is opened. */
export function useWizard(first: WizardAnswers): Wizard {
  const queries = useQueryClient()
  const { client } = useApi()
  const keeper = useMemo(() => createAnswerKeeper(client), [client])
  const [value, setValue] = useState(first)
  const [resumed, setResumed] = useState(first.begun)
  useEffect(() => {
    queries.setQueryDefaults(key, { gcTime: Number.POSITIVE_INFINITY })
    queries.setQueryData<WizardAnswers>(key, value)
  }, [queries, value])
  const known = useRef(value)
  useEffect(() => {
    if (value.begun && known.current !== value) keeper.keep(keptPart(value))
    known.current = value
  }, [keeper, value])
  const suggest = (next: Partial<WizardAnswers>) => {
    if (next.begun === false) setResumed(false)
    setValue((before) => ({ ...before, ...next }))
  }
  return {
    value,
    resumed: resumed && value.begun,
    change: (next) => suggest({ ...next, begun: true }),
    suggest,
    settled: keeper.settled,
    ordered: (next) => {
      suggest({ ...next, begun: false })
      keeper.forget()
    },
    beginAnew: () => {
      setValue(blank)
      setResumed(false)
      keeper.forget()
    },
  }
}

function keptPart({ begun: _, finished: __, renews, ...answers }: WizardAnswers): KeptAnswers {
  return { ...answers, ...(renews === undefined ? {} : { renews }) }
}
