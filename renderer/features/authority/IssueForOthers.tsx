/** For somebody else: their request, what it asks for, the check that only a person can make, and the certificate to send back. */

import { Button, Checkbox, Group, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Authority, IssuedCertificate, RequestView } from '../../../shared/contract/authority.ts'
import { shownAddresses } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { saveSpooled, sourceOf } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { Validity } from './Validity.tsx'

export function IssueForOthers({ authority }: { readonly authority: Authority }) {
  const say = useSay()
  const gate = useVaultGate()
  const { client } = useApi()
  const [file, setFile] = useState<File>()
  const [name, setName] = useState('')
  const [days, setDays] = useState(730)
  const [checked, setChecked] = useState(false)
  const authorityId = authority.id
  const look = useMutation({
    mutationFn: async (chosen: File) =>
      client.authority.previewRequest({ authorityId, source: await sourceOf(client, chosen) }),
    onSuccess: (view) => setName(view.name),
  })
  const issue = useMutation({
    mutationFn: async ({ request, view }: { request: File; view: RequestView }) =>
      client.authority.issue({
        authorityId,
        source: await sourceOf(client, request),
        addresses: view.addresses,
        name: name.trim(),
        days,
      }),
    onSuccess: () => look.reset(),
  })
  const choose = (chosen: File) => {
    setFile(chosen)
    setChecked(false)
    issue.reset()
    look.mutate(chosen)
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!file || !look.data || !checked) return
    if (await gate.ensureOpen(say('authority.create.reason'))) issue.mutate({ request: file, view: look.data })
  }
  return (
    <section className="stack" aria-label={say('authority.forOthers')}>
      <h3>{say('authority.forOthers')}</h3>
      <p>{say('authority.forOthersText')}</p>
      <Group>
        <FileButton variant="default" accept=".csr,.pem,.req,.p10,.der" onFiles={([one]) => one && choose(one)}>
          {say('authority.chooseRequest')}
        </FileButton>
        {file ? <span className="wrap-anywhere">{file.name}</span> : null}
      </Group>
      {look.isError ? <ErrorNotice error={look.error} /> : null}
      {look.data ? (
        <form className="stack" onSubmit={submit}>
          <RequestFacts view={look.data} />
          <TextInput
            label={say('authority.request.name')}
            maxLength={64}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Validity days={days} onChange={setDays} />
          <Checkbox
            checked={checked}
            onChange={(event) => setChecked(event.currentTarget.checked)}
            label={say('authority.request.checked', { addresses: look.data.addresses })}
          />
          {issue.isError ? <ErrorNotice error={issue.error} /> : null}
          <Group>
            <Button type="submit" disabled={!checked} loading={issue.isPending}>
              {say('authority.request.issue')}
            </Button>
          </Group>
        </form>
      ) : null}
      {issue.data ? <Issued authorityId={authorityId} issued={issue.data} /> : null}
    </section>
  )
}

function RequestFacts({ view }: { readonly view: RequestView }) {
  const say = useSay()
  const { addresses, keyAlgorithm, keySha256, encrypts, otherNames, nameLeftOut } = view
  return (
    <section className="stack-tight" aria-label={say('authority.request.title')}>
      <h4>{say('authority.request.title')}</h4>
      <dl className="facts">
        <div className="facts-row">
          <dt>{say('authority.request.addresses')}</dt>
          <dd className="wrap-anywhere">{shownAddresses(addresses)}</dd>
        </div>
        <div className="facts-row">
          <dt>{say('authority.request.key')}</dt>
          <dd>{keyAlgorithm}</dd>
        </div>
        <div className="facts-row">
          <dt>{say('authority.request.uses')}</dt>
          <dd>{say(encrypts ? 'authority.request.signsAndEncrypts' : 'authority.request.signs')}</dd>
        </div>
        <div className="facts-row">
          <dt>{say('authority.request.keyPrint')}</dt>
          <dd>
            <Fingerprint value={keySha256} label={say('authority.request.keyPrint')} />
          </dd>
        </div>
      </dl>
      {nameLeftOut ? <Notice level="caution" title={say('authority.request.nameLeftOut')} /> : null}
      {otherNames > 0 ? <p className="soft">{say('authority.request.otherNames', { count: otherNames })}</p> : null}
    </section>
  )
}

interface IssuedProps {
  readonly authorityId: string
  readonly issued: IssuedCertificate
}

function Issued({ authorityId, issued }: IssuedProps) {
  const { sha256, name, notAfter } = issued.certificate
  const say = useSay()
  const { client } = useApi()
  const save = useMutation({
    mutationFn: async () => saveSpooled(client, await client.authority.certificateFile({ authorityId, sha256 })),
  })
  return (
    <>
      <Notice
        level="good"
        title={say('authority.issuedNotice', { name })}
        urgent
        action={
          <Button loading={save.isPending} onClick={() => save.mutate()}>
            {say('authority.saveIssued')}
          </Button>
        }
      >
        <p>{say('authority.issuedText')}</p>
        {issued.endsWithRoot ? <p>{say('authority.endsWithRoot', { notAfter })}</p> : null}
      </Notice>
      {save.isError ? <ErrorNotice error={save.error} /> : null}
    </>
  )
}
