/** CAs of one's own: making one, issuing for others and for oneself, revoking, and handing the root's fingerprint over. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { BackRow } from '../../ui/BackRow.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { AuthoritySection } from './AuthoritySection.tsx'
import { CreateAuthority } from './CreateAuthority.tsx'

export function AuthorityPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const [creating, setCreating] = useState(false)
  const authorities = useQuery(query.authority.list.queryOptions())
  const none = authorities.data?.length === 0
  return (
    <div className="page">
      <BackRow label={say('ui.back')} onOtherwise={() => navigate({ to: '/certificates' })} />
      <div className="sheet sheet-middle">
        <h1>{say('authority.title')}</h1>
        <p>{say('authority.intro')}</p>
        {authorities.isError ? <ErrorNotice error={authorities.error} /> : null}
        {authorities.isPending ? <Loading label={say('authority.loading')} /> : null}
        {authorities.data?.map((authority) => (
          <AuthoritySection key={authority.id} authority={authority} />
        ))}
        {none || creating ? (
          <section className="card stack" aria-labelledby="authority-create">
            <h2 id="authority-create">{say('authority.create.title')}</h2>
            <CreateAuthority onDone={() => setCreating(false)} />
          </section>
        ) : authorities.data ? (
          <div className="row">
            <Button variant="default" onClick={() => setCreating(true)}>
              {say('authority.create.another')}
            </Button>
          </div>
        ) : null}
      </div>
    </div>
  )
}
