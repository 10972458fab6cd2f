/** An account's address, servers and password. The servers are guessed from the address; nothing is asked over the net. */

import { Button, Group, NumberInput, Select, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Account, ServerSettings } from '../../../shared/contract/accounts.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'

interface AccountFormProps {
  readonly account?: Account
  readonly onSaved: (account: Account) => void
  readonly onCancel: () => void
}

const blankServer: ServerSettings = { host: '', port: 0, security: 'tls', user: '' }

export function AccountForm({ account, onSaved, onCancel }: AccountFormProps) {
  const say = useSay()
  const gate = useVaultGate()
  const { client } = useApi()
  const [name, setName] = useState(account?.name ?? '')
  const [address, setAddress] = useState(account?.address ?? '')
  const [password, setPassword] = useState('')
  const [submission, setSubmission] = useState(account?.submission ?? blankServer)
  const [mailbox, setMailbox] = useState(account?.mailbox ?? blankServer)
  const [guessed, setGuessed] = useState(account !== undefined)
  const suggest = useMutation({
    mutationFn: () => client.accounts.suggest({ address: address.trim() }),
    onSuccess: (found) => {
      setSubmission(found.submission)
      setMailbox(found.mailbox)
      setGuessed(true)
    },
  })
  const save = useMutation({
    mutationFn: () => {
      const common = { name: name.trim(), address: address.trim(), submission, mailbox }
      if (!account) return client.accounts.add({ ...common, password })
      return client.accounts.update({ ...common, id: account.id, ...(password === '' ? {} : { password }) })
    },
    onSuccess: onSaved,
  })
  const complete = [submission, mailbox].every(({ host, port, user }) => host.trim() !== '' && port > 0 && user !== '')
  const ready = guessed && complete && (account !== undefined || password !== '')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!guessed) suggest.mutate()
    else if (ready && (await gate.ensureOpen(say('vault.reason.account')))) save.mutate()
  }
  return (
    <form className="sheet" onSubmit={submit}>
      <h2 className="detail-title">{account ? say('transport.editTitle') : say('transport.add')}</h2>
      <TextInput
        label={say('enrol.who.name')}
        autoComplete="name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label={say('enrol.who.address')}
        type="email"
        autoComplete="email"
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
      {guessed ? (
        <>
          <PasswordField
            label={say('transport.password')}
            description={account ? say('transport.passwordKept') : say('transport.passwordHint')}
            value={password}
            onChange={setPassword}
          />
          <ServerFields title={say('transport.submission')} value={submission} onChange={setSubmission} />
          <ServerFields title={say('transport.mailbox')} value={mailbox} onChange={setMailbox} />
        </>
      ) : (
        <p className="soft">{say('transport.suggestHint')}</p>
      )}
      {suggest.isError ? <ErrorNotice error={suggest.error} /> : null}
      {save.isError ? <ErrorNotice error={save.error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          {say('ui.cancel')}
        </Button>
        <Button
          type="submit"
          loading={suggest.isPending || save.isPending}
          disabled={guessed ? !ready : !address.includes('@')}
        >
          {guessed ? say('transport.save') : say('enrol.next')}
        </Button>
      </Group>
    </form>
  )
}

interface ServerFieldsProps {
  readonly title: string
  readonly value: ServerSettings
  readonly onChange: (next: ServerSettings) => void
}

function ServerFields({ title, value, onChange }: ServerFieldsProps) {
  const say = useSay()
  return (
    <fieldset className="card stack server-fields">
      <legend>{title}</legend>
      <div className="server-row">
        <TextInput
          label={say('transport.host')}
          spellCheck={false}
          value={value.host}
          onChange={(event) => onChange({ ...value, host: event.currentTarget.value })}
        />
        <NumberInput
          label={say('transport.port')}
          min={1}
          max={65_535}
          hideControls
          allowDecimal={false}
          value={value.port === 0 ? '' : value.port}
          onChange={(port) => onChange({ ...value, port: Number(port) || 0 })}
        />
      </div>
      <Select
        label={say('transport.security')}
        description={say('transport.securityHint')}
        data={[
          { value: 'tls', label: say('transport.tls') },
          { value: 'starttls', label: say('transport.starttls') },
        ]}
        value={value.security}
        onChange={(security) => onChange({ ...value, security: security === 'starttls' ? 'starttls' : 'tls' })}
      />
      <TextInput
        label={say('transport.user')}
        autoComplete="off"
        spellCheck={false}
        value={value.user}
        onChange={(event) => onChange({ ...value, user: event.currentTarget.value })}
      />
    </fieldset>
  )
}
