/** A person's name, addresses and notes, new or changed. */

import { Button, Group, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import type { Contact } from '../../../shared/contract/contacts.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'

interface ContactFormProps {
  /** Absent for a new contact. */
  readonly contact?: Contact
  readonly onSaved: (contact: Contact) => void
  readonly onCancel: () => void
}

interface Fields {
  readonly name: string
  readonly addresses: string
  readonly notes: string
}

export function ContactForm({ contact, onSaved, onCancel }: ContactFormProps) {
  const say = useSay()
  const { client } = useApi()
  const form = useForm<Fields>({
    defaultValues: {
      name: contact?.name ?? '',
      addresses: contact?.addresses.join('\n') ?? '',
      notes: contact?.notes ?? '',
    },
  })
  const save = useMutation({
    mutationFn: (fields: Fields) => {
      const input = { name: fields.name.trim(), addresses: listed(fields.addresses), notes: fields.notes }
      return contact ? client.contacts.update({ id: contact.id, ...input }) : client.contacts.add(input)
    },
    onSuccess: onSaved,
  })
  const { errors } = form.formState
  return (
    <form className="sheet" onSubmit={form.handleSubmit((fields) => save.mutate(fields))} noValidate>
      <h2 className="detail-title">{contact ? say('contacts.edit') : say('contacts.newTitle')}</h2>
      <TextInput label={say('contacts.name')} autoFocus {...form.register('name')} />
      <Textarea
        label={say('contacts.addresses')}
        description={say('contacts.addressesHint')}
        autosize
        minRows={2}
        error={errors.addresses ? say('contacts.addressNeeded') : undefined}
        {...form.register('addresses', { validate: (text) => listed(text).length > 0 })}
      />
      <Textarea label={say('contacts.notes')} autosize minRows={3} {...form.register('notes')} />
      {save.isError ? <ErrorNotice error={save.error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          {say('ui.cancel')}
        </Button>
        <Button type="submit" loading={save.isPending}>
          {say('ui.save')}
        </Button>
      </Group>
    </form>
  )
}

function listed(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
