/** The steps of a wizard, and which one is on. */

import { IconCheck } from '@tabler/icons-react'
import { useSay } from '../../client/words.ts'
import './enrolment.css'

interface StepRailProps {
  readonly label: string
  readonly steps: readonly string[]
  readonly current: number
}

export function StepRail({ label, steps, current }: StepRailProps) {
  const say = useSay()
  return (
    <ol className="step-rail" aria-label={label}>
      {steps.map((step, index) => {
        const state = index < current ? 'done' : index === current ? 'now' : 'next'
        return (
          <li key={step} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
            <span className="step-rail-dot" aria-hidden="true">
              {state === 'done' ? <IconCheck size={14} /> : index + 1}
            </span>
            <span>{step}</span>
            {state === 'done' ? <span className="visually-hidden">{say('ui.done')}</span> : null}
          </li>
        )
      })}
    </ol>
  )
}
