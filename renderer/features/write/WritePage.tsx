/** Writing a letter: what was handed over or a saved draft to begin with, then the editor, then what came of it. */

import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Draft } from '../../../shared/contract/compose.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { useHandoff } from '../handoff.tsx'
import { Editor } from './Editor.tsx'

/** What an editor begins with; a new number means a new editor. */
interface Beginning {
  readonly number: number
  readonly draft: Partial<Draft>
  readonly draftId?: string
}

export function WritePage() {
  const say = useSay()
  const { query } = useApi()
  const { handed, drop } = useHandoff()
  const [beginning, setBeginning] = useState<Beginning>({ number: 0, draft: handed.draft ?? {} })
  const senders = useQuery(query.compose.senders.queryOptions())
  const settings = useQuery(query.app.settings.queryOptions())
  const given = handed.draft
  useEffect(() => {
    if (!given) return
    setBeginning(({ number }) => ({ number: number + 1, draft: given }))
    drop('draft')
  }, [given, drop])
  if (senders.isError) return <ErrorNotice error={senders.error} />
  if (settings.isError) return <ErrorNotice error={settings.error} />
  if (!senders.data || !settings.data) return <Loading label={say('write.opening')} />
  const begin = (draft: Partial<Draft>, draftId?: string) =>
    setBeginning(({ number }) => ({ number: number + 1, draft, ...(draftId === undefined ? {} : { draftId }) }))
  return (
    <Editor
      key={beginning.number}
      beginning={beginning.draft}
      draftId={beginning.draftId}
      senders={senders.data}
      settings={settings.data}
      onBegin={begin}
    />
  )
}
