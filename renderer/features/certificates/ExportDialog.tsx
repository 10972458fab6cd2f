/** The way out for a private key: who shall read it, the passphrase again, and a file or straight into Thunderbird. */

import { Button, Group, Modal } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { ExportTarget, Identity } from '../../../shared/contract/identities.ts'
import { useApi } from '../../client/api.ts'
import { saveSpooled } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'
import { ExportPasswordFields, useExportPassword } from './ExportPasswordFields.tsx'
import { ExportTargets } from './ExportTargets.tsx'
import { ExportToThunderbird } from './ExportToThunderbird.tsx'

interface ExportDialogProps {
  readonly identity: Pick<Identity, 'id' | 'addresses'>
  readonly onClose: () => void
}

export function ExportDialog({ identity, onClose }: ExportDialogProps) {
  const say = useSay()
  const [straight, setStraight] = useState(false)
  return (
    <Modal
      opened
      onClose={onClose}
      title={say(straight ? 'thunderbird.install' : 'export.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      {straight ? (
        <ExportToThunderbird identity={identity} onBack={() => setStraight(false)} onClose={onClose} />
      ) : (
        <ExportFile identity={identity} onStraight={() => setStraight(true)} onClose={onClose} />
      )}
    </Modal>
  )
}

interface ExportFileProps extends ExportDialogProps {
  /** Into Thunderbird without a file. */
  readonly onStraight: () => void
}

function ExportFile({ identity, onStraight, onClose }: ExportFileProps) {
  const say = useSay()
  const { client } = useApi()
  const [passphrase, setPassphrase] = useState('')
  const password = useExportPassword()
  const [target, setTarget] = useState<ExportTarget>('modern')
  const save = useMutation({
    mutationFn: async () => {
      const made = await client.identities.export({ id: identity.id, passphrase, password: password.text, target })
      await saveSpooled(client, made)
      return made
    },
  })
  const ready = passphrase !== '' && password.ready
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) save.mutate()
  }
  if (save.data) {
    return (
      <div className="stack">
        <Notice level="good" title={say('export.done', { name: save.data.name })} urgent>
          {say(`export.next.${target}`)}
        </Notice>
        {password.suggested !== undefined ? (
          <div className="stack-tight">
            <p>{say('export.shownOnce')}</p>
            <Fingerprint value={password.suggested} label={say('export.password')} verbatim />
          </div>
        ) : null}
        <Group justify="flex-end">
          <Button onClick={onClose}>{say('ui.close')}</Button>
        </Group>
      </div>
    )
  }
  return (
    <form className="stack" onSubmit={submit}>
      <p>{say('export.text', { address: identity.addresses.join(', ') })}</p>
      <ExportTargets value={target} onChange={setTarget} />
      {target === 'thunderbird' ? (
        <Group>
          <Button variant="default" onClick={onStraight}>
            {say('export.straight')}
          </Button>
        </Group>
      ) : null}
      <PassphraseField
        label={say('export.passphrase')}
        description={say('export.passphraseHint')}
        value={passphrase}
        onChange={setPassphrase}
      />
      <ExportPasswordFields password={password} />
      {save.isError ? <ErrorNotice error={save.error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {say('ui.cancel')}
        </Button>
        <Button type="submit" loading={save.isPending} disabled={!ready}>
          {say('export.save')}
        </Button>
      </Group>
    </form>
  )
}
