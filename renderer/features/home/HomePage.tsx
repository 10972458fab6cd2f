/** What needs you, your seals, and the last letters. */

import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { IdentityRow } from '../certificates/CertificateRows.tsx'
import { MailRow } from '../mail/MailList.tsx'
import { NeedCard } from './NeedCard.tsx'
import { needsOf } from './needs.ts'

export function HomePage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const identities = useQuery(query.identities.list.queryOptions())
  const enrolments = useQuery(query.enrolment.list.queryOptions())
  const requests = useQuery(query.requests.list.queryOptions())
  const contacts = useQuery(query.contacts.list.queryOptions({ input: {} }))
  const held = useQuery(query.compose.outbox.queryOptions())
  const backup = useQuery(query.backup.state.queryOptions())
  const accounts = useQuery(query.accounts.list.queryOptions())
  const renewals = useQuery(query.renewal.list.queryOptions())
  const vault = useQuery(query.vault.state.queryOptions())
  const [account] = accounts.data ?? []
  const mails = useQuery(
    query.mailbox.list.queryOptions({
      input: { accountId: account?.id ?? '', limit: 5 },
      enabled: account !== undefined,
    }),
  )
  const refused = [identities, enrolments, accounts].find(({ isError }) => isError)
  if (refused) {
    return (
      <div className="page">
        <div className="sheet">
          <h1>{say('home.title')}</h1>
          <ErrorNotice error={refused.error} />
        </div>
      </div>
    )
  }
  if (!identities.data || !enrolments.data || !accounts.data) return <Loading label={say('home.loading')} />
  const needs = needsOf({
    identities: identities.data,
    enrolments: enrolments.data,
    requests: requests.data ?? [],
    contacts: contacts.data ?? [],
    held: held.data?.length ?? 0,
    accounts: accounts.data.length,
    renewals: renewals.data ?? [],
    locked: vault.data?.state === 'locked',
    backup: backup.data?.need ?? 'nothing',
    now: new Date(),
  })
  return (
    <div className="page">
      <div className="sheet">
        <h1>{say('home.title')}</h1>
        <section className="stack-tight" aria-label={say('home.needs')}>
          <h2>{say('home.needs')}</h2>
          {needs.length === 0 ? <Notice level="good" title={say('home.nothing')} /> : null}
          {needs.map((need, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: cards are without state of their own
            <NeedCard key={index} need={need} />
          ))}
        </section>
        {identities.data.length > 0 ? (
          <section className="stack-tight" aria-label={say('home.seals')}>
            <h2>{say('home.seals')}</h2>
            <div className="card card-list">
              {identities.data.map((identity) => (
                <IdentityRow
                  key={identity.id}
                  identity={identity}
                  chosen={false}
                  onChoose={() => navigate({ to: '/certificates', search: { identity: identity.id } })}
                />
              ))}
            </div>
          </section>
        ) : null}
        {account && mails.data && mails.data.mails.length > 0 ? (
          <section className="stack-tight" aria-label={say('home.letters')}>
            <h2>{say('home.letters')}</h2>
            <div className="card card-list">
              {mails.data.mails.slice(0, 5).map((mail) => (
                <MailRow
                  key={mail.uid}
                  mail={mail}
                  chosen={false}
                  onChoose={() =>
                    navigate({ to: '/mail', search: { account: account.id, folder: 'INBOX', uid: String(mail.uid) } })
                  }
                />
              ))}
            </div>
          </section>
        ) : null}
      </div>
    </div>
  )
}
