/** The live part of the wizard: the steps of the order, whatever stopped it, and the ways on and out. */

import { Button, Group } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { Enrolment } from '../../../shared/contract/enrolment.ts'
import { shownCa } from '../../../shared/shownCa.ts'
import { refusalWords } from '../../../shared/words/challengeRefusal.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useHeadingFocus } from '../../ui/headingFocus.ts'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { FailureNotice } from '../vault/FailureNotice.tsx'
import { EnrolmentDone } from './EnrolmentDone.tsx'
import { HandMails } from './HandMails.tsx'
import { RunFailure } from './RunFailure.tsx'
import { RunSteps } from './RunSteps.tsx'
import type { RefusedFor } from './refusedFor.ts'
import { useEnrolmentRun } from './useEnrolmentRun.ts'

interface EnrolmentRunProps {
  readonly id: string
  readonly onDone: () => void
  /** The order was refused for good, and is given up. */
  readonly onOtherwise: (refused: Enrolment, reason: RefusedFor) => void
}

export function EnrolmentRun({ id, onDone, onOtherwise }: EnrolmentRunProps) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const [round, setRound] = useState(0)
  const [givingUp, setGivingUp] = useState(false)
  const run = useEnrolmentRun(id, round)
  const enrolments = useQuery(query.enrolment.list.queryOptions())
  const enrolment = enrolments.data?.find((one) => one.id === id)
  const identities = useQuery(query.identities.list.queryOptions())
  const identity = run.identity ?? identities.data?.find((one) => one.id === enrolment?.identityId)
  const cancel = useMutation(
    query.enrolment.cancel.mutationOptions({ onSuccess: () => navigate({ to: '/enrol', search: {} }) }),
  )
  const end = useMutation(query.enrolment.cancel.mutationOptions())
  const again = () => setRound((before) => before + 1)
  const byHand = useMutation(query.enrolment.setByHand.mutationOptions({ onSuccess: again }))
  const above = useRef<HTMLDivElement>(null)
  const finished = identity !== undefined
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once, when it has finished
  useEffect(() => {
    if (finished) onDone()
  }, [finished])

  const failure = run.failure ?? (enrolment?.state === 'failed' && !run.step ? enrolment.failure : undefined)
  const hasStopped = failure !== undefined || run.error !== undefined
  // Whoever follows the last steps has scrolled the place of it away.
  useEffect(() => {
    if (hasStopped) above.current?.scrollIntoView({ block: 'nearest' })
  }, [hasStopped])

  if (identity) return <EnrolmentDone identity={identity} />
  if (!enrolment && enrolments.isPending) return <Loading label={say('enrol.opening')} />
  return (
    <div className="stack">
      <RunHeading address={enrolment?.address ?? ''} />
      <p className="soft">{say('enrol.run.text', { ca: enrolment ? shownCa(enrolment) : '' })}</p>
      {run.need ? <HandMails id={id} address={enrolment?.address ?? ''} need={run.need} onGoOn={again} /> : null}
      <div className="stack run-notices" ref={above}>
        {run.refused.map((mail, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows, and two refusals may be alike
          <RefusedMail key={index} reason={mail.reason} from={mail.from} />
        ))}
        {failure ? (
          <RunFailure
            id={id}
            failure={failure}
            onRetry={again}
            onOtherwise={(reason) => {
              if (enrolment) end.mutate({ id }, { onSuccess: () => onOtherwise(enrolment, reason) })
            }}
            onByHand={enrolment?.byHand === false ? () => byHand.mutate({ id, byHand: true }) : undefined}
          />
        ) : null}
        {end.isError ? <ErrorNotice error={end.error} /> : null}
        {byHand.isError ? <ErrorNotice error={byHand.error} /> : null}
        {run.error === undefined ? null : (
          <FailureNotice error={run.error} reason={say('vault.reason.enrol')} onRetry={again} />
        )}
      </div>
      <RunSteps
        run={run}
        current={run.step ?? enrolment?.step}
        stopped={failure !== undefined || run.need !== undefined}
      />
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
        <Button variant="subtle" onClick={() => setGivingUp(true)}>
          {say('enrol.cancel')}
        </Button>
      </Group>
      <ConfirmDialog
        opened={givingUp}
        title={say('requests.giveUpTitle')}
        confirm={say('requests.giveUpDo')}
        busy={cancel.isPending}
        onConfirm={() => cancel.mutate({ id })}
        onClose={() => setGivingUp(false)}
      >
        <p>{say('enrol.cancelText')}</p>
        {cancel.isError ? <ErrorNotice error={cancel.error} /> : null}
      </ConfirmDialog>
    </div>
  )
}

function RunHeading({ address }: { readonly address: string }) {
  const say = useSay()
  const heading = useHeadingFocus()
  return (
    <h2 ref={heading} tabIndex={-1}>
      {say('enrol.run.title', { address })}
    </h2>
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
