/** The password of an exported file: one's own, typed twice, or a strong one that Siegel makes up and shows once. */

import { Button, Group } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { NewPassphraseFields } from '../vault/NewPassphraseFields.tsx'
import { type NewPassphrase, useNewPassphrase } from '../vault/useNewPassphrase.ts'

export interface ExportPassword {
  readonly text: string
  readonly ready: boolean
  readonly own: NewPassphrase
  readonly suggested: string | undefined
  readonly setSuggested: (password: string | undefined) => void
}

export function useExportPassword(): ExportPassword {
  const own = useNewPassphrase('file')
  const [suggested, setSuggested] = useState<string>()
  return { text: suggested ?? own.text, ready: suggested !== undefined || own.ready, own, suggested, setSuggested }
}

export function ExportPasswordFields({ password }: { readonly password: ExportPassword }) {
  const say = useSay()
  const { client } = useApi()
  const { own, suggested, setSuggested } = password
  const suggest = useMutation({
    mutationFn: () => client.identities.suggestPassword(),
    onSuccess: (made) => {
      own.clear()
      setSuggested(made.password)
    },
  })
  if (suggested !== undefined) {
    return (
      <div className="stack-tight">
        <p>{say('export.willSuggest')}</p>
        <Group>
          <Button variant="default" size="xs" onClick={() => setSuggested(undefined)}>
            {say('export.ownPassword')}
          </Button>
        </Group>
      </div>
    )
  }
  return (
    <>
      <NewPassphraseFields
        chosen={own}
        label={say('export.password')}
        description={say('export.passwordHint')}
        repeatLabel={say('export.repeat')}
        differs={say('export.differs')}
      />
      <Group>
        <Button variant="default" size="xs" loading={suggest.isPending} onClick={() => suggest.mutate()}>
          {say('export.suggest')}
        </Button>
      </Group>
      {suggest.isError ? <ErrorNotice error={suggest.error} /> : null}
    </>
  )
}
