/** Adds a company's authority to the catalogue. What it hands out for its customers goes under the lock at once. */

import { Button, Group, Modal, Radio, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { isHmacKey } from './hmacKey.ts'

interface OwnAuthorityDialogProps {
  readonly onClose: () => void
  readonly onAdded: (id: string) => void
}

export function OwnAuthorityDialog({ onClose, onAdded }: OwnAuthorityDialogProps) {
  const say = useSay()
  const gate = useVaultGate()
  const { query } = useApi()
  const [name, setName] = useState('')
  const [issues, setIssues] = useState<'acme' | 'csr'>('acme')
  const [url, setUrl] = useState('')
  const [keyId, setKeyId] = useState('')
  const [hmacKey, setHmacKey] = useState('')
  const [asked, setAsked] = useState(false)
  const add = useMutation(query.catalogue.add.mutationOptions({ onSuccess: ({ id }) => onAdded(id) }))
  const bound = issues === 'acme' && keyId.trim() !== ''
  const lacksName = name.trim() === ''
  const lacksUrl = !/^https:\/\/[^\s/@]+/.test(url.trim())
  const lacksKey = bound && !isHmacKey(hmacKey)
  const reason = (lacks: boolean, key: string) => (asked && lacks ? say(key) : undefined)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (lacksName || lacksUrl || lacksKey || (bound && !(await gate.ensureOpen(say('catalogue.addHmacHint'))))) return
    add.mutate({
      name: name.trim(),
      issues,
      url: url.trim(),
      ...(bound ? { externalAccountBinding: { keyId: keyId.trim(), hmacKey: hmacKey.trim() } } : {}),
    })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={say('catalogue.addTitle')}
      size="lg"
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      <form className="stack" onSubmit={submit} noValidate>
        <p className="soft">{say('catalogue.addText')}</p>
        <TextInput
          label={say('catalogue.addName')}
          description={say('catalogue.addNameHint')}
          error={reason(lacksName, 'catalogue.addNameMissing')}
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <Radio.Group
          label={say('catalogue.addKind')}
          value={issues}
          onChange={(value) => setIssues(value === 'csr' ? 'csr' : 'acme')}
        >
          <div className="stack-tight choices">
            <Radio value="acme" label={say('catalogue.addAcme')} description={say('catalogue.addAcmeHint')} />
            <Radio value="csr" label={say('catalogue.addCsr')} description={say('catalogue.addCsrHint')} />
          </div>
        </Radio.Group>
        <TextInput
          label={say('catalogue.addUrl')}
          description={say('catalogue.addUrlHint')}
          error={reason(lacksUrl, 'enrol.where.urlMissing')}
          type="url"
          placeholder="https://ca.example.org/"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        {issues === 'acme' ? (
          <>
            <TextInput
              label={say('catalogue.addKeyId')}
              description={say('catalogue.addKeyIdHint')}
              value={keyId}
              onChange={(event) => setKeyId(event.currentTarget.value)}
            />
            {keyId.trim() === '' ? null : (
              <PasswordField
                label={say('catalogue.addHmac')}
                description={say('catalogue.addHmacHint')}
                error={reason(lacksKey, 'enrol.binding.hmacKeyWrong')}
                value={hmacKey}
                onChange={setHmacKey}
              />
            )}
          </>
        ) : null}
        {add.isError ? <ErrorNotice error={add.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {say('ui.cancel')}
          </Button>
          <Button type="submit" loading={add.isPending}>
            {say('catalogue.addDo')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
