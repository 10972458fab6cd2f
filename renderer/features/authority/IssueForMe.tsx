/** A certificate for oneself: key, request and answer in one step. */

import { Button, Group, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { Authority } from '../../../shared/contract/authority.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { Validity } from './Validity.tsx'

export function IssueForMe({ authority }: { readonly authority: Authority }) {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const { query } = useApi()
  const [name, setName] = useState('')
  const [address, setAddress] = useState('')
  const [days, setDays] = useState(730)
  const issue = useMutation(query.authority.issueOwn.mutationOptions())
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!(await gate.ensureOpen(say('authority.create.reason')))) return
    issue.mutate({ authorityId: authority.id, name: name.trim(), address: address.trim(), days })
  }
  return (
    <section className="stack" aria-label={say('authority.forMe')}>
      <h3>{say('authority.forMe')}</h3>
      <p>{say('authority.forMeText')}</p>
      <form className="stack" onSubmit={submit}>
        <TextInput
          label={say('authority.name')}
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={say('authority.address')}
          maxLength={320}
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
        <Validity days={days} onChange={setDays} />
        {issue.isError ? <ErrorNotice error={issue.error} /> : null}
        {issue.data ? (
          <Notice
            level="good"
            urgent
            title={say('authority.ownDone', { name: issue.data.issued.certificate.name })}
            action={
              <Button
                variant="default"
                onClick={() =>
                  issue.data && navigate({ to: '/certificates', search: { identity: issue.data.identityId } })
                }
              >
                {say('authority.showOwn')}
              </Button>
            }
          >
            {issue.data.issued.endsWithRoot ? say('authority.endsWithRoot', issue.data.issued.certificate) : null}
          </Notice>
        ) : null}
        <Group>
          <Button type="submit" variant="default" loading={issue.isPending} disabled={address.trim().length < 3}>
            {say('authority.issueOwn')}
          </Button>
        </Group>
      </form>
    </section>
  )
}
