/** One request: its text to copy or to save, what has become of it, and giving it up. */

import { Button, CopyButton, Group, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { CertificateRequest } from '../../../shared/contract/requests.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { saveSpooled } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { type Level, Mark } from '../../ui/Mark.tsx'
import { GiveUpDialog } from './GiveUpDialog.tsx'

export function RequestCard({ request }: { readonly request: CertificateRequest }) {
  const say = useSay()
  const navigate = useNavigate()
  const { client } = useApi()
  const [givingUp, setGivingUp] = useState(false)
  const save = useMutation({
    mutationFn: async (format: 'pem' | 'der') =>
      saveSpooled(client, await client.requests.save({ id: request.id, format })),
  })
  const { state, identityId } = request
  // Two requests stand on one page: what a button is for is in its name.
  const use = say(`requests.use.${request.use}`)
  return (
    <article className="card stack" aria-label={use}>
      <div className="row row-apart row-wrap">
        <div className="grow">
          <h3>{use}</h3>
          <p className="wrap-anywhere">{shownAddress(request.address)}</p>
          <p className="soft small">
            {say('requests.facts', { key: say(`catalogue.keyType.${request.keyType}`), date: request.createdAt })}
          </p>
        </div>
        <RequestState request={request} />
      </div>
      {state === 'waiting' ? (
        <>
          <Group>
            <CopyButton value={request.pem} timeout={2000}>
              {({ copied, copy }) => (
                <Button onClick={copy} aria-label={`${say(copied ? 'requests.copied' : 'requests.copy')}: ${use}`}>
                  {copied ? say('requests.copied') : say('requests.copy')}
                </Button>
              )}
            </CopyButton>
            <Button
              variant="default"
              loading={save.isPending}
              aria-label={`${say('requests.savePem')}: ${use}`}
              onClick={() => save.mutate('pem')}
            >
              {say('requests.savePem')}
            </Button>
            <Button
              variant="default"
              loading={save.isPending}
              aria-label={`${say('requests.saveDer')}: ${use}`}
              onClick={() => save.mutate('der')}
            >
              {say('requests.saveDer')}
            </Button>
          </Group>
          <details className="fold">
            <summary>{say('requests.text')}</summary>
            <Textarea
              aria-label={say('requests.textLabel')}
              value={request.pem}
              readOnly
              autosize
              maxRows={14}
              classNames={{ input: 'mono' }}
            />
          </details>
        </>
      ) : null}
      {save.isError ? <ErrorNotice error={save.error} /> : null}
      <Group justify="flex-end">
        {identityId === undefined ? null : (
          <Button variant="default" onClick={() => navigate({ to: '/certificates', search: { identity: identityId } })}>
            {say('requests.show')}
          </Button>
        )}
        {state === 'waiting' ? (
          <Button variant="subtle" aria-label={`${say('requests.giveUp')}: ${use}`} onClick={() => setGivingUp(true)}>
            {say('requests.giveUp')}
          </Button>
        ) : null}
      </Group>
      {givingUp ? <GiveUpDialog request={request} onClose={() => setGivingUp(false)} /> : null}
    </article>
  )
}

const levels: Readonly<Record<CertificateRequest['state'], Level>> = {
  waiting: 'neutral',
  done: 'good',
  cancelled: 'neutral',
}

function RequestState({ request: { state, keyDiscarded } }: { readonly request: CertificateRequest }) {
  const say = useSay()
  return <Mark level={levels[state]}>{say(`requests.state.${keyDiscarded ? 'discarded' : state}`)}</Mark>
}
