/** Looks for the authority's answer in the address's own mailbox, when the person wants it, and says what was looked at. */

import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { AnswerMail, AnswerSearch } from '../../../shared/contract/requests.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { ForeignText } from '../../ui/ForeignText.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'

interface LookInMailboxProps {
  readonly address: string
  readonly onFound: (mails: readonly AnswerMail[]) => void
}

export function LookInMailbox({ address, onFound }: LookInMailboxProps) {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const { client, query } = useApi()
  const accounts = useQuery(query.accounts.list.queryOptions())
  const look = useMutation({
    mutationFn: async () => client.requests.searchMailbox({ address }),
    onSuccess: ({ mails }) => {
      if (mails.length > 0) onFound(mails)
    },
  })
  const start = async () => {
    if (await gate.ensureOpen(say('vault.reason.mail'))) look.mutate()
  }
  const hasMailbox = accounts.data?.some((account) => account.address.toLowerCase() === address.toLowerCase())
  if (hasMailbox === undefined) return null
  if (!hasMailbox) {
    return (
      <div className="row row-wrap">
        <span className="soft small grow">{say('requests.mailbox.none', { address })}</span>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => navigate({ to: '/transport', search: { id: 'new' } })}
        >
          {say('requests.mailbox.setUp')}
        </Button>
      </div>
    )
  }
  return (
    <div className="stack-tight">
      <div className="row row-wrap">
        <Button variant="default" loading={look.isPending} onClick={start}>
          {say('requests.mailbox.look')}
        </Button>
        <span className="soft small grow">
          {say(look.isPending ? 'requests.mailbox.looking' : 'requests.mailbox.hint', { address })}
        </span>
      </div>
      {look.isError ? <ErrorNotice error={look.error} /> : null}
      {look.data ? <Outcome found={look.data} /> : null}
    </div>
  )
}

function Outcome({ found: { mails, looked, passedOver, since } }: { readonly found: AnswerSearch }) {
  const say = useSay()
  const more = passedOver > 0 ? say('requests.mailbox.passedOver', { count: passedOver }) : undefined
  if (mails.length === 0) {
    return (
      <Notice level="neutral" title={say('requests.mailbox.nothing', { count: looked, since })} urgent>
        {more ?? say('requests.mailbox.nothingText')}
      </Notice>
    )
  }
  return (
    <Notice level="neutral" title={say('requests.mailbox.found', { count: mails.length })} urgent>
      <ul className="stack-tight">
        {mails.map(({ spoolId, subject, from, date }) => (
          <li key={spoolId} className="wrap-anywhere">
            <ForeignText>{subject}</ForeignText>
            <span className="soft">
              {from === undefined ? '' : ` · ${say('requests.mailbox.from', { from })}`}
              {date === undefined ? '' : ` · ${say('requests.mailbox.dated', { date })}`}
            </span>
          </li>
        ))}
      </ul>
      {say('requests.mailbox.foundText')}
    </Notice>
  )
}
