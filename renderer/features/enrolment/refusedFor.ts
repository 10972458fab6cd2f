/** What a CA refused for good, where the same request again would meet the same refusal, and what helps instead. */

import type { Enrolment } from '../../../shared/contract/enrolment.ts'
import { hostOf } from '../../../shared/hostOf.ts'
import type { WizardAnswers } from './useWizard.ts'

export type RefusedFor = 'key' | 'address' | 'caa'

const reasons: Readonly<Record<string, RefusedFor>> = {
  badCSR: 'key',
  badPublicKey: 'key',
  rejectedIdentifier: 'address',
  unsupportedIdentifier: 'address',
  caa: 'caa',
}

/** Of several problems the address counts before the key: another key doesn't help with it. */
export function refusedFor({
  code,
  data,
}: {
  readonly code: string
  readonly data: Readonly<Record<string, unknown>>
}): RefusedFor | undefined {
  if (code !== 'ca-refused') return undefined
  const found = String(data['problem'])
    .split(', ')
    .map((problem) => reasons[problem])
  return (['address', 'caa', 'key'] as const).find((reason) => found.includes(reason))
}

interface Authority {
  readonly id: string
  readonly directoryUrl?: string | undefined
}

/** The answers of a refused order, at the question that has to be answered otherwise. */
export function otherAnswers(
  { name, address, renews, byHand, ca, caName, caHost = caName, keyType }: Enrolment,
  reason: RefusedFor,
  catalogue: readonly Authority[],
): Partial<WizardAnswers> {
  const same = { name, address, byHand, renews }
  if (reason !== 'key') return { ...same, keyType, step: 'where' }
  const otherKey = keyType === 'ec-p256' ? ('rsa-3072' as const) : ('ec-p256' as const)
  if (ca === 'sandbox') return { ...same, keyType: otherKey, ca, authority: '', step: 'key' }
  const authority = catalogue.find(({ directoryUrl = '' }) => hostOf(directoryUrl) === caHost)
  // One that was named by its address alone is no longer known by it, and is asked for again.
  if (!authority) return { ...same, keyType: otherKey, step: 'where' }
  return { ...same, keyType: otherKey, ca: 'catalogue', authority: authority.id, step: 'key' }
}
