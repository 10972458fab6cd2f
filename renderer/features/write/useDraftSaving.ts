/** Saves the letter as a draft a moment after each change, sealed; a locked vault only means that it isn't saved. */

import { useEffect, useRef, useState } from 'react'
import type { Draft } from '../../../shared/contract/compose.ts'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'

/** Long enough not to write at every letter, short enough that a crash costs a sentence at most. */
const pauseMilliseconds = 1_500

export type SavingState = 'nothing' | 'saved' | 'locked' | 'unsaved'

export function useDraftSaving(draft: Draft, firstId: string | undefined, active: boolean) {
  const { client } = useApi()
  const id = useRef(firstId)
  const [state, setState] = useState<SavingState>('nothing')
  const content = JSON.stringify(draft)
  const last = useRef(content)
  useEffect(() => {
    if (!active || content === last.current) return
    const timer = setTimeout(() => {
      last.current = content
      const saved: Draft = JSON.parse(content)
      // An address that is still being typed must not keep the rest from being saved.
      const { from, ...rest } = saved
      const input = { draft: from.length >= 3 ? saved : rest, ...(id.current === undefined ? {} : { id: id.current }) }
      client.compose.saveDraft(input).then(
        (answer) => {
          id.current = answer.id
          setState('saved')
        },
        (error) => {
          const { code } = failureOf(error)
          setState(code === 'locked' || code === 'no-vault' ? 'locked' : 'unsaved')
        },
      )
    }, pauseMilliseconds)
    return () => clearTimeout(timer)
  }, [client, content, active])
  const forget = async () => {
    const gone = id.current
    id.current = undefined
    if (gone !== undefined) await client.compose.discardDraft({ id: gone })
  }
  return { state, forget }
}
