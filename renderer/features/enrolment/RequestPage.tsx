/** A request that waits: handing it in, and bringing the answer, days later and in any order. */

import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { CatalogueEntry } from '../../../shared/contract/catalogue.ts'
import type { CertificateRequest } from '../../../shared/contract/requests.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { AnswerBox } from './AnswerBox.tsx'
import { AuthorityLinks } from './AuthorityFacts.tsx'
import { RequestCard } from './RequestCard.tsx'
import { WizardRail } from './WizardRail.tsx'

export function RequestPage() {
  const say = useSay()
  const { id = '' } = useSearch({ from: '/request' })
  const { query } = useApi()
  const requests = useQuery(query.requests.list.queryOptions())
  const catalogue = useQuery(query.catalogue.list.queryOptions())
  const pair = requests.data?.filter((one) => one.pairId === id) ?? []
  const entry = catalogue.data?.find((one) => one.id === pair[0]?.authority)
  return (
    <div className="page">
      <div className="sheet sheet-middle">
        <h1>{say(pair.length > 1 ? 'requests.pairTitle' : 'requests.title')}</h1>
        {pair.length > 0 ? <WizardRail step={pair.every(({ state }) => state === 'done') ? 'done' : 'get'} /> : null}
        {requests.isPending ? <Loading label={say('requests.opening')} /> : null}
        {requests.isError ? <ErrorNotice error={requests.error} /> : null}
        {requests.data && pair.length === 0 ? (
          <ErrorNotice failure={{ code: 'not-found', data: { what: 'request' } }} />
        ) : null}
        {pair.length > 0 ? <Steps key={id} pair={pair} entry={entry} /> : null}
      </div>
    </div>
  )
}

interface StepsProps {
  readonly pair: readonly CertificateRequest[]
  readonly entry: CatalogueEntry | undefined
}

function Steps({ pair, entry }: StepsProps) {
  const say = useSay()
  // What was given up with its key kept can still be answered. What is answered now stays to be read.
  const [open] = useState(() => pair.some(({ state, keyDiscarded }) => state !== 'done' && !keyDiscarded))
  return (
    <>
      <section className="stack" aria-label={say('requests.step1')}>
        <h2>{say('requests.step1')}</h2>
        <p className="soft">
          {say('requests.step1Text')} {pair.length > 1 ? say('requests.step1Pair') : ''}
        </p>
        {entry ? <AuthorityLinks entry={entry} /> : null}
        {pair.map((request) => (
          <RequestCard key={request.id} request={request} />
        ))}
      </section>
      {open ? (
        <section className="stack" aria-label={say('requests.step2')}>
          <h2>{say('requests.step2')}</h2>
          <p className="soft">{say('requests.step2Text')}</p>
          <AnswerBox address={pair[0]?.address ?? ''} />
        </section>
      ) : null}
    </>
  )
}
