/** Asks for the passphrase, counts down after wrong ones, and offers the operating system's store where it is used. */

import { Button, Group, Modal } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import type { VaultState } from '../../../shared/contract/vault.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'
import { useVault } from './useVault.ts'

interface UnlockDialogProps {
  readonly reason: string
  readonly onFinish: (opened: boolean) => void
}

export function UnlockDialog({ reason, onFinish }: UnlockDialogProps) {
  const say = useSay()
  const { query } = useApi()
  const queries = useQueryClient()
  const vault = useVault()
  const [passphrase, setPassphrase] = useState('')
  const onSuccess = (state: VaultState) => {
    queries.setQueryData(query.vault.state.queryKey(), state)
    onFinish(true)
  }
  const onError = () => queries.invalidateQueries({ queryKey: query.vault.key() })
  const unlock = useMutation(query.vault.unlock.mutationOptions({ onSuccess, onError }))
  const fromStore = useMutation(query.vault.unlockFromOsStore.mutationOptions({ onSuccess, onError }))
  const wait = useSecondsUntil(vault.data?.retryAt)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (passphrase !== '' && wait === 0) unlock.mutate({ passphrase })
  }
  return (
    <Modal
      opened
      onClose={() => onFinish(false)}
      title={say('vault.unlockTitle')}
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      <form className="stack" onSubmit={submit}>
        <p>{reason}</p>
        <PassphraseField label={say('vault.passphrase')} value={passphrase} onChange={setPassphrase} data-autofocus />
        {unlock.isError ? <ErrorNotice error={unlock.error} /> : null}
        {fromStore.isError ? <ErrorNotice error={fromStore.error} /> : null}
        {wait > 0 ? <p role="status">{say('vault.wait', { count: wait })}</p> : null}
        <Group justify="flex-end">
          {vault.data?.osStore.enabled ? (
            <Button variant="default" loading={fromStore.isPending} onClick={() => fromStore.mutate(undefined)}>
              {say('vault.fromStore')}
            </Button>
          ) : null}
          <Button variant="default" onClick={() => onFinish(false)}>
            {say('ui.cancel')}
          </Button>
          <Button type="submit" loading={unlock.isPending} disabled={passphrase === '' || wait > 0}>
            {say('vault.unlock')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}

function useSecondsUntil(instant: string | undefined): number {
  const [now, setNow] = useState(() => Date.now())
  const seconds = instant === undefined ? 0 : Math.max(0, Math.ceil((new Date(instant).getTime() - now) / 1000))
  useEffect(() => {
    if (instant === undefined) return
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [instant])
  return seconds
}
