/** The mails of a folder, as what they claim to be before they are opened. New ones appear by themselves. */

import { Button } from '@mantine/core'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { MailSummary } from '../../../shared/contract/mailbox.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { isAborted } from '../../client/failure.ts'
import { useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ListRow } from '../../ui/Place.tsx'
import { ListDate } from '../../ui/RelativeDate.tsx'
import { FailureNotice } from '../vault/FailureNotice.tsx'
import { shownSubject } from './shownSubject.ts'
import './mail.css'

interface MailListProps {
  readonly accountId: string
  readonly folder: string
  readonly wanted: string
  /** Mail that went out: the recipient is the one to look for. */
  readonly outgoing: boolean
  readonly chosen: number | undefined
  readonly onChoose: (uid: number) => void
}

const pageLength = 50

export function MailList({ accountId, folder, wanted, outgoing, chosen, onChoose }: MailListProps) {
  const say = useSay()
  const { query } = useApi()
  const list = useInfiniteQuery(
    query.mailbox.list.infiniteOptions({
      input: (before: number | undefined) => ({
        accountId,
        folder,
        limit: pageLength,
        ...(before === undefined ? {} : { before }),
      }),
      initialPageParam: undefined as number | undefined,
      getNextPageParam: ({ mails }) => (mails.length === pageLength ? mails.at(-1)?.uid : undefined),
    }),
  )
  useWatching(accountId, folder, list.isSuccess)
  if (list.isError && !list.data) {
    return <FailureNotice error={list.error} reason={say('vault.reason.mail')} onRetry={() => list.refetch()} />
  }
  if (!list.data) return <Loading label={say('mail.fetching')} />
  const mails = list.data.pages.flatMap((page) => page.mails)
  const shown = mails.filter((mail) => matches(mail, wanted))
  if (shown.length === 0) {
    return wanted.trim() === '' ? (
      <EmptyState title={say('mail.emptyTitle')}>{say('mail.emptyText')}</EmptyState>
    ) : (
      <EmptyState title={say('mail.noneFound')}>{say('mail.noneFoundText')}</EmptyState>
    )
  }
  return (
    <>
      {shown.map((mail) => (
        <MailRow
          key={mail.uid}
          mail={mail}
          outgoing={outgoing}
          chosen={mail.uid === chosen}
          onChoose={() => onChoose(mail.uid)}
        />
      ))}
      {list.hasNextPage ? (
        <div className="row mail-more">
          <Button
            variant="default"
            size="compact-sm"
            loading={list.isFetchingNextPage}
            onClick={() => list.fetchNextPage()}
          >
            {say('mail.older')}
          </Button>
        </div>
      ) : null}
    </>
  )
}

interface MailRowProps {
  readonly mail: MailSummary
  readonly outgoing?: boolean
  readonly chosen: boolean
  readonly onChoose: () => void
}

const drawings = { plain: 'postcard', signed: 'signed-postcard', encrypted: 'letter' } as const

export function MailRow({ mail, outgoing = false, chosen, onChoose }: MailRowProps) {
  const say = useSay()
  const person = outgoing ? mail.to[0] : mail.from
  return (
    <ListRow chosen={chosen} onChoose={onChoose}>
      <Drawing name={drawings[mail.claims]} width={36} label={say(`mail.claims.${mail.claims}`)} />
      <div className="grow">
        <div className="row row-apart">
          <span className={mail.seen ? 'one-line' : 'one-line mail-unseen'}>
            <bdi>{person?.name || shownAddress(person?.address ?? '') || say('mail.noFrom')}</bdi>
          </span>
          <ListDate value={mail.date} />
        </div>
        <p className={mail.seen ? 'one-line soft' : 'one-line'}>
          <bdi>{shownSubject(mail.subject, mail.claims === 'encrypted', say)}</bdi>
        </p>
        {mail.seen ? null : <span className="visually-hidden">{say('mail.unseen')}</span>}
      </div>
    </ListRow>
  )
}

function matches(mail: MailSummary, wanted: string): boolean {
  const text = `${mail.from?.name ?? ''} ${mail.from?.address ?? ''} ${mail.subject}`.toLowerCase()
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** Asks again whenever the server says that the folder changed. */
function useWatching(accountId: string, folder: string, active: boolean): void {
  const { client, query } = useApi()
  const queries = useQueryClient()
  useEffect(() => {
    if (!active) return
    const stop = new AbortController()
    const watch = async () => {
      try {
        for await (const _ of await client.mailbox.watch({ accountId, folder }, { signal: stop.signal })) {
          await queries.invalidateQueries({ queryKey: query.mailbox.list.key() })
        }
      } catch (error) {
        // The list itself says what is wrong with the line as soon as it is asked again.
        if (!isAborted(error) && !stop.signal.aborted) {
          await queries.invalidateQueries({ queryKey: query.mailbox.list.key(), refetchType: 'none' })
        }
      }
    }
    watch()
    return () => stop.abort()
  }, [client, query, queries, accountId, folder, active])
}
