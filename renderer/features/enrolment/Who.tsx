/** The wizard's first question: name and address. In the sandbox one of its people can be played. */

import { Button, Group, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { useSandbox } from './useSandbox.ts'
import type { Wizard } from './useWizard.ts'

export function Who({ wizard }: { readonly wizard: Wizard }) {
  const say = useSay()
  const sandbox = useSandbox()
  const { name, address } = wizard.value
  const people = sandbox.data?.active ? sandbox.data.people.filter((person) => person.playable) : []
  const [asked, setAsked] = useState(false)
  const nameField = useRef<HTMLInputElement>(null)
  const addressField = useRef<HTMLInputElement>(null)
  const lacksName = name.trim() === ''
  const lacksAddress = !/^\S+@\S+$/.test(address.trim())
  useKnownFromAccount(wizard, sandbox.data?.active === false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (lacksName) nameField.current?.focus()
    else if (lacksAddress) addressField.current?.focus()
    else wizard.change({ step: 'where', ...usualSource(wizard, sandbox.data?.active ?? false) })
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
        ref={nameField}
        label={say('enrol.who.name')}
        error={asked && lacksName ? say('enrol.who.nameMissing') : undefined}
        autoComplete="name"
        maxLength={998}
        value={name}
        onChange={(event) => wizard.change({ name: event.currentTarget.value })}
      />
      <TextInput
        ref={addressField}
        label={say('enrol.who.address')}
        error={asked && lacksAddress ? say('enrol.who.addressMissing') : undefined}
        description={say('enrol.who.addressHint')}
        // A field of the type "email" takes no letters beyond ASCII before the @, and spells the domain anew.
        inputMode="email"
        autoComplete="email"
        maxLength={320}
        value={address}
        onChange={(event) => wizard.change({ address: event.currentTarget.value })}
      />
      <Group justify="flex-end">
        <Button type="submit">{say('enrol.next')}</Button>
      </Group>
    </form>
  )
}

/** What was chosen stays; the sandbox's own authority is the usual one there, and there is none outside. */
function usualSource({ value: { ca, authority } }: Wizard, inSandbox: boolean): Partial<Wizard['value']> {
  if (inSandbox) return ca === 'catalogue' && authority === '' ? { ca: 'sandbox' } : {}
  return ca === 'sandbox' ? { ca: 'catalogue', authority: '' } : {}
}

/** Whoever has set a mail account up has said both already. */
function useKnownFromAccount(wizard: Wizard, wanted: boolean): void {
  const { query } = useApi()
  const accounts = useQuery(query.accounts.list.queryOptions())
  const [account] = accounts.data ?? []
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, and what is cleared then stays so
  useEffect(() => {
    const { name, address } = wizard.value
    if (wanted && account && name === '' && address === '')
      wizard.suggest({ name: account.name, address: account.address })
  }, [wanted, account?.id])
}
