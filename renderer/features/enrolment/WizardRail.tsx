/** Where on the way to a certificate one is: the same five steps, whichever authority it comes from. */

import { useSay } from '../../client/words.ts'
import { StepRail } from './StepRail.tsx'

const steps = ['who', 'where', 'key', 'get', 'done'] as const

export function WizardRail({ step }: { readonly step: (typeof steps)[number] }) {
  const say = useSay()
  return (
    <StepRail
      label={say('enrol.steps')}
      steps={steps.map((one) => say(`enrol.rail.${one}`))}
      current={steps.indexOf(step)}
    />
  )
}
