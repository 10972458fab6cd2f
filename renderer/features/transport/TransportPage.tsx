/** Your mail accounts with their last proof: where letters are handed in and where they are read. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Account } from '../../../shared/contract/accounts.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { type Level, Mark } from '../../ui/Mark.tsx'
import { ListRow, Place } from '../../ui/Place.tsx'
import { AccountDetail } from './AccountDetail.tsx'
import { AccountForm } from './AccountForm.tsx'

export function TransportPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const { id } = useSearch({ from: '/transport' })
  const accounts = useQuery(query.accounts.list.queryOptions())
  const show = (next?: string) => navigate({ to: '/transport', search: next === undefined ? {} : { id: next } })
  const chosen = accounts.data?.find((account) => account.id === id)
  return (
    <Place
      title={say('transport.title')}
      listLabel={say('transport.accounts')}
      actions={
        <Button size="compact-sm" onClick={() => show('new')}>
          {say('transport.add')}
        </Button>
      }
      detailOpen={id !== undefined}
      onBack={() => show()}
      list={
        <>
          {accounts.isError ? <ErrorNotice error={accounts.error} /> : null}
          {accounts.isPending ? <Loading label={say('transport.loading')} /> : null}
          {accounts.data?.length === 0 ? (
            <EmptyState title={say('transport.emptyTitle')}>{say('transport.emptyText')}</EmptyState>
          ) : null}
          {accounts.data?.map((account) => (
            <ListRow key={account.id} chosen={account.id === id} onChoose={() => show(account.id)}>
              <div className="grow">
                <p className="one-line">
                  <strong>{account.name || shownAddress(account.address)}</strong>
                </p>
                <p className="one-line soft">{shownAddress(account.address)}</p>
                <Mark level={proofLevel(account)}>{say(`transport.proof.${proofState(account)}`)}</Mark>
              </div>
            </ListRow>
          ))}
        </>
      }
      detail={
        id === 'new' ? (
          <AccountForm onSaved={(account) => show(account.id)} onCancel={() => show()} />
        ) : chosen ? (
          <AccountDetail key={chosen.id} account={chosen} onGone={() => show()} />
        ) : (
          <EmptyState drawing="letter" title={say('transport.chooseTitle')}>
            {say('transport.chooseText')}
          </EmptyState>
        )
      }
    />
  )
}

function proofState({ lastProof }: Account): 'none' | 'good' | 'bad' {
  if (!lastProof) return 'none'
  return lastProof.submission.ok && lastProof.mailbox.ok ? 'good' : 'bad'
}

function proofLevel(account: Account): Level {
  const state = proofState(account)
  return state === 'none' ? 'neutral' : state
}
