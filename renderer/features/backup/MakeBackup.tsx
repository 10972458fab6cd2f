/** Makes the file: the program's passphrase once, since every key leaves, and the file's own twice. */

import { Button, Group } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useApi } from '../../client/api.ts'
import { saveSpooled } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'
import { NewPassphraseFields } from '../vault/NewPassphraseFields.tsx'
import { useNewPassphrase } from '../vault/useNewPassphrase.ts'
import { useVaultGate } from '../vault/VaultGate.tsx'

export function MakeBackup() {
  const say = useSay()
  const gate = useVaultGate()
  const { client } = useApi()
  const [passphrase, setPassphrase] = useState('')
  const own = useNewPassphrase('backup')
  const make = useMutation({
    mutationFn: async () => {
      const made = await client.backup.make({ passphrase, backupPassphrase: own.text })
      await saveSpooled(client, made)
      return made
    },
    onSuccess: () => {
      setPassphrase('')
      own.clear()
    },
  })
  const ready = passphrase !== '' && own.ready
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (ready && (await gate.ensureOpen(say('backup.make.passphraseHint')))) make.mutate()
  }
  return (
    <form className="stack" onSubmit={submit}>
      <p>{say('backup.make.text')}</p>
      {make.data ? (
        <Notice level="good" title={say('backup.make.done', { name: make.data.name })} urgent>
          <p>{say('backup.make.doneText', { count: make.data.identities })}</p>
          {make.data.paperKey ? <p>{say('backup.make.withPaper')}</p> : null}
          {make.data.unreadable > 0 ? <p>{say('backup.make.unreadable', { count: make.data.unreadable })}</p> : null}
        </Notice>
      ) : null}
      <PassphraseField
        label={say('backup.make.passphrase')}
        description={say('backup.make.passphraseHint')}
        value={passphrase}
        onChange={setPassphrase}
      />
      <NewPassphraseFields chosen={own} label={say('backup.make.own')} repeatLabel={say('backup.make.repeat')} />
      {own.text !== '' && own.text === passphrase ? <Notice level="caution" title={say('backup.make.same')} /> : null}
      {make.isError ? <ErrorNotice error={make.error} /> : null}
      <Group>
        <Button type="submit" loading={make.isPending} disabled={!ready}>
          {say('backup.make.action')}
        </Button>
      </Group>
    </form>
  )
}
