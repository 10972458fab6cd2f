/** The answers given so far: kept while the window lives, so that leaving the wizard and coming back loses nothing. */

import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { RequestKeyType } from '../../../shared/contract/catalogue.ts'

export const requestPurposes = ['both', 'separate', 'sign'] as const
export type RequestPurpose = (typeof requestPurposes)[number]

export interface WizardAnswers {
  readonly step: 'who' | 'where' | 'key'
  readonly name: string
  readonly address: string
  readonly ca: 'sandbox' | 'catalogue' | 'acme' | 'file'
  /** Where `ca` is the catalogue: its entry; empty until one is chosen. */
  readonly authority: string
  readonly directoryUrl: string
  readonly keyType: 'rsa-3072' | 'ec-p256'
  /** The person does the authority's mails. */
  readonly byHand: boolean
  /** For a request: what for, and which key if it isn't the usual one. */
  readonly purpose: RequestPurpose
  readonly requestKey?: RequestKeyType
  /** The identity that the new one follows. */
  readonly renews?: string | undefined
  /** The enrolment that ended with a certificate. */
  readonly finished?: string
}

export interface Wizard {
  readonly value: WizardAnswers
  change(next: Partial<WizardAnswers>): void
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
}

/** For the wizard's page alone: the state is its own, and the cache only keeps it for the next time the page is opened. */
export function useWizard(): Wizard {
  const queries = useQueryClient()
  const [value, setValue] = useState(() => queries.getQueryData<WizardAnswers>(key) ?? blank)
  useEffect(() => {
    queries.setQueryDefaults(key, { gcTime: Number.POSITIVE_INFINITY })
    queries.setQueryData<WizardAnswers>(key, value)
  }, [queries, value])
  return { value, change: (next) => setValue((before) => ({ ...before, ...next })) }
}
