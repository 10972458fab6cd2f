/** A passphrase that is chosen now, typed twice: judged as the privileged side does, by the same words, so that a button is never a trap. */

import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { PassphrasePurpose } from '../../../shared/contract/passphrases.ts'
import type { createPassphraseJudge, Judgement } from '../../../shared/passphraseJudgement.ts'
import { useApi } from '../../client/api.ts'

export interface NewPassphrase {
  readonly purpose: PassphrasePurpose
  readonly text: string
  readonly repeated: string
  readonly setText: (text: string) => void
  readonly setRepeated: (text: string) => void
  readonly clear: () => void
  /** Undefined while nothing is typed, and until the meter is there. */
  readonly judgement: Judgement | undefined
  /** It is judged, nothing speaks against it, and both are the same. */
  readonly ready: boolean
}

export function useNewPassphrase(purpose: PassphrasePurpose): NewPassphrase {
  const [text, setText] = useState('')
  const [repeated, setRepeated] = useState('')
  const judge = useJudge(text !== '')
  const judgement = useMemo(() => (text === '' ? undefined : judge?.(purpose, text)), [judge, purpose, text])
  return {
    purpose,
    text,
    repeated,
    setText,
    setRepeated,
    clear() {
      setText('')
      setRepeated('')
    },
    judgement,
    ready: judgement !== undefined && judgement.weakness === undefined && text === repeated,
  }
}

function useJudge(wanted: boolean): ReturnType<typeof createPassphraseJudge> | undefined {
  const { query } = useApi()
  const expected = useQuery(query.vault.expectedWords.queryOptions({ staleTime: 0 }))
  const [create, setCreate] = useState<typeof createPassphraseJudge>()
  useEffect(() => {
    if (!wanted) return
    let current = true
    import('../../../shared/passphraseJudgement.ts').then((loaded) => {
      if (current) setCreate(() => loaded.createPassphraseJudge)
    })
    return () => {
      current = false
    }
  }, [wanted])
  // Without an answer it judges by what is common; the privileged side knows the rest.
  const words = expected.data ?? (expected.isError ? none : undefined)
  return useMemo(() => (create && words ? create(words) : undefined), [create, words])
}

const none: readonly string[] = []
