/** The password of an exported file: one's own, typed twice, or a strong one that Siegel makes up and shows once. */

import { Button, Group } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { weaknessOf } from '../../../shared/contract/passphrases.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'

export type ExportPassword =
  | { readonly kind: 'own'; readonly text: string; readonly repeated: string }
  | { readonly kind: 'suggested'; readonly text: string }

export function isChosen(password: ExportPassword): boolean {
  if (password.kind === 'suggested') return true
  return password.repeated === password.text && weaknessOf('file', password.text) === undefined
}

interface ExportPasswordFieldsProps {
  readonly value: ExportPassword
  readonly onChange: (password: ExportPassword) => void
}

export function ExportPasswordFields({ value, onChange }: ExportPasswordFieldsProps) {
  const say = useSay()
  const { client } = useApi()
  const suggest = useMutation({
    mutationFn: () => client.identities.suggestPassword(),
    onSuccess: ({ password }) => onChange({ kind: 'suggested', text: password }),
  })
  if (value.kind === 'suggested') {
    return (
      <div className="stack-tight">
        <p>{say('export.willSuggest')}</p>
        <Group>
          <Button variant="default" size="xs" onClick={() => onChange({ kind: 'own', text: '', repeated: '' })}>
            {say('export.ownPassword')}
          </Button>
        </Group>
      </div>
    )
  }
  const { text, repeated } = value
  return (
    <>
      <PassphraseField
        label={say('export.password')}
        value={text}
        onChange={(next) => onChange({ ...value, text: next })}
        description={say('export.passwordHint')}
        choosing="file"
      />
      <PassphraseField
        label={say('export.repeat')}
        value={repeated}
        onChange={(next) => onChange({ ...value, repeated: next })}
        error={repeated !== '' && repeated !== text ? say('export.differs') : undefined}
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
