/** The address book: search while typing, who can read sealed letters, and the person beside the list. */

import { Button, Checkbox } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import type { Contact } from '../../../shared/contract/contacts.ts'
import { shownAddress, shownAddresses } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { ListRow, Place } from '../../ui/Place.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { ContactDetail } from './ContactDetail.tsx'
import { ContactForm } from './ContactForm.tsx'
import { useAddContactsFromFile } from './useAddContactsFromFile.ts'

export function ContactsPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const { id } = useSearch({ from: '/contacts' })
  const [text, setText] = useState('')
  const [sealedOnly, setSealedOnly] = useState(false)
  const wanted = useDeferredValue(text)
  const add = useAddContactsFromFile()
  const contacts = useQuery(
    query.contacts.list.queryOptions({
      input: { query: wanted.trim().slice(0, 200), canReadSealed: sealedOnly },
      placeholderData: keepPreviousData,
    }),
  )
  const show = (next?: string) => navigate({ to: '/contacts', search: next === undefined ? {} : { id: next } })
  const everything = wanted === '' && !sealedOnly
  const fromFile = (
    <FileButton
      variant="default"
      size="compact-sm"
      accept=".cer,.crt,.der,.pem,.p7b,.p7c"
      onFiles={([file]) => file && add.mutate({ file })}
      loading={add.isPending}
    >
      {say('contacts.fromFile')}
    </FileButton>
  )
  return (
    <Place
      title={say('contacts.title')}
      listLabel={say('contacts.title')}
      actions={
        <Button size="compact-sm" onClick={() => show('new')}>
          {say('contacts.new')}
        </Button>
      }
      tools={
        <>
          <SearchField label={say('contacts.search')} value={text} onChange={setText} />
          <div className="row row-apart row-wrap">
            <Checkbox
              size="xs"
              label={say('contacts.sealedOnly')}
              checked={sealedOnly}
              onChange={(event) => setSealedOnly(event.currentTarget.checked)}
            />
            {fromFile}
          </div>
          {add.isError ? <ErrorNotice error={add.error} /> : null}
        </>
      }
      detailOpen={id !== undefined}
      onBack={() => show()}
      list={
        <>
          {contacts.isError ? <ErrorNotice error={contacts.error} /> : null}
          {contacts.isPending ? <Loading label={say('contacts.loading')} /> : null}
          {contacts.data?.length === 0 ? (
            <EmptyState title={everything ? say('contacts.emptyTitle') : say('contacts.noneFound')}>
              {everything ? say('contacts.emptyText') : say('contacts.noneFoundText')}
            </EmptyState>
          ) : null}
          {contacts.data?.map((contact) => (
            <ContactRow
              key={contact.id}
              contact={contact}
              chosen={contact.id === id}
              onChoose={() => show(contact.id)}
            />
          ))}
        </>
      }
      detail={
        id === 'new' ? (
          <ContactForm onSaved={(contact) => show(contact.id)} onCancel={() => show()} />
        ) : id !== undefined ? (
          <ContactDetail key={id} id={id} onGone={() => show()} />
        ) : (
          <EmptyState drawing="sealed-letter" title={say('contacts.chooseTitle')}>
            {say('contacts.chooseText')}
          </EmptyState>
        )
      }
    />
  )
}

interface ContactRowProps {
  readonly contact: Contact
  readonly chosen: boolean
  readonly onChoose: () => void
}

function ContactRow({ contact, chosen, onChoose }: ContactRowProps) {
  const say = useSay()
  return (
    <ListRow chosen={chosen} onChoose={onChoose}>
      <Drawing name={contact.canReadSealed ? 'sealed-letter' : 'postcard'} width={36} />
      <div className="grow">
        <p className="one-line">
          <strong>{contact.name || shownAddress(contact.addresses[0] ?? '')}</strong>
        </p>
        <p className="one-line soft">{shownAddresses(contact.addresses)}</p>
        <p className="soft small">{contact.canReadSealed ? say('contacts.canRead') : say('contacts.cannotRead')}</p>
      </div>
    </ListRow>
  )
}
