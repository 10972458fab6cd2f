/** The wizard's third question where Siegel gets the certificate by itself (ACME): which key. */

import { Button, Checkbox, Group, Radio } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import type { Wizard } from './useWizard.ts'

interface KeyProps {
  readonly wizard: Wizard
  readonly directoryUrl: string
}

export function Key({ wizard, directoryUrl }: KeyProps) {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const { query } = useApi()
  const { name, address, ca, keyType, byHand } = wizard.value
  const begin = useMutation(
    query.enrolment.begin.mutationOptions({
      onSuccess: ({ id }) => {
        wizard.ordered({ step: 'who', renews: undefined })
        navigate({ to: '/enrol', search: { id } })
      },
    }),
  )
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!(await gate.ensureOpen(say('vault.reason.firstKey')))) return
    await wizard.settled()
    begin.mutate({
      name: name.trim(),
      address: address.trim(),
      keyType,
      byHand,
      ca: ca === 'sandbox' ? { kind: 'sandbox' } : { kind: 'acme', directoryUrl: directoryUrl.trim() },
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
      <Checkbox
        label={say('enrol.hand.choice')}
        description={say('enrol.hand.choiceHint')}
        checked={byHand}
        onChange={(event) => wizard.change({ byHand: event.currentTarget.checked })}
      />
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
