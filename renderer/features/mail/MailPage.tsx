/** Received mail: whose mailbox and which folder, the newest first, and the opened mail beside the list. */

import { Button, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Place } from '../../ui/Place.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { FailureNotice } from '../vault/FailureNotice.tsx'
import { MailList } from './MailList.tsx'
import { MessageView } from './MessageView.tsx'
import { OpenFileButton } from './OpenFileButton.tsx'

export function MailPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const search = useSearch({ from: '/mail' })
  const [text, setText] = useState('')
  const accounts = useQuery(query.accounts.list.queryOptions())
  const held = useQuery(query.compose.outbox.queryOptions())
  const account = accounts.data?.find(({ id }) => id === search.account) ?? accounts.data?.[0]
  const folder = search.folder ?? 'INBOX'
  const uid = search.uid === undefined ? undefined : Number(search.uid)
  const folders = useQuery(
    query.mailbox.folders.queryOptions({ input: { accountId: account?.id ?? '' }, enabled: account !== undefined }),
  )
  const show = (next: { account?: string; folder?: string; uid?: string }) => navigate({ to: '/mail', search: next })
  if (accounts.isError) return <ErrorNotice error={accounts.error} />
  if (!accounts.data) return <Loading label={say('mail.loading')} />
  const place = { ...(account ? { account: account.id } : {}), folder }
  return (
    <Place
      title={say('mail.title')}
      listLabel={say('mail.list')}
      actions={<OpenFileButton />}
      tools={
        <>
          {account ? (
            <div className="row">
              {accounts.data.length > 1 ? (
                <Select
                  className="grow"
                  size="xs"
                  aria-label={say('mail.account')}
                  data={accounts.data.map(({ id, address }) => ({ value: id, label: address }))}
                  value={account.id}
                  onChange={(id) => id !== null && show({ account: id })}
                />
              ) : null}
              {(folders.data?.length ?? 0) > 1 ? (
                <Select
                  className="grow"
                  size="xs"
                  aria-label={say('mail.folder')}
                  data={folders.data?.map(({ path, name, use }) => ({
                    value: path,
                    label: use === 'other' ? name : say(`mail.use.${use}`),
                  }))}
                  value={folder}
                  onChange={(path) => path !== null && show({ account: account.id, folder: path })}
                />
              ) : null}
            </div>
          ) : null}
          <SearchField label={say('mail.search')} value={text} onChange={setText} />
          {(held.data?.length ?? 0) > 0 ? (
            <Button variant="default" size="compact-sm" onClick={() => navigate({ to: '/outbox' })}>
              {say('mail.held', { count: held.data?.length ?? 0 })}
            </Button>
          ) : null}
        </>
      }
      detailOpen={uid !== undefined && account !== undefined}
      onBack={() => show(place)}
      list={
        account ? (
          <MailList
            key={`${account.id}/${folder}`}
            accountId={account.id}
            folder={folder}
            wanted={text}
            outgoing={folders.data?.find(({ path }) => path === folder)?.use === 'sent'}
            chosen={uid}
            onChoose={(next) => show({ ...place, uid: String(next) })}
          />
        ) : (
          <EmptyState
            title={say('mail.noAccountTitle')}
            action={
              <Button onClick={() => navigate({ to: '/transport', search: { id: 'new' } })}>
                {say('transport.add')}
              </Button>
            }
          >
            {say('mail.noAccountText')}
          </EmptyState>
        )
      }
      detail={
        uid !== undefined && account ? (
          <OpenedMailView key={`${account.id}/${folder}/${uid}`} accountId={account.id} folder={folder} uid={uid} />
        ) : (
          <EmptyState drawing="letter" title={say('mail.chooseTitle')}>
            {say('mail.chooseText')}
          </EmptyState>
        )
      }
    />
  )
}

function OpenedMailView(input: { readonly accountId: string; readonly folder: string; readonly uid: number }) {
  const say = useSay()
  const { query } = useApi()
  const mail = useQuery(query.mailbox.open.queryOptions({ input: { ...input } }))
  if (mail.isError) {
    return <FailureNotice error={mail.error} reason={say('vault.reason.mail')} onRetry={() => mail.refetch()} />
  }
  if (!mail.data) return <Loading label={say('mail.opening')} />
  return <MessageView mail={mail.data} accountId={input.accountId} />
}
