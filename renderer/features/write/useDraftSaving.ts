/** Saves the letter as a draft a moment after each change, sealed; a locked vault only means that it isn't saved. */

import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { Draft } from '../../../shared/contract/compose.ts'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'
import { trackSaving } from './draftsUnderWay.ts'

/** Long enough not to write at every letter, short enough that a crash costs a sentence at most. */
const pauseMilliseconds = 1_500

export type SavingState = 'nothing' | 'saved' | 'locked' | 'unsaved'

export function useDraftSaving(draft: Draft, firstId: string | undefined, active: boolean) {
  const { client } = useApi()
  const queries = useQueryClient()
  const [id, setId] = useState(firstId)
  const [state, setState] = useState<SavingState>('nothing')
  const content = JSON.stringify(draft)
  const current = useRef({ content, active })
  current.current = { content, active }
  const saved = useRef({ content, id: firstId })
  // One after the other: two savings at once would make two drafts of one letter.
  const line = useRef(Promise.resolve())
  const save = useRef((_always?: boolean) => {})
  save.current = (always = false) => {
    line.current = line.current.then(async () => {
      const { content: next, active: wanted } = current.current
      if ((!wanted && !always) || next === saved.current.content) return
      saved.current.content = next
      try {
        const known = saved.current.id
        const answer = await client.compose.saveDraft({
          draft: storable(JSON.parse(next)),
          ...(known === undefined ? {} : { id: known }),
        })
        saved.current.id = answer.id
        setId(answer.id)
        setState('saved')
      } catch (error) {
        const { code } = failureOf(error)
        setState(code === 'locked' || code === 'no-vault' ? 'locked' : 'unsaved')
      }
    })
    trackSaving(queries, line.current)
  }
  useEffect(() => {
    if (!active || content === saved.current.content) return
    const timer = setTimeout(() => save.current(), pauseMilliseconds)
    return () => clearTimeout(timer)
  }, [content, active])
  // Whoever leaves the page within the pause keeps the last words, too.
  useEffect(() => () => save.current(), [])
  /** Saves it now: what waits in the outbox is sealed, and only its draft can be changed. */
  const keep = () => save.current(true)
  const forget = async () => {
    current.current = { ...current.current, active: false }
    await line.current
    const gone = saved.current.id
    saved.current.id = undefined
    setId(undefined)
    if (gone !== undefined) await client.compose.discardDraft({ id: gone })
  }
  return { id, state, keep, forget }
}

/** An address that is still being typed must not keep the rest from being saved. */
function storable(draft: Draft): Partial<Draft> {
  const { from, ...rest } = draft
  return from.length >= 3 ? draft : rest
}
