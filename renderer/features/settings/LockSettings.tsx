/** The lock: after how long it closes, what opens it, and changing the passphrase. */

import { Button, Select, Switch } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { VaultState } from '../../../shared/contract/vault.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useVault } from '../vault/useVault.ts'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { ChangePassphraseDialog } from './ChangePassphraseDialog.tsx'

const minutes = [0, 5, 15, 30, 60, 240] as const

export function LockSettings() {
  const say = useSay()
  const { query } = useApi()
  const queries = useQueryClient()
  const vault = useVault()
  const gate = useVaultGate()
  const [changing, setChanging] = useState(false)
  const onSuccess = (state: VaultState) => queries.setQueryData(query.vault.state.queryKey(), state)
  const setAutoLock = useMutation(query.vault.setAutoLock.mutationOptions({ onSuccess }))
  const setOsStore = useMutation(query.vault.setOsStore.mutationOptions({ onSuccess }))
  if (!vault.data) return null
  const { state, autoLockMinutes, osStore } = vault.data
  if (state === 'none') return <p className="soft">{say('settings.noVault')}</p>
  const choices = [...new Set([...minutes, autoLockMinutes])].sort((left, right) => left - right)
  const changeOsStore = async (enabled: boolean) => {
    if (await gate.ensureOpen(say('vault.reason.rail'))) setOsStore.mutate({ enabled })
  }
  return (
    <>
      <Select
        label={say('settings.autoLock')}
        description={say('settings.autoLockHint')}
        data={choices.map((count) => ({
          value: String(count),
          label: count === 0 ? say('settings.never') : say('settings.minutes', { count }),
        }))}
        value={String(autoLockMinutes)}
        onChange={(value) => value !== null && setAutoLock.mutate({ minutes: Number(value) })}
      />
      <Switch
        label={say('settings.osStore')}
        description={osStore.available ? say('settings.osStoreHint') : say('settings.osStoreMissing')}
        disabled={!osStore.available}
        checked={osStore.enabled}
        onChange={(event) => changeOsStore(event.currentTarget.checked)}
      />
      <div className="row">
        <Button variant="default" onClick={() => setChanging(true)}>
          {say('settings.changePassphrase')}
        </Button>
      </div>
      {setAutoLock.isError ? <ErrorNotice error={setAutoLock.error} /> : null}
      {setOsStore.isError ? <ErrorNotice error={setOsStore.error} /> : null}
      {changing ? <ChangePassphraseDialog onClose={() => setChanging(false)} /> : null}
    </>
  )
}
