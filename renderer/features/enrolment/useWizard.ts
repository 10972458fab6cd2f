/** The answers given so far: kept while the window lives, so that leaving the wizard and coming back loses nothing. */

import { useQuery, useQueryClient } from '@tanstack/react-query'

export interface WizardAnswers {
  readonly step: 'who' | 'where' | 'key'
  readonly name: string
  readonly address: string
  readonly ca: 'sandbox' | 'acme' | 'file'
  readonly directoryUrl: string
  readonly keyType: 'rsa-3072' | 'ec-p256'
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
  ca: 'sandbox',
  directoryUrl: '',
  keyType: 'ec-p256',
}

export function useWizard(): Wizard {
  const queries = useQueryClient()
  const { data } = useQuery({
    queryKey: key,
    queryFn: () => blank,
    initialData: blank,
    gcTime: Number.POSITIVE_INFINITY,
  })
  return {
    value: data,
    change: (next) => queries.setQueryData<WizardAnswers>(key, (before) => ({ ...(before ?? blank), ...next })),
  }
}
