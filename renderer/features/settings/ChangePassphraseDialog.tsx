/** Changes the passphrase: the old one once, the new one twice. */

import { Button, Group, Modal } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { weaknessOf } from '../../../shared/contract/passphrases.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'

export function ChangePassphraseDialog({ onClose }: { readonly onClose: () => void }) {
  const say = useSay()
  const { query } = useApi()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [repeated, setRepeated] = useState('')
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
  const ready = current !== '' && next === repeated && weaknessOf('vault', next) === undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) change.mutate({ current, next })
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
        <PassphraseField
          label={say('settings.newPassphrase')}
          description={say('vault.chooseHint')}
          value={next}
          onChange={setNext}
          choosing="vault"
        />
        <PassphraseField
          label={say('settings.newPassphraseAgain')}
          value={repeated}
          onChange={setRepeated}
          error={repeated !== '' && repeated !== next ? say('vault.differs') : undefined}
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
