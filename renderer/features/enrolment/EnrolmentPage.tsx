/** The certificate wizard: one question a step, a rail of steps, back always possible, nothing lost on closing. */

import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { Loading } from '../../ui/Loading.tsx'
import { EnrolmentForm } from './EnrolmentForm.tsx'
import { EnrolmentRun } from './EnrolmentRun.tsx'
import { otherAnswers } from './refusedFor.ts'
import { useSandbox } from './useSandbox.ts'
import { useFirstAnswers, useWizard, type Wizard, type WizardAnswers } from './useWizard.ts'
import { WizardRail } from './WizardRail.tsx'

/** Opened for the next certificate of an identity: name and address are known, and the authority where it came by a request. */
function useRenewal(renew: string | undefined, wizard: Wizard): void {
  const { query } = useApi()
  const identities = useQuery(query.identities.list.queryOptions({ enabled: renew !== undefined }))
  const identity = identities.data?.find(({ id }) => id === renew)
  const requests = useQuery(query.requests.list.queryOptions({ enabled: renew !== undefined }))
  const sandbox = useSandbox()
  const isKnown = requests.data !== undefined && sandbox.data !== undefined
  const { renews } = wizard.value
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each identity, and what is changed then stays
  useEffect(() => {
    // Whoever begins anew wants another certificate, and not the end of an old one.
    if (renew === undefined && renews !== undefined) wizard.suggest({ renews: undefined })
    // Whoever comes back to it goes on where they were.
    if (!identity || !isKnown || renews === identity.id) return
    const { name } = identity.certificate
    const authority = requests.data?.find(({ identityId }) => identityId === identity.id)?.authority ?? ''
    // What was answered for another address stays kept until something is answered here.
    wizard.suggest({
      begun: false,
      step: 'where',
      name,
      address: identity.addresses[0] ?? '',
      renews: identity.id,
      ca: authority === '' && sandbox.data?.active ? 'sandbox' : 'catalogue',
      authority,
    })
  }, [renew, identity?.id, isKnown])
}

export function EnrolmentPage() {
  const say = useSay()
  const first = useFirstAnswers()
  return (
    <div className="page">
      <div className="sheet sheet-middle">
        <h1>{say('enrol.title')}</h1>
        {first ? <EnrolmentSteps first={first} /> : <Loading label={say('enrol.opening')} />}
      </div>
    </div>
  )
}

function EnrolmentSteps({ first }: { readonly first: WizardAnswers }) {
  const { id, renew } = useSearch({ from: '/enrol' })
  const wizard = useWizard(first)
  const navigate = useNavigate()
  const { query } = useApi()
  const catalogue = useQuery(query.catalogue.list.queryOptions())
  useRenewal(renew, wizard)
  const step = id === undefined ? wizard.value.step : wizard.value.finished === id ? 'done' : 'get'
  return (
    <>
      <WizardRail step={step} />
      {id === undefined ? (
        <EnrolmentForm wizard={wizard} />
      ) : (
        <EnrolmentRun
          key={id}
          id={id}
          onOtherwise={(refused, reason) => {
            wizard.change(otherAnswers(refused, reason, catalogue.data ?? []))
            navigate({ to: '/enrol', search: refused.renews === undefined ? {} : { renew: refused.renews } })
          }}
          onDone={() => wizard.suggest({ finished: id, ...(wizard.value.begun ? {} : afterwards) })}
        />
      )}
    </>
  )
}

/** What doesn't hold for the next certificate. */
const afterwards = { step: 'who', renews: undefined, byHand: false } as const
