/** The live part of the wizard: each step as it happens, what it waits for and for how long that usually takes. */

import { Button, Group, Loader } from '@mantine/core'
import { IconCircle, IconCircleCheck } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { type EnrolmentStep, enrolmentStep } from '../../../shared/contract/enrolment.ts'
import { refusalWords } from '../../../shared/words/challengeRefusal.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { FailureNotice } from '../vault/FailureNotice.tsx'
import { EnrolmentDone } from './EnrolmentDone.tsx'
import { HandMails } from './HandMails.tsx'
import { RunFailure } from './RunFailure.tsx'
import { type EnrolmentRunState, useEnrolmentRun } from './useEnrolmentRun.ts'

interface EnrolmentRunProps {
  readonly id: string
  readonly onDone: () => void
}

export function EnrolmentRun({ id, onDone }: EnrolmentRunProps) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const [round, setRound] = useState(0)
  const run = useEnrolmentRun(id, round)
  const enrolments = useQuery(query.enrolment.list.queryOptions())
  const enrolment = enrolments.data?.find((one) => one.id === id)
  const identities = useQuery(query.identities.list.queryOptions())
  const identity = run.identity ?? identities.data?.find((one) => one.id === enrolment?.identityId)
  const cancel = useMutation(
    query.enrolment.cancel.mutationOptions({ onSuccess: () => navigate({ to: '/enrol', search: {} }) }),
  )
  const again = () => setRound((before) => before + 1)
  const byHand = useMutation(query.enrolment.setByHand.mutationOptions({ onSuccess: again }))
  const finished = identity !== undefined
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once, when it has finished
  useEffect(() => {
    if (finished) onDone()
  }, [finished])

  if (identity) return <EnrolmentDone identity={identity} />
  if (!enrolment && enrolments.isPending) return <Loading label={say('enrol.opening')} />
  const failure = run.failure ?? (enrolment?.state === 'failed' && !run.step ? enrolment.failure : undefined)
  return (
    <div className="stack">
      <h2>{say('enrol.run.title', { address: enrolment?.address ?? '' })}</h2>
      <p className="soft">{say('enrol.run.text', { ca: enrolment?.caName ?? '' })}</p>
      {run.need ? <HandMails id={id} address={enrolment?.address ?? ''} need={run.need} onGoOn={again} /> : null}
      <RunSteps
        run={run}
        current={run.step ?? enrolment?.step}
        stopped={failure !== undefined || run.need !== undefined}
      />
      {run.refused.map((mail, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows, and two refusals may be alike
        <RefusedMail key={index} reason={mail.reason} from={mail.from} />
      ))}
      {failure ? (
        <RunFailure
          id={id}
          failure={failure}
          onRetry={again}
          onByHand={enrolment?.byHand === false ? () => byHand.mutate({ id, byHand: true }) : undefined}
        />
      ) : null}
      {byHand.isError ? <ErrorNotice error={byHand.error} /> : null}
      {run.error === undefined ? null : (
        <FailureNotice error={run.error} reason={say('vault.reason.enrol')} onRetry={again} />
      )}
      <Group justify="space-between">
        <Button variant="default" onClick={() => navigate({ to: '/certificates' })}>
          {say('enrol.later')}
        </Button>
        {enrolment && (run.need?.kind === 'challenge-mail' || run.step === 'await-challenge-mail') && !failure ? (
          <Button
            variant="subtle"
            loading={byHand.isPending}
            onClick={() => byHand.mutate({ id, byHand: !enrolment.byHand })}
          >
            {say(enrolment.byHand ? 'enrol.hand.stop' : 'enrol.hand.start')}
          </Button>
        ) : null}
        <Button variant="subtle" loading={cancel.isPending} onClick={() => cancel.mutate({ id })}>
          {say('enrol.cancel')}
        </Button>
      </Group>
    </div>
  )
}

function RefusedMail({ reason, from }: { readonly reason: string; readonly from: string }) {
  const say = useSay()
  const { key, data } = refusalWords(reason)
  return (
    <Notice level="caution" title={say('enrol.refused.title', { from })} urgent>
      {say('enrol.refused.text', { reason: say(key, data) })}
    </Notice>
  )
}

interface RunStepsProps {
  readonly run: EnrolmentRunState
  readonly current: EnrolmentStep | undefined
  readonly stopped: boolean
}

function RunSteps({ run, current, stopped }: RunStepsProps) {
  const say = useSay()
  const at = current === undefined ? 0 : enrolmentStep.options.indexOf(current)
  return (
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
              {state === 'now' && !stopped ? (
                <p className="soft small" aria-live="polite">
                  {say(`enrol.waiting.${step}`)}
                </p>
              ) : null}
              {state === 'now' && run.waiting ? (
                <p className="soft small numbers">
                  {say('enrol.waited', { seconds: Math.round(run.waiting.seconds), next: run.waiting.nextLookSeconds })}
                </p>
              ) : null}
            </div>
          </li>
        )
      })}
    </ol>
  )
}

function StepIcon({ state, stopped }: { readonly state: 'done' | 'now' | 'next'; readonly stopped: boolean }) {
  if (state === 'done') return <IconCircleCheck size={20} className="level-good" aria-hidden="true" />
  if (state === 'now' && !stopped) return <Loader size={18} aria-hidden="true" />
  return <IconCircle size={20} stroke={1.3} aria-hidden="true" />
}
