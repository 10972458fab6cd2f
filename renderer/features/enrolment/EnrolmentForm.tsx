/** The questions of the wizard: who, where from, which key. */

import { Button, Group, Radio, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useEffect, useRef } from 'react'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import type { Wizard } from './useWizard.ts'

export function EnrolmentForm({ wizard }: { readonly wizard: Wizard }) {
  const say = useSay()
  const heading = useRef<HTMLHeadingElement>(null)
  const { step } = wizard.value
  const shown = useRef(step)
  useEffect(() => {
    // A new question takes the focus, so that a screen reader reads it; the first one doesn't.
    if (shown.current !== step) heading.current?.focus()
    shown.current = step
  }, [step])
  return (
    <div className="stack">
      <h2 ref={heading} tabIndex={-1}>
        {say(`enrol.${step}.title`)}
      </h2>
      <p className="soft">{say(`enrol.${step}.text`)}</p>
      {step === 'who' ? <Who wizard={wizard} /> : null}
      {step === 'where' ? <Where wizard={wizard} /> : null}
      {step === 'key' ? <Key wizard={wizard} /> : null}
    </div>
  )
}

function useSandbox() {
  const { query } = useApi()
  return useQuery(query.sandbox.status.queryOptions())
}

function Who({ wizard }: { readonly wizard: Wizard }) {
  const say = useSay()
  const sandbox = useSandbox()
  const { name, address } = wizard.value
  const people = sandbox.data?.active ? sandbox.data.people.filter((person) => person.playable) : []
  const ready = name.trim() !== '' && /^\S+@\S+$/.test(address.trim())
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) wizard.change({ step: 'where', ca: sandbox.data?.active ? 'sandbox' : 'acme' })
  }
  return (
    <form className="stack" onSubmit={submit}>
      {people.length > 0 ? (
        <Select
          label={say('enrol.who.play')}
          placeholder={say('enrol.who.playHint')}
          data={people.map((person) => ({ value: person.address, label: `${person.name} · ${person.address}` }))}
          value={people.some((person) => person.address === address) ? address : null}
          onChange={(chosen) => {
            const person = people.find((one) => one.address === chosen)
            if (person) wizard.change({ name: person.name, address: person.address })
          }}
        />
      ) : null}
      <TextInput
        label={say('enrol.who.name')}
        autoComplete="name"
        value={name}
        onChange={(event) => wizard.change({ name: event.currentTarget.value })}
      />
      <TextInput
        label={say('enrol.who.address')}
        description={say('enrol.who.addressHint')}
        type="email"
        autoComplete="email"
        value={address}
        onChange={(event) => wizard.change({ address: event.currentTarget.value })}
      />
      <Group justify="flex-end">
        <Button type="submit" disabled={!ready}>
          {say('enrol.next')}
        </Button>
      </Group>
    </form>
  )
}

function Where({ wizard }: { readonly wizard: Wizard }) {
  const say = useSay()
  const navigate = useNavigate()
  const sandbox = useSandbox()
  const { ca, directoryUrl } = wizard.value
  const urlReady = ca !== 'acme' || /^https:\/\/[^\s/]+/.test(directoryUrl)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ca === 'file') navigate({ to: '/import' })
    else if (urlReady) wizard.change({ step: 'key' })
  }
  return (
    <form className="stack" onSubmit={submit}>
      <Radio.Group
        label={say('enrol.where.label')}
        value={ca}
        onChange={(value) => wizard.change({ ca: value === 'acme' || value === 'file' ? value : 'sandbox' })}
      >
        <div className="stack choices">
          {sandbox.data?.active ? (
            <Radio value="sandbox" label={say('enrol.where.sandbox')} description={say('enrol.where.sandboxHint')} />
          ) : null}
          <Radio value="acme" label={say('enrol.where.acme')} description={say('enrol.where.acmeHint')} />
          <Radio value="file" label={say('enrol.where.file')} description={say('enrol.where.fileHint')} />
        </div>
      </Radio.Group>
      {ca === 'acme' ? (
        <TextInput
          label={say('enrol.where.url')}
          description={say('enrol.where.urlHint')}
          type="url"
          placeholder="https://ca.example.org/acme/directory"
          value={directoryUrl}
          onChange={(event) => wizard.change({ directoryUrl: event.currentTarget.value })}
        />
      ) : null}
      <Group justify="space-between">
        <Button variant="default" onClick={() => wizard.change({ step: 'who' })}>
          {say('ui.back')}
        </Button>
        <Button type="submit" disabled={!urlReady}>
          {ca === 'file' ? say('enrol.where.chooseFile') : say('enrol.next')}
        </Button>
      </Group>
    </form>
  )
}

function Key({ wizard }: { readonly wizard: Wizard }) {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const { query } = useApi()
  const { name, address, ca, directoryUrl, keyType } = wizard.value
  const begin = useMutation(
    query.enrolment.begin.mutationOptions({ onSuccess: ({ id }) => navigate({ to: '/enrol', search: { id } }) }),
  )
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!(await gate.ensureOpen(say('vault.reason.firstKey')))) return
    begin.mutate({
      name: name.trim(),
      address: address.trim(),
      keyType,
      ca: ca === 'acme' ? { kind: 'acme', directoryUrl: directoryUrl.trim() } : { kind: 'sandbox' },
    })
  }
  const needsAccount = begin.isError && failureOf(begin.error).code === 'no-account'
  return (
    <form className="stack" onSubmit={submit}>
      <Radio.Group
        label={say('enrol.key.label')}
        value={keyType}
        onChange={(value) => wizard.change({ keyType: value === 'rsa-3072' ? 'rsa-3072' : 'ec-p256' })}
      >
        <div className="stack choices">
          <Radio value="ec-p256" label={say('enrol.key.ec')} description={say('enrol.key.ecHint')} />
          <Radio value="rsa-3072" label={say('enrol.key.rsa')} description={say('enrol.key.rsaHint')} />
        </div>
      </Radio.Group>
      {begin.isError ? (
        <ErrorNotice
          error={begin.error}
          action={
            needsAccount ? (
              <Button size="compact-sm" onClick={() => navigate({ to: '/transport', search: { id: 'new' } })}>
                {say('transport.add')}
              </Button>
            ) : undefined
          }
        />
      ) : null}
      <Group justify="space-between">
        <Button variant="default" onClick={() => wizard.change({ step: 'where' })}>
          {say('ui.back')}
        </Button>
        <Button type="submit" loading={begin.isPending}>
          {say('enrol.begin')}
        </Button>
      </Group>
    </form>
  )
}
