/** What the certificate wizard was told so far, kept until it has become an order, a request or a certificate. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import { createWizardAnswers, type WizardAnswers } from '../../acquisition/wizardAnswers.ts'
import { normalizedAddress } from '../../mime/address.ts'
import type { ServiceContext } from '../context.ts'

const os = implement(contract.wizard).$context<ServiceContext>()

export const wizardProcedures = {
  answers: os.answers.handler(({ context }) => {
    const store = answersStore(context)
    const kept = store.get()
    if (!kept) return null
    if (!cameToSomething(context, kept.answers.address, kept.keptAt)) return kept
    store.forget()
    return null
  }),

  keep: os.keep.handler(({ input, context }) => {
    answersStore(context).keep(input)
    return {}
  }),

  forget: os.forget.handler(({ context }) => {
    answersStore(context).forget()
    return {}
  }),
}

function answersStore({ application, runtime }: ServiceContext): WizardAnswers {
  return createWizardAnswers(application.profile.database, runtime.clock)
}

/** Looked up when asked, rather than cleared by whatever begins one: a process killed in between would leave them. */
function cameToSomething({ application }: ServiceContext, address: string, since: string): boolean {
  const { enrolments, requests, identities } = application
  const meant = normalizedAddress(address.trim())
  return [
    ...[...enrolments.list(), ...requests.list()].map((one) => ({ at: one.createdAt, addresses: [one.address] })),
    ...identities.list().map((one) => ({ at: one.createdAt.toISOString(), addresses: one.addresses })),
  ].some(({ at, addresses }) => at >= since && addresses.some((one) => normalizedAddress(one) === meant))
}
