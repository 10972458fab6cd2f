/** When a certificate is renewed and by whom, with the calendar file and the order of the next one. */

import { Button, Group, Modal, Radio } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { Renewal } from '../../../shared/contract/renewal.ts'
import { useApi } from '../../client/api.ts'
import { saveSpooled } from '../../client/files.ts'
import { useLanguage, useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'

interface RenewalCardProps {
  readonly identityId: string
  readonly address: string
}

export function RenewalCard({ identityId, address }: RenewalCardProps) {
  const say = useSay()
  const language = useLanguage()
  const navigate = useNavigate()
  const { client, query } = useApi()
  const [asking, setAsking] = useState(false)
  const renewals = useQuery(query.renewal.list.queryOptions())
  const calendar = useMutation({
    mutationFn: async () => saveSpooled(client, await client.renewal.calendar({ identityId, language })),
  })
  const renewal = renewals.data?.find((one) => one.identityId === identityId)
  // A certificate that has a successor, or was revoked, is not renewed.
  if (!renewal) return null
  const { enrolmentId, way } = renewal
  return (
    <section className="card stack-tight" aria-label={say('renewal.title')}>
      <h3>{say('renewal.title')}</h3>
      <p>{sentenceOf(renewal, say)}</p>
      {renewal.suggested ? <Suggestion renewal={renewal} /> : null}
      <div className="row row-wrap">
        {enrolmentId !== undefined ? (
          <Button size="compact-sm" onClick={() => navigate({ to: '/enrol', search: { id: enrolmentId } })}>
            {say('renewal.go-on')}
          </Button>
        ) : (
          <Button
            size="compact-sm"
            variant={renewal.due ? 'filled' : 'default'}
            onClick={() =>
              way === 'acme' ? setAsking(true) : navigate({ to: '/enrol', search: { renew: identityId } })
            }
          >
            {say(way === 'acme' ? 'renewal.now' : 'renewal.request')}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          loading={calendar.isPending}
          title={say('renewal.calendar.hint')}
          onClick={() => calendar.mutate()}
        >
          {say('renewal.calendar.button')}
        </Button>
      </div>
      {calendar.isError ? <ErrorNotice error={calendar.error} /> : null}
      {asking ? <RenewDialog identityId={identityId} address={address} onClose={() => setAsking(false)} /> : null}
    </section>
  )
}

function sentenceOf(renewal: Renewal, say: ReturnType<typeof useSay>): string {
  const { byItself, due, renewAt: date } = renewal
  if (renewal.enrolmentId !== undefined) return say('renewal.under-way')
  if (byItself) return due ? say('renewal.by-itself-due') : say('renewal.by-itself', { date })
  return due ? say('renewal.due') : say('renewal.by-hand', { date })
}

function Suggestion({ renewal }: { readonly renewal: Renewal }) {
  const say = useSay()
  const { query } = useApi()
  const status = useQuery(query.app.status.queryOptions())
  const open = useMutation(query.renewal.openLink.mutationOptions())
  const { suggested, identityId } = renewal
  return (
    <p className="soft small">
      {say('renewal.suggested', { start: suggested?.start, end: suggested?.end })}{' '}
      {suggested?.explanationUrl === undefined ? null : (
        <a
          href={suggested.explanationUrl}
          target="_blank"
          rel="noopener noreferrer"
          onClick={(event) => {
            if (status.data?.host !== 'desktop') return
            event.preventDefault()
            open.mutate({ identityId, kind: 'explanation' })
          }}
        >
          {say('renewal.why')}
        </a>
      )}
    </p>
  )
}

function RenewDialog({ identityId, address, onClose }: RenewalCardProps & { readonly onClose: () => void }) {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const { query } = useApi()
  const [sameKey, setSameKey] = useState(false)
  const renew = useMutation(
    query.enrolment.renew.mutationOptions({ onSuccess: ({ id }) => navigate({ to: '/enrol', search: { id } }) }),
  )
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (await gate.ensureOpen(say('vault.reason.enrol'))) renew.mutate({ identityId, sameKey })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={say('renewal.dialogTitle', { address })}
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      <form className="stack" onSubmit={submit}>
        <p>{say('renewal.dialogText')}</p>
        <Radio.Group
          label={say('renewal.key')}
          value={sameKey ? 'same' : 'new'}
          onChange={(value) => setSameKey(value === 'same')}
        >
          <div className="stack-tight choices">
            <Radio value="new" label={say('renewal.newKey')} description={say('renewal.newKeyHint')} data-autofocus />
            <Radio value="same" label={say('renewal.sameKey')} description={say('renewal.sameKeyHint')} />
          </div>
        </Radio.Group>
        {renew.isError ? <ErrorNotice error={renew.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {say('ui.cancel')}
          </Button>
          <Button type="submit" loading={renew.isPending}>
            {say('renewal.begin')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
