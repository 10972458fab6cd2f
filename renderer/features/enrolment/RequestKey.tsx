/** The wizard's third question where the certificate comes by a request: which key, and one certificate or two. */

import { Button, Group, Radio } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import type { CatalogueEntry } from '../../../shared/contract/catalogue.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { requestPurposes, type Wizard } from './useWizard.ts'

export function RequestKey({ wizard, entry }: { readonly wizard: Wizard; readonly entry: CatalogueEntry }) {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const { query } = useApi()
  const { keyTypes } = entry
  const { purpose, requestKey: wished } = wizard.value
  // Ed25519 only signs.
  const offered = keyTypes.filter((type) => type !== 'ed25519' || purpose === 'sign')
  const usual = offered.find((type) => type === 'rsa-3072') ?? offered[0] ?? 'rsa-3072'
  const keyType = wished !== undefined && offered.includes(wished) ? wished : usual
  const begin = useMutation(
    query.requests.begin.mutationOptions({
      onSuccess: ({ requests: [first] }) => {
        wizard.ordered({ step: 'who', renews: undefined })
        if (first) navigate({ to: '/request', search: { id: first.pairId } })
      },
    }),
  )
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!(await gate.ensureOpen(say('vault.reason.firstKey')))) return
    await wizard.settled()
    const { name, address, renews } = wizard.value
    begin.mutate({
      name: name.trim(),
      address: address.trim(),
      authority: entry.id,
      keyType,
      purpose,
      ...(renews === undefined ? {} : { renews }),
    })
  }
  return (
    <form className="stack" onSubmit={submit}>
      <Radio.Group
        label={say('requests.key.purpose')}
        value={purpose}
        onChange={(value) => wizard.change({ purpose: requestPurposes.find((one) => one === value) ?? 'both' })}
      >
        <div className="stack choices">
          {requestPurposes.map((one) => (
            <Radio
              key={one}
              value={one}
              label={say(`requests.key.${one}`)}
              description={say(`requests.key.${one}Hint`)}
            />
          ))}
        </div>
      </Radio.Group>
      <Radio.Group
        label={say('enrol.key.label')}
        value={keyType}
        onChange={(value) => {
          const requestKey = keyTypes.find((type) => type === value)
          if (requestKey) wizard.change({ requestKey })
        }}
      >
        <div className="stack-tight choices">
          {offered.map((type) => (
            <Radio
              key={type}
              value={type}
              label={say(`catalogue.keyType.${type}`)}
              description={say(`requests.key.hint.${type}`)}
            />
          ))}
        </div>
      </Radio.Group>
      {begin.isError ? <ErrorNotice error={begin.error} /> : null}
      <Group justify="space-between">
        <Button variant="default" onClick={() => wizard.change({ step: 'where' })}>
          {say('ui.back')}
        </Button>
        <Button type="submit" loading={begin.isPending}>
          {say('requests.key.make')}
        </Button>
      </Group>
    </form>
  )
}
