/** Each step of an order as it happens, and for the one that is on what it waits for and for how long that usually takes. */

import { Loader } from '@mantine/core'
import { IconCircle, IconCircleCheck } from '@tabler/icons-react'
import { type EnrolmentStep, enrolmentStep } from '../../../shared/contract/enrolment.ts'
import { useSay } from '../../client/words.ts'
import type { EnrolmentRunState } from './useEnrolmentRun.ts'

type Waiting = NonNullable<EnrolmentRunState['waiting']>

interface RunStepsProps {
  readonly run: EnrolmentRunState
  readonly current: EnrolmentStep | undefined
  readonly stopped: boolean
}

export function RunSteps({ run, current, stopped }: RunStepsProps) {
  const say = useSay()
  const at = current === undefined ? 0 : enrolmentStep.options.indexOf(current)
  return (
    <>
      {/* Said once for each step; the seconds below are for the eyes. */}
      <p className="visually-hidden" role="status">
        {current === undefined || stopped ? '' : say('enrol.nowStep', { step: say(`enrol.step.${current}`) })}
      </p>
      <ol className="run-steps" aria-label={say('enrol.run.steps')}>
        {enrolmentStep.options.map((step, index) => {
          const done = index < at || run.done.includes(step)
          const state = done ? 'done' : index === at ? 'now' : 'next'
          return (
            <li key={step} className="run-step" data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
              <StepIcon state={state} stopped={stopped} />
              <div className="grow">
                <span>{say(`enrol.step.${step}`)}</span>
                {state === 'done' ? <span className="visually-hidden"> {say('ui.done')}</span> : null}
                {state === 'now' && !stopped ? <p className="soft small">{say(`enrol.waiting.${step}`)}</p> : null}
                {state === 'now' && run.waiting ? (
                  <p className="soft small numbers">{waited(say, run.waiting)}</p>
                ) : null}
              </div>
            </li>
          )
        })}
      </ol>
    </>
  )
}

/** Nobody counts beyond two minutes in seconds. */
function waited(say: ReturnType<typeof useSay>, { seconds, nextLookSeconds: next }: Waiting): string {
  const count = Math.floor(seconds / 60)
  return count < 2
    ? say('enrol.waited', { seconds: Math.round(seconds), next })
    : say('enrol.waitedLong', { count, next })
}

function StepIcon({ state, stopped }: { readonly state: 'done' | 'now' | 'next'; readonly stopped: boolean }) {
  if (state === 'done') return <IconCircleCheck size={20} className="level-good" aria-hidden="true" />
  if (state === 'now' && !stopped) return <Loader size={18} aria-hidden="true" />
  return <IconCircle size={20} stroke={1.3} aria-hidden="true" />
}
