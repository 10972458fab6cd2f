/** Mail that could not be handed in: why, and the two things that can be done with it. */

import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { SendEvent } from '../../../shared/contract/compose.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { RelativeDate } from '../../ui/RelativeDate.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { Outcomes } from '../write/Outcomes.tsx'

export function OutboxPage() {
  const say = useSay()
  const { query, client } = useApi()
  const gate = useVaultGate()
  const [discarding, setDiscarding] = useState<string>()
  const held = useQuery(query.compose.outbox.queryOptions())
  const discard = useMutation(query.compose.discard.mutationOptions({ onSuccess: () => setDiscarding(undefined) }))
  const retry = useMutation({
    mutationFn: async (id: string) => {
      if (!(await gate.ensureOpen(say('vault.reason.send')))) return undefined
      let last: SendEvent | undefined
      for await (const event of await client.compose.retry({ id })) last = event
      return last?.type === 'done' ? last : undefined
    },
  })
  // The letter itself says why it waits; the same twice would look like two reasons.
  const shownBelow = held.data?.some(({ id, failure }) => id === retry.variables && failure !== undefined) ?? false
  return (
    <div className="page">
      <div className="sheet sheet-middle">
        <h1>{say('outbox.title')}</h1>
        <p className="soft">{say('outbox.text')}</p>
        {retry.data ? <Outcomes outcomes={retry.data.outcomes} filedInSent={retry.data.filedInSent} /> : null}
        {retry.isError && !shownBelow ? <ErrorNotice error={retry.error} /> : null}
        {held.isError ? <ErrorNotice error={held.error} /> : null}
        {held.isPending ? <Loading label={say('outbox.loading')} /> : null}
        {held.data?.length === 0 ? <EmptyState drawing="sealed-letter" title={say('outbox.empty')} /> : null}
        <ul className="stack">
          {held.data?.map((mail) => (
            <li key={mail.id} className="card stack-tight">
              <div className="row row-apart">
                <strong className="one-line">{mail.subject || say('mail.noSubject')}</strong>
                <RelativeDate value={mail.createdAt} />
              </div>
              <p className="soft wrap-anywhere">{mail.to.join(', ')}</p>
              {mail.failure ? <ErrorNotice failure={mail.failure} /> : null}
              <div className="row">
                <Button
                  loading={mail.state === 'sending' || (retry.isPending && retry.variables === mail.id)}
                  onClick={() => retry.mutate(mail.id)}
                >
                  {say('ui.retry')}
                </Button>
                <Button variant="default" disabled={mail.state === 'sending'} onClick={() => setDiscarding(mail.id)}>
                  {say('outbox.discard')}
                </Button>
              </div>
            </li>
          ))}
        </ul>
        <ConfirmDialog
          opened={discarding !== undefined}
          title={say('outbox.discardTitle')}
          confirm={say('outbox.discard')}
          busy={discard.isPending}
          onConfirm={() => discarding !== undefined && discard.mutate({ id: discarding })}
          onClose={() => setDiscarding(undefined)}
        >
          <p>{say('outbox.discardText')}</p>
          {discard.isError ? <ErrorNotice error={discard.error} /> : null}
        </ConfirmDialog>
      </div>
    </div>
  )
}
