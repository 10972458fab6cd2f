/** A refusal in words: what happened and what to do, never a code alone. */

import type { ReactNode } from 'react'
import { failureOf, type ShownFailure } from '../client/failure.ts'
import { useSay } from '../client/words.ts'
import { Notice } from './Notice.tsx'

interface ErrorNoticeProps {
  readonly error?: unknown
  /** A failure that came as a value instead of a thrown error. */
  readonly failure?: ShownFailure | { readonly code: string; readonly data: Readonly<Record<string, unknown>> }
  readonly action?: ReactNode
}

export function ErrorNotice({ error, failure, action }: ErrorNoticeProps) {
  const say = useSay()
  const shown = failure ?? failureOf(error)
  return (
    <Notice level="bad" title={say(`errors.${shown.code}.what`, shown.data)} action={action} urgent>
      {say(`errors.${shown.code}.next`, shown.data)}
    </Notice>
  )
}
