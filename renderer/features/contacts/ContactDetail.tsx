/** One person: addresses, certificates with the evidence for each, and what changed. */

import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'
import { useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { useHandoff } from '../handoff.tsx'
import { ChangedCertificate, ContactCertificateCard } from './ContactCertificates.tsx'
import { ContactForm } from './ContactForm.tsx'
import { UndoMessage } from './UndoMessage.tsx'
import { useAddContactsFromFile } from './useAddContactsFromFile.ts'

export function ContactDetail({ id, onGone }: { readonly id: string; readonly onGone: () => void }) {
  const say = useSay()
  const navigate = useNavigate()
  const { query, client } = useApi()
  const { give } = useHandoff()
  const [editing, setEditing] = useState(false)
  const add = useAddContactsFromFile()
  const contact = useQuery(query.contacts.get.queryOptions({ input: { id } }))
  const undo = useMutation(
    query.contacts.undo.mutationOptions({
      onSuccess: (restored) => navigate({ to: '/contacts', search: { id: restored.id } }),
      onError: (error) => {
        const { code, data } = failureOf(error)
        notifications.show({ color: 'red', message: say(`errors.${code}.what`, data) })
      },
    }),
  )
  const remove = useMutation({
    mutationFn: () => client.contacts.delete({ id }),
    onSuccess: ({ undoToken }) => {
      onGone()
      const shown = notifications.show({
        autoClose: 10_000,
        closeButtonProps: { 'aria-label': say('ui.close') },
        message: (
          <UndoMessage
            text={say('contacts.deleted', { name: contact.data?.name ?? '' })}
            onUndo={() => {
              notifications.hide(shown)
              undo.mutate({ undoToken })
            }}
          />
        ),
      })
    },
  })
  if (contact.isError) return <ErrorNotice error={contact.error} />
  if (!contact.data) return <Loading label={say('contacts.loading')} />
  const { name, addresses, notes, certificates, canReadSealed } = contact.data
  if (editing) {
    return <ContactForm contact={contact.data} onSaved={() => setEditing(false)} onCancel={() => setEditing(false)} />
  }
  const write = () => {
    const [address] = addresses
    if (address !== undefined) give({ draft: { to: [{ name, address }] } })
    navigate({ to: '/write' })
  }
  return (
    <article className="sheet">
      <header className="row row-wrap">
        <Drawing name={canReadSealed ? 'sealed-letter' : 'postcard'} width={84} />
        <div className="grow">
          <h2 className="detail-title">{name || shownAddress(addresses[0] ?? '')}</h2>
          <p>{canReadSealed ? say('contacts.canReadLong') : say('contacts.cannotReadLong')}</p>
        </div>
      </header>
      <div className="row row-wrap">
        <Button onClick={write}>{say('contacts.write')}</Button>
        <Button variant="default" onClick={() => setEditing(true)}>
          {say('ui.edit')}
        </Button>
        <FileButton
          variant="default"
          accept=".cer,.crt,.der,.pem,.p7b,.p7c"
          loading={add.isPending}
          onFiles={([file]) => file && add.mutate({ file, contactId: id })}
        >
          {say('contacts.addCertificate')}
        </FileButton>
        <Button variant="default" loading={remove.isPending} onClick={() => remove.mutate()}>
          {say('ui.delete')}
        </Button>
      </div>
      {add.isError ? <ErrorNotice error={add.error} /> : null}
      {remove.isError ? <ErrorNotice error={remove.error} /> : null}
      <ChangedCertificate certificates={certificates} />
      <section className="stack-tight" aria-label={say('contacts.addresses')}>
        <h3>{say('contacts.addresses')}</h3>
        {addresses.map((address) => (
          <p key={address} className="wrap-anywhere">
            {shownAddress(address)}
          </p>
        ))}
      </section>
      <section className="stack-tight" aria-label={say('contacts.certificates')}>
        <h3>{say('contacts.certificates')}</h3>
        {certificates.length === 0 ? <p className="soft">{say('contacts.noCertificates')}</p> : null}
        {certificates.map((entry) => (
          <ContactCertificateCard key={entry.certificate.sha256} contactId={id} entry={entry} />
        ))}
      </section>
      {notes === '' ? null : (
        <section className="stack-tight" aria-label={say('contacts.notes')}>
          <h3>{say('contacts.notes')}</h3>
          <p className="pre-line">{notes}</p>
        </section>
      )}
    </article>
  )
}
