/** Trusting a root is a large step: the fingerprint is shown and the person confirms having compared it. */

import { Checkbox, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { CertificateView } from '../../../shared/contract/certificates.ts'
import { useApi } from '../../client/api.ts'
import { sourceOf } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { Notice } from '../../ui/Notice.tsx'

interface AddAnchorDialogProps {
  readonly file: File
  readonly view: CertificateView
  readonly onClose: () => void
}

export function AddAnchorDialog({ file, view, onClose }: AddAnchorDialogProps) {
  const say = useSay()
  const navigate = useNavigate()
  const { client } = useApi()
  const [compared, setCompared] = useState(false)
  const [note, setNote] = useState('')
  const add = useMutation({
    mutationFn: async () =>
      client.certificates.addAnchor({ source: await sourceOf(client, file), sha256: view.sha256, note: note.trim() }),
    onSuccess: () => {
      onClose()
      navigate({ to: '/trust', search: { sha256: view.sha256 } })
    },
  })
  return (
    <ConfirmDialog
      opened
      title={say('certs.trustTitle')}
      confirm={say('certs.trust')}
      busy={add.isPending}
      blocked={!compared}
      onConfirm={() => add.mutate()}
      onClose={onClose}
    >
      <p>{say('certs.trustText', { name: view.name })}</p>
      <Fingerprint value={view.sha256} />
      <Notice level="caution" title={say('certs.compare')} />
      <Checkbox
        checked={compared}
        onChange={(event) => setCompared(event.currentTarget.checked)}
        label={say('certs.compared')}
      />
      <TextInput
        label={say('certs.note')}
        description={say('certs.noteHint')}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {add.isError ? <ErrorNotice error={add.error} /> : null}
    </ConfirmDialog>
  )
}
