/** Whom mail is judged by: every root with where its trust comes from, the lists, and every decision with its way back. */

import { IconListCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import type { TrustOverview } from '../../../../shared/contract/trust.ts'
import { useApi } from '../../../client/api.ts'
import { useSay } from '../../../client/words.ts'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { FileButton } from '../../../ui/FileButton.tsx'
import { Loading } from '../../../ui/Loading.tsx'
import { ListRow, Place } from '../../../ui/Place.tsx'
import { SearchField } from '../../../ui/SearchField.tsx'
import { useHandoff } from '../../handoff.tsx'
import { Decisions } from './Decisions.tsx'
import { RootDetail } from './RootDetail.tsx'
import { RootLists } from './RootLists.tsx'
import { RootRow } from './RootRow.tsx'
import { rootGroups } from './rootGroups.ts'
import './trust.css'

export function TrustPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const { sha256, show } = useSearch({ from: '/trust' })
  const [search, setSearch] = useState('')
  const overview = useQuery(query.trust.overview.queryOptions())
  const chosen = overview.data?.roots.find(({ certificate }) => certificate.sha256 === sha256)
  return (
    <Place
      title={say('trust.title')}
      listLabel={say('trust.list')}
      actions={<AddButton />}
      tools={<SearchField label={say('trust.search')} value={search} onChange={setSearch} />}
      detailOpen={chosen !== undefined || show !== undefined}
      onBack={() => navigate({ to: '/trust', search: {} })}
      list={
        <>
          {overview.isError ? <ErrorNotice error={overview.error} /> : null}
          {overview.isPending ? <Loading label={say('trust.loading')} /> : null}
          {overview.data ? <Roots overview={overview.data} search={search} chosen={sha256} /> : null}
        </>
      }
      detail={
        chosen ? (
          <RootDetail key={sha256} root={chosen} />
        ) : overview.data ? (
          <article className="sheet">
            <h2 className="detail-title">{say('trust.overview')}</h2>
            <p>{say('trust.chooseText')}</p>
            <RootLists lists={overview.data.lists} />
            <Decisions decisions={overview.data.decisions} />
          </article>
        ) : null
      }
    />
  )
}

/** A root comes as a file: its page shows it, and trusting it begins there. */
function AddButton() {
  const say = useSay()
  const navigate = useNavigate()
  const { give } = useHandoff()
  const look = (file: File) => {
    give({ certificate: file })
    navigate({ to: '/certificate', search: {} })
  }
  return (
    <FileButton size="compact-sm" accept=".cer,.crt,.der,.pem,.p7b,.p7c" onFiles={([file]) => file && look(file)}>
      {say('trust.addRoot')}
    </FileButton>
  )
}

interface RootsProps {
  readonly overview: TrustOverview
  readonly search: string
  readonly chosen: string | undefined
}

function Roots({ overview, search, chosen }: RootsProps) {
  const say = useSay()
  const navigate = useNavigate()
  const groups = rootGroups(overview.roots, useDeferredValue(search))
  return (
    <>
      <ListRow chosen={chosen === undefined} onChoose={() => navigate({ to: '/trust', search: { show: 'overview' } })}>
        <IconListCheck size={20} stroke={1.6} aria-hidden="true" />
        <div className="grow">
          <p>
            <strong>{say('trust.overview')}</strong>
          </p>
          <p className="soft">{say('trust.decisionCount', { count: overview.decisions.length })}</p>
        </div>
      </ListRow>
      {groups.length === 0 ? (
        <p className="list-empty">{search === '' ? say('trust.none') : say('trust.noneFound')}</p>
      ) : null}
      {groups.map(({ source, roots }) => (
        <section key={source} aria-label={say(`trust.source.${source}`)}>
          <h2 className="list-heading row row-apart">
            <span>{say(`trust.source.${source}`)}</span>
            <span className="numbers">{roots.length}</span>
          </h2>
          {roots.map((root) => (
            <RootRow
              key={root.certificate.sha256}
              root={root}
              chosen={root.certificate.sha256 === chosen}
              onChoose={() => navigate({ to: '/trust', search: { sha256: root.certificate.sha256 } })}
            />
          ))}
        </section>
      ))}
    </>
  )
}
