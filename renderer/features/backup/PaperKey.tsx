/** The paper key: made once, shown for the passphrase, printed as a sheet of its own. */

import { Button, Group } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { BackupState } from '../../../shared/contract/backup.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'
import { PrintCode, PrintSheet } from '../../ui/PrintSheet.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'

export function PaperKey({ kept }: { readonly kept: BackupState['paperKey'] }) {
  const say = useSay()
  const gate = useVaultGate()
  const { client } = useApi()
  const [passphrase, setPassphrase] = useState('')
  const [anew, setAnew] = useState(false)
  const show = useMutation({
    mutationFn: () => client.backup.paperKey({ passphrase, anew }),
    // What was shown and hidden again must not stay in memory.
    gcTime: 0,
    onSuccess: () => setPassphrase(''),
  })
  const hide = () => {
    show.reset()
    setAnew(false)
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (passphrase !== '' && (await gate.ensureOpen(say('backup.paper.reason')))) show.mutate()
  }
  if (show.data) {
    const { key, keyId, madeAt } = show.data
    return (
      <div className="stack">
        <Notice level="neutral" title={say('backup.paper.later')} />
        <PrintSheet
          title={say('backup.paper.sheetTitle', { keyId })}
          actions={
            <Button variant="default" onClick={hide}>
              {say('backup.paper.hide')}
            </Button>
          }
        >
          <p>{say('backup.paper.sheetText', { madeAt })}</p>
          <p>
            <strong>{say('backup.paper.sheetKeep')}</strong>
          </p>
          <PrintCode groups={key.split('-')} label={say('backup.paper.title')} numbered />
          <p>{say('backup.paper.sheetUse')}</p>
          <p>{say('backup.paper.sheetCheck')}</p>
        </PrintSheet>
      </div>
    )
  }
  const action = anew ? 'anew' : kept ? 'show' : 'make'
  return (
    <form className="stack" onSubmit={submit}>
      <p>{say('backup.paper.text')}</p>
      {kept ? <p className="soft">{say('backup.paper.there', kept)}</p> : null}
      {anew ? <Notice level="caution" title={say('backup.paper.anewText')} /> : null}
      <PassphraseField
        label={say('backup.make.passphrase')}
        description={say('backup.paper.reason')}
        value={passphrase}
        onChange={setPassphrase}
      />
      {show.isError ? <ErrorNotice error={show.error} /> : null}
      <Group>
        <Button type="submit" loading={show.isPending} disabled={passphrase === ''}>
          {say(`backup.paper.${action}`)}
        </Button>
        {kept && !anew ? (
          <Button variant="subtle" onClick={() => setAnew(true)}>
            {say('backup.paper.anew')}
          </Button>
        ) : null}
      </Group>
    </form>
  )
}
