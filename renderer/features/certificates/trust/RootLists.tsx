/** The lists of roots that come from elsewhere: each with what it is, how many it holds, and whether it is trusted. */

import { Button, Switch } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { RootListState } from '../../../../shared/contract/trust.ts'
import { useApi } from '../../../client/api.ts'
import { useSay } from '../../../client/words.ts'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { RelativeDate } from '../../../ui/RelativeDate.tsx'

export function RootLists({ lists }: { readonly lists: readonly RootListState[] }) {
  const say = useSay()
  return (
    <section className="stack-tight" aria-labelledby="root-lists">
      <h3 id="root-lists">{say('trust.lists')}</h3>
      <div className="card card-list">
        {lists.map((state) => (
          <RootListCard key={state.list} state={state} />
        ))}
      </div>
    </section>
  )
}

function RootListCard({ state }: { readonly state: RootListState }) {
  const say = useSay()
  const { query } = useApi()
  const decide = useMutation(query.trust.decideList.mutationOptions())
  const read = useMutation(query.trust.readSystem.mutationOptions())
  const { list, trusted, roots, distrusted, version, asOf } = state
  return (
    <div className="root-list stack-tight">
      <Switch
        checked={trusted}
        disabled={decide.isPending}
        onChange={(event) => decide.mutate({ list, trusted: event.currentTarget.checked })}
        label={say(`trust.source.${list}`)}
        description={say(`trust.listText.${list}`)}
      />
      <p className="root-list-facts soft small">
        {roots > 0 || trusted ? say('trust.rootCount', { count: roots }) : say('trust.notRead')}
        {distrusted > 0 ? ` · ${say('trust.distrustedCount', { count: distrusted })}` : ''}
        {version === undefined ? '' : ` · ${say('trust.version', { version })}`}
        {asOf === undefined ? null : (
          <>
            {' · '}
            {say('trust.asOf')} <RelativeDate value={asOf} />
          </>
        )}
      </p>
      {list === 'system' && trusted ? (
        <div className="root-list-facts">
          <Button variant="default" size="compact-sm" loading={read.isPending} onClick={() => read.mutate(undefined)}>
            {say('trust.readAgain')}
          </Button>
        </div>
      ) : null}
      {decide.isError ? <ErrorNotice error={decide.error} /> : null}
      {read.isError ? <ErrorNotice error={read.error} /> : null}
    </div>
  )
}
