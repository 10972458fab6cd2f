/** What is known of an authority, what of it is unverified, and what this profile itself computes: whether its root counts. */

import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { CatalogueEntry } from '../../../shared/contract/catalogue.ts'
import { hostOf } from '../../../shared/hostOf.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { type Level, Mark } from '../../ui/Mark.tsx'
import { Notice } from '../../ui/Notice.tsx'

const levels: Readonly<Record<CatalogueEntry['trust']['state'], Level>> = {
  trusted: 'good',
  limited: 'caution',
  'not-trusted': 'caution',
  'no-root': 'caution',
}

interface AuthorityFactsProps {
  readonly entry: CatalogueEntry
  readonly onRemoved: () => void
}

export function AuthorityFacts({ entry, onRemoved }: AuthorityFactsProps) {
  const say = useSay()
  const { query } = useApi()
  const remove = useMutation(query.catalogue.remove.mutationOptions({ onSuccess: onRemoved }))
  const { trust, cost, verifies, keyTypes, mostDays, asOf } = entry
  const listed = (words: readonly string[]) => words.join(', ')
  const mark = (fact: CatalogueEntry['unverified'][number]) =>
    entry.unverified.includes(fact) ? <span className="soft"> ({say('catalogue.unverifiedMark')})</span> : null
  const host = entry.directoryUrl === undefined ? undefined : hostOf(entry.directoryUrl)
  return (
    <section className="card stack" aria-label={say('catalogue.facts', { name: entry.name })}>
      <h3>{say('catalogue.facts', { name: entry.name })}</h3>
      <dl className="facts">
        <Fact label={say('catalogue.issuesLabel')}>
          {say(`catalogue.issues.${entry.issues}`)}
          {host === undefined ? null : <span className="soft"> · {host}</span>}
        </Fact>
        {cost ? (
          <Fact label={say('catalogue.costLabel')}>
            {say(`catalogue.cost.${cost}`)}
            {mark('cost')}
          </Fact>
        ) : null}
        {verifies.length > 0 ? (
          <Fact label={say('catalogue.verifiesLabel')}>
            {listed(verifies.map((what) => say(`catalogue.verifies.${what}`)))}
            {mark('verifies')}
          </Fact>
        ) : null}
        {mostDays ? (
          <Fact label={say('catalogue.mostDaysLabel')}>
            {say('catalogue.days', { count: mostDays })}
            {mark('mostDays')}
          </Fact>
        ) : null}
        {keyTypes.length > 0 ? (
          <Fact label={say('catalogue.keyTypesLabel')}>
            {listed(keyTypes.map((type) => say(`catalogue.keyType.${type}`)))}
            {mark('keyTypes')}
          </Fact>
        ) : null}
        <Fact label={say('catalogue.trustLabel')}>
          <Mark level={levels[trust.state]}>{say(`catalogue.trust.${trust.state}`)}</Mark>
          <p className="soft small">
            {say(`catalogue.trustHint.${trust.state}`, { roots: listed(trust.roots.slice(0, mostRoots)) })}
          </p>
        </Fact>
      </dl>
      {entry.asciiAddressesOnly ? <p>{say('catalogue.asciiOnly')}</p> : null}
      {entry.bindingKeyId === undefined ? null : <p>{say('catalogue.binding', { id: entry.bindingKeyId })}</p>}
      {entry.fromBackup ? <FromBackup entry={entry} /> : <AuthorityLinks entry={entry} />}
      {asOf === undefined ? null : (
        <p className="soft small">
          {[
            say('catalogue.asOf', { month: asOf }),
            ...entry.unverified.map((fact) => say(`catalogue.unverified.${fact}`)),
          ].join(' ')}
        </p>
      )}
      {remove.isError ? <ErrorNotice error={remove.error} /> : null}
      {entry.own ? (
        <div>
          <Button
            variant="default"
            size="compact-sm"
            loading={remove.isPending}
            onClick={() => remove.mutate({ id: entry.id })}
          >
            {say('catalogue.remove')}
          </Button>
        </div>
      ) : null}
    </section>
  )
}

/** Whoever wrote the backup chose where it leads: nothing is ordered or opened there before the person knows the host. */
function FromBackup({ entry }: { readonly entry: CatalogueEntry }) {
  const say = useSay()
  const { query } = useApi()
  const trust = useMutation(query.catalogue.trustServer.mutationOptions())
  const { id, name, directoryUrl, links } = entry
  const host = hostOf(directoryUrl ?? links[0]?.url ?? '')
  return (
    <>
      <Notice
        level="caution"
        title={say('errors.authority-from-backup.what', { name, host })}
        action={
          <Button variant="default" loading={trust.isPending} onClick={() => trust.mutate({ id, host })}>
            {say('catalogue.trustServer', { host })}
          </Button>
        }
      >
        {say('errors.authority-from-backup.next', { name, host })}
      </Notice>
      {trust.isError ? <ErrorNotice error={trust.error} /> : null}
    </>
  )
}

/** DigiCert has ten; the first few say enough. */
const mostRoots = 3

function Fact({ label, children }: { readonly label: string; readonly children: React.ReactNode }) {
  return (
    <div className="facts-row">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** Addresses of the catalogue, opened outside: the desktop's window can't open any, so its other side does. */
export function AuthorityLinks({ entry }: { readonly entry: CatalogueEntry }) {
  const say = useSay()
  const { query } = useApi()
  const status = useQuery(query.app.status.queryOptions())
  const open = useMutation(query.catalogue.openLink.mutationOptions())
  if (entry.links.length === 0) return null
  return (
    <ul className="row row-wrap link-row" aria-label={say('catalogue.links')}>
      {entry.links.map(({ kind, url }) => (
        <li key={kind}>
          <a
            className="link-button"
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            title={say('catalogue.linkHint')}
            onClick={(event) => {
              if (status.data?.host !== 'desktop') return
              event.preventDefault()
              open.mutate({ id: entry.id, kind })
            }}
          >
            {say(`catalogue.link.${kind}`, { host: new URL(url).host })}
          </a>
        </li>
      ))}
    </ul>
  )
}
