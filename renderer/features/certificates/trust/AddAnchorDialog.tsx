/**
 * Trusting a root is a large step, so it is taken in three: what it means, the fingerprint compared with another source,
 * and how far the trust shall go. Nothing is trusted before the last.
 */

import { Button, Checkbox, Group, Modal, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { CertificateView } from '../../../../shared/contract/certificates.ts'
import { useApi } from '../../../client/api.ts'
import { sourceOf } from '../../../client/files.ts'
import { useSay } from '../../../client/words.ts'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { Fingerprint } from '../../../ui/Fingerprint.tsx'
import { Notice } from '../../../ui/Notice.tsx'
import { DomainsField, domainsOf } from './DomainsField.tsx'

interface AddAnchorDialogProps {
  readonly file: File
  readonly view: CertificateView
  readonly onClose: () => void
}

const steps = ['meaning', 'fingerprint', 'scope'] as const

export function AddAnchorDialog({ file, view, onClose }: AddAnchorDialogProps) {
  const say = useSay()
  const navigate = useNavigate()
  const { client } = useApi()
  const [index, setIndex] = useState(0)
  const [compared, setCompared] = useState(false)
  const [note, setNote] = useState('')
  const [domains, setDomains] = useState('')
  const add = useMutation({
    mutationFn: async () =>
      client.certificates.addAnchor({
        source: await sourceOf(client, file),
        sha256: view.sha256,
        note: note.trim(),
        domains: domainsOf(domains),
      }),
    onSuccess: () => {
      onClose()
      navigate({ to: '/trust', search: { sha256: view.sha256 } })
    },
  })
  const step = steps[index] ?? 'meaning'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (step === 'scope') add.mutate()
    else setIndex(index + 1)
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={say('certs.trustTitle')}
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      <form className="stack" onSubmit={submit}>
        <p className="soft small">{say('trust.add.step', { step: index + 1, steps: steps.length })}</p>
        {step === 'meaning' ? <p>{say('certs.trustText', { name: view.name })}</p> : null}
        {step === 'meaning' ? <p>{say('trust.add.meaning')}</p> : null}
        {step === 'fingerprint' ? (
          <>
            <Fingerprint value={view.sha256} />
            <Notice level="caution" title={say('certs.compare')} />
            <Checkbox
              checked={compared}
              onChange={(event) => setCompared(event.currentTarget.checked)}
              label={say('certs.compared')}
              data-autofocus
            />
          </>
        ) : null}
        {step === 'scope' ? (
          <>
            <DomainsField value={domains} onChange={setDomains} />
            <TextInput
              label={say('certs.note')}
              description={say('certs.noteHint')}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
          </>
        ) : null}
        {add.isError ? <ErrorNotice error={add.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={index === 0 ? onClose : () => setIndex(index - 1)}>
            {index === 0 ? say('ui.cancel') : say('ui.back')}
          </Button>
          <Button type="submit" loading={add.isPending} disabled={step === 'fingerprint' && !compared}>
            {step === 'scope' ? say('certs.trust') : say('trust.add.next')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
