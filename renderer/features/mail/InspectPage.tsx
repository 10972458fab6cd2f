/** A mail from a file: the same band, letter and report as for received mail. */

import { useQuery } from '@tanstack/react-query'
import { useApi } from '../../client/api.ts'
import { openedFileKey } from '../../client/changes.ts'
import { sourceOf } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { type HandedFile, useHandoff } from '../handoff.tsx'
import { FailureNotice } from '../vault/FailureNotice.tsx'
import { MessageView } from './MessageView.tsx'
import { OpenFileButton } from './OpenFileButton.tsx'

export function InspectPage() {
  const say = useSay()
  const { handed } = useHandoff()
  return (
    <div className="page">
      <header className="place-head">
        <div className="row row-apart">
          <h1>{say('inspect.title')}</h1>
          <div className="row">
            {handed.mail ? <span className="soft one-line">{handed.mail.file.name}</span> : null}
            <OpenFileButton />
          </div>
        </div>
      </header>
      {handed.mail ? (
        <InspectedFile key={handed.mail.id} handed={handed.mail} />
      ) : (
        <EmptyState drawing="letter" title={say('inspect.emptyTitle')} action={<OpenFileButton />}>
          {say('inspect.emptyText')}
        </EmptyState>
      )}
    </div>
  )
}

function InspectedFile({ handed }: { readonly handed: HandedFile }) {
  const say = useSay()
  const { client } = useApi()
  const { id, file } = handed
  const mail = useQuery({
    queryKey: [...openedFileKey, id],
    queryFn: async () =>
      client.inspect.open({ source: await sourceOf(client, file), fileName: file.name.slice(0, 998) }),
  })
  if (mail.isError) {
    return <FailureNotice error={mail.error} reason={say('vault.reason.read')} onRetry={() => mail.refetch()} />
  }
  if (!mail.data) return <Loading label={say('mail.opening')} />
  return <MessageView mail={mail.data} />
}
