/** A new CA: its name, its limits, how long, and which key. */

import { Button, Group, NumberInput, Radio, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'

export function CreateAuthority({ onDone }: { readonly onDone: () => void }) {
  const say = useSay()
  const gate = useVaultGate()
  const { query } = useApi()
  const [name, setName] = useState('')
  const [organization, setOrganization] = useState('')
  const [permitted, setPermitted] = useState('')
  const [years, setYears] = useState(10)
  const [keyType, setKeyType] = useState<'ec-p256' | 'rsa-3072'>('ec-p256')
  const create = useMutation(query.authority.create.mutationOptions({ onSuccess: onDone }))
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!(await gate.ensureOpen(say('authority.create.reason')))) return
    create.mutate({
      name: name.trim(),
      ...(organization.trim() === '' ? {} : { organization: organization.trim() }),
      permitted: permitted.split(/[\s,;]+/).filter((one) => one !== ''),
      years,
      keyType,
    })
  }
  return (
    <form className="stack" onSubmit={submit}>
      <TextInput
        label={say('authority.create.name')}
        description={say('authority.create.nameHint')}
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label={say('authority.create.organization')}
        maxLength={64}
        value={organization}
        onChange={(event) => setOrganization(event.currentTarget.value)}
      />
      <Textarea
        label={say('authority.create.permitted')}
        description={say('authority.create.permittedHint')}
        autosize
        minRows={2}
        spellCheck={false}
        value={permitted}
        onChange={(event) => setPermitted(event.currentTarget.value)}
      />
      <NumberInput
        label={say('authority.create.years')}
        min={1}
        max={20}
        allowDecimal={false}
        value={years}
        onChange={(value) => typeof value === 'number' && setYears(value)}
      />
      <Radio.Group
        label={say('authority.create.key')}
        value={keyType}
        onChange={(value) => setKeyType(value === 'rsa-3072' ? 'rsa-3072' : 'ec-p256')}
      >
        <div className="stack-tight choices">
          <Radio value="ec-p256" label={say('authority.create.ec')} />
          <Radio value="rsa-3072" label={say('authority.create.rsa')} />
        </div>
      </Radio.Group>
      {create.isError ? <ErrorNotice error={create.error} /> : null}
      <Group>
        <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
          {say('authority.create.action')}
        </Button>
      </Group>
    </form>
  )
}
