/** Chooses the passphrase, with the reason why it is asked for now and what losing it means. */

import { Button, Group, Modal } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { weaknessOf } from '../../../shared/contract/passphrases.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'

interface DialogProps {
  readonly reason: string
  readonly onFinish: (opened: boolean) => void
}

export function ChoosePassphraseDialog({ reason, onFinish }: DialogProps) {
  const say = useSay()
  const { query } = useApi()
  const queries = useQueryClient()
  const [passphrase, setPassphrase] = useState('')
  const [repeated, setRepeated] = useState('')
  const create = useMutation(
    query.vault.create.mutationOptions({
      onSuccess: (state) => {
        queries.setQueryData(query.vault.state.queryKey(), state)
        onFinish(true)
      },
    }),
  )
  const ready = passphrase === repeated && weaknessOf('vault', passphrase) === undefined
  const differs = repeated !== '' && repeated !== passphrase
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) create.mutate({ passphrase })
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
        <PassphraseField
          label={say('vault.passphrase')}
          description={say('vault.chooseHint')}
          value={passphrase}
          onChange={setPassphrase}
          choosing="vault"
          data-autofocus
        />
        <PassphraseField
          label={say('vault.repeat')}
          value={repeated}
          onChange={setRepeated}
          error={differs ? say('vault.differs') : undefined}
        />
        <Notice level="neutral" title={say('vault.lossTitle')}>
          {say('vault.loss')}
        </Notice>
        {create.isError ? <ErrorNotice error={create.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onFinish(false)}>
            {say('ui.cancel')}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={!ready}>
            {say('vault.choose')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
