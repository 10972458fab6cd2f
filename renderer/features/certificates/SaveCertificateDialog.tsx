/** A certificate as a file: public, so nothing is asked but the form and whether its chain goes along. */

import { Button, Checkbox, Group, Modal, Radio } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useApi } from '../../client/api.ts'
import { saveSpooled } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { type MeantCertificate, referenceOf } from './certificateReference.ts'

const formats = ['pem', 'der', 'pkcs7'] as const
type Format = (typeof formats)[number]

interface SaveCertificateDialogProps {
  readonly certificate: MeantCertificate
  readonly onClose: () => void
}

export function SaveCertificateDialog({ certificate, onClose }: SaveCertificateDialogProps) {
  const say = useSay()
  const { client } = useApi()
  const [format, setFormat] = useState<Format>('pem')
  const [withChain, setWithChain] = useState(true)
  const save = useMutation({
    mutationFn: async () => {
      const reference = await referenceOf(client, certificate)
      const made = await client.certificates.export({ certificate: reference, format, withChain })
      await saveSpooled(client, made)
      return made
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Modal opened onClose={onClose} title={say('saveCert.title')} closeButtonProps={{ 'aria-label': say('ui.close') }}>
      <form className="stack" onSubmit={submit}>
        <p>{say('saveCert.text')}</p>
        <Radio.Group
          label={say('saveCert.format')}
          value={format}
          onChange={(value) => setFormat(formats.find((one) => one === value) ?? 'pem')}
        >
          <div className="stack-tight choices">
            {formats.map((one) => (
              <Radio
                key={one}
                value={one}
                label={say(`saveCert.${one}`)}
                description={say(`saveCert.${one}Hint`)}
                data-autofocus={one === 'pem' ? true : undefined}
              />
            ))}
          </div>
        </Radio.Group>
        <Checkbox
          checked={withChain && format !== 'der'}
          disabled={format === 'der'}
          onChange={(event) => setWithChain(event.currentTarget.checked)}
          label={say('saveCert.withChain')}
          description={say('saveCert.withChainHint')}
        />
        {save.isError ? <ErrorNotice error={save.error} /> : null}
        {save.data ? <Notice level="good" title={say('saveCert.done', { name: save.data.name })} urgent /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {save.data ? say('ui.close') : say('ui.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {say('saveCert.save')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
