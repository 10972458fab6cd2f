/** The one way out for a private key: the passphrase again, a password for the file, and who shall read it. */

import { Button, Group, Modal, Radio } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Identity } from '../../../shared/contract/identities.ts'
import { useApi } from '../../client/api.ts'
import { saveSpooled } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'

interface ExportDialogProps {
  readonly identity: Pick<Identity, 'id' | 'addresses'>
  readonly onClose: () => void
}

export function ExportDialog({ identity, onClose }: ExportDialogProps) {
  const say = useSay()
  const { client } = useApi()
  const [passphrase, setPassphrase] = useState('')
  const [password, setPassword] = useState('')
  const [repeated, setRepeated] = useState('')
  const [profile, setProfile] = useState<'modern' | 'compatible'>('modern')
  const save = useMutation({
    mutationFn: async () => {
      const made = await client.identities.export({ id: identity.id, passphrase, password, profile })
      await saveSpooled(client, made)
      return made
    },
  })
  const differs = repeated !== '' && repeated !== password
  const ready = passphrase !== '' && password !== '' && repeated === password
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) save.mutate()
  }
  return (
    <Modal opened onClose={onClose} title={say('export.title')} closeButtonProps={{ 'aria-label': say('ui.close') }}>
      {save.data ? (
        <div className="stack">
          <Notice level="good" title={say('export.done', { name: save.data.name })} urgent>
            {say('export.doneText')}
          </Notice>
          <Group justify="flex-end">
            <Button onClick={onClose}>{say('ui.close')}</Button>
          </Group>
        </div>
      ) : (
        <form className="stack" onSubmit={submit}>
          <p>{say('export.text', { address: identity.addresses.join(', ') })}</p>
          <PassphraseField
            label={say('export.passphrase')}
            description={say('export.passphraseHint')}
            value={passphrase}
            onChange={setPassphrase}
            data-autofocus
          />
          <PassphraseField label={say('export.password')} value={password} onChange={setPassword} choosing />
          <PassphraseField
            label={say('export.repeat')}
            value={repeated}
            onChange={setRepeated}
            error={differs ? say('export.differs') : undefined}
          />
          <Radio.Group
            label={say('export.target')}
            value={profile}
            onChange={(value) => setProfile(value === 'compatible' ? 'compatible' : 'modern')}
          >
            <div className="stack-tight choices">
              <Radio value="modern" label={say('export.modern')} description={say('export.modernHint')} />
              <Radio value="compatible" label={say('export.compatible')} description={say('export.compatibleHint')} />
            </div>
          </Radio.Group>
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
      )}
    </Modal>
  )
}
