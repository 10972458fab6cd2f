/** Chooses the passphrase, with the reason why it is asked for now and what losing it means. */

import { Button, Group, Modal } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { NewPassphraseFields } from './NewPassphraseFields.tsx'
import { useNewPassphrase } from './useNewPassphrase.ts'

interface DialogProps {
  readonly reason: string
  readonly onFinish: (opened: boolean) => void
}

export function ChoosePassphraseDialog({ reason, onFinish }: DialogProps) {
  const say = useSay()
  const { query } = useApi()
  const queries = useQueryClient()
  const chosen = useNewPassphrase('vault')
  const create = useMutation(
    query.vault.create.mutationOptions({
      onSuccess: (state) => {
        queries.setQueryData(query.vault.state.queryKey(), state)
        onFinish(true)
      },
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (chosen.ready) create.mutate({ passphrase: chosen.text })
  }
  return (
    <Modal
      opened
      onClose={() => onFinish(false)}
      title={say('vault.chooseTitle')}
      size="md"
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      <form className="stack" onSubmit={submit}>
        <p>{reason}</p>
        <NewPassphraseFields
          chosen={chosen}
          label={say('vault.passphrase')}
          description={say('vault.chooseHint')}
          repeatLabel={say('vault.repeat')}
          autoFocus
        />
        <Notice level="neutral" title={say('vault.lossTitle')}>
          {say('vault.loss')}
        </Notice>
        {create.isError ? <ErrorNotice error={create.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onFinish(false)}>
            {say('ui.cancel')}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={!chosen.ready}>
            {say('vault.choose')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
