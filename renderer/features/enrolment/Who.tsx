/** The wizard's first question: name and address. In the sandbox one of its people can be played. */

import { Button, Group, Select, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { useSay } from '../../client/words.ts'
import { useSandbox } from './useSandbox.ts'
import type { Wizard } from './useWizard.ts'

export function Who({ wizard }: { readonly wizard: Wizard }) {
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
        // A field of the type "email" takes no letters beyond ASCII before the @, and spells the domain anew.
        inputMode="email"
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
