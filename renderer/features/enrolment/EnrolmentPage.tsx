/** The certificate wizard: one question a step, a rail of steps, back always possible, nothing lost on closing. */

import { useSearch } from '@tanstack/react-router'
import { useSay } from '../../client/words.ts'
import { EnrolmentForm } from './EnrolmentForm.tsx'
import { EnrolmentRun } from './EnrolmentRun.tsx'
import { StepRail } from './StepRail.tsx'
import { useWizard } from './useWizard.ts'

const steps = ['who', 'where', 'key', 'get', 'done'] as const

export function EnrolmentPage() {
  const say = useSay()
  const { id } = useSearch({ from: '/enrol' })
  const wizard = useWizard()
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
