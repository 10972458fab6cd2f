/** The certificate wizard: one question a step, a rail of steps, back always possible, nothing lost on closing. */

import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { EnrolmentForm } from './EnrolmentForm.tsx'
import { EnrolmentRun } from './EnrolmentRun.tsx'
import { StepRail } from './StepRail.tsx'
import { useWizard, type Wizard } from './useWizard.ts'

const steps = ['who', 'where', 'key', 'get', 'done'] as const

/** Opened for the next certificate of an identity: name and address are known, the place to ask is chosen anew. */
function useRenewal(renew: string | undefined, wizard: Wizard): void {
  const { query } = useApi()
  const identities = useQuery(query.identities.list.queryOptions({ enabled: renew !== undefined }))
  const identity = identities.data?.find(({ id }) => id === renew)
  const { renews } = wizard.value
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each identity, and what is changed then stays
  useEffect(() => {
    // Whoever begins anew wants another certificate, and not the end of an old one.
    if (renew === undefined && renews !== undefined) wizard.change({ renews: undefined })
    if (!identity) return
    const { name } = identity.certificate
    wizard.change({ step: 'where', name, address: identity.addresses[0] ?? '', renews: identity.id, ca: 'acme' })
  }, [renew, identity?.id])
}

export function EnrolmentPage() {
  const say = useSay()
  const { id, renew } = useSearch({ from: '/enrol' })
  const wizard = useWizard()
  useRenewal(renew, wizard)
  const current = id === undefined ? steps.indexOf(wizard.value.step) : wizard.value.finished === id ? 4 : 3
  return (
    <div className="page">
      <div className="sheet sheet-middle">
        <h1>{say('enrol.title')}</h1>
        <StepRail label={say('enrol.steps')} steps={steps.map((step) => say(`enrol.rail.${step}`))} current={current} />
        {id === undefined ? (
          <EnrolmentForm wizard={wizard} />
        ) : (
          <EnrolmentRun key={id} id={id} onDone={() => wizard.change({ finished: id, step: 'who' })} />
        )}
      </div>
    </div>
  )
}
