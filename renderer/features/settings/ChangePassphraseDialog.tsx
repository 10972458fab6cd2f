/** Changes the passphrase: the old one once, the new one twice. */

import { Button, Group, Modal } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'
import { NewPassphraseFields } from '../vault/NewPassphraseFields.tsx'
import { useNewPassphrase } from '../vault/useNewPassphrase.ts'

export function ChangePassphraseDialog({ onClose }: { readonly onClose: () => void }) {
  const say = useSay()
  const { query } = useApi()
  const [current, setCurrent] = useState('')
  const chosen = useNewPassphrase('vault')
  const change = useMutation(
    query.vault.changePassphrase.mutationOptions({
      onSuccess: () => {
        onClose()
        notifications.show({
          message: say('settings.passphraseChanged'),
          closeButtonProps: { 'aria-label': say('ui.close') },
        })
      },
    }),
  )
  const ready = current !== '' && chosen.ready
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) change.mutate({ current, next: chosen.text })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={say('settings.changePassphrase')}
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      <form className="stack" onSubmit={submit}>
        <PassphraseField
          label={say('settings.currentPassphrase')}
          value={current}
          onChange={setCurrent}
          data-autofocus
        />
        <NewPassphraseFields
          chosen={chosen}
          label={say('settings.newPassphrase')}
          description={say('vault.chooseHint')}
          repeatLabel={say('settings.newPassphraseAgain')}
        />
        {change.isError ? <ErrorNotice error={change.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {say('ui.cancel')}
          </Button>
          <Button type="submit" loading={change.isPending} disabled={!ready}>
            {say('settings.changePassphrase')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
