/** The accounts at certificate authorities: what they are for, a new key for one, closing one. */

import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { CaAccount } from '../../../shared/contract/enrolment.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { BackRow } from '../../ui/BackRow.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'

export function CaAccountsPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const accounts = useQuery(query.enrolment.accounts.queryOptions())
  return (
    <div className="page">
      <BackRow label={say('ui.back')} onOtherwise={() => navigate({ to: '/certificates', search: {} })} />
      <div className="sheet sheet-middle">
        <h1>{say('caAccounts.title')}</h1>
        <p className="soft">{say('caAccounts.text')}</p>
        {accounts.isError ? <ErrorNotice error={accounts.error} /> : null}
        {accounts.isPending ? <Loading label={say('caAccounts.loading')} /> : null}
        {accounts.data?.length === 0 ? <p>{say('caAccounts.none')}</p> : null}
        {accounts.data?.map((account) => (
          <AccountCard key={account.id} account={account} />
        ))}
      </div>
    </div>
  )
}

function AccountCard({ account }: { readonly account: CaAccount }) {
  const say = useSay()
  const gate = useVaultGate()
  const { query } = useApi()
  const [closing, setClosing] = useState(false)
  const accounts = useQuery(query.enrolment.accounts.queryOptions())
  const changeKey = useMutation(
    query.enrolment.changeAccountKey.mutationOptions({ onSettled: () => accounts.refetch() }),
  )
  const close = useMutation(
    query.enrolment.closeAccount.mutationOptions({
      onSettled: () => {
        setClosing(false)
        accounts.refetch()
      },
    }),
  )
  const { id, caName, caHost } = account
  const opened = (act: () => void) => gate.ensureOpen(say('caAccounts.text')).then((isOpen) => isOpen && act())
  return (
    <section className="card stack-tight" aria-label={caName}>
      <h2>{caName}</h2>
      <p className="soft">
        {caHost === undefined ? '' : `${caHost} · `}
        {say('caAccounts.since', { date: account.createdAt })} ·{' '}
        {say('caAccounts.certificates', { count: account.certificates })}
        {account.closed ? ` · ${say('caAccounts.closed')}` : ''}
        {account.registered || account.closed ? '' : ` · ${say('caAccounts.unregistered')}`}
        {account.fromBackup && !account.closed ? ` · ${say('caAccounts.fromBackup')}` : ''}
      </p>
      {account.keyChangePending ? <Notice level="neutral" title={say('caAccounts.pending')} /> : null}
      {changeKey.isError ? <ErrorNotice error={changeKey.error} /> : null}
      {changeKey.isSuccess ? <Notice level="good" title={say('caAccounts.newKeyDone')} urgent /> : null}
      {close.isError ? <ErrorNotice error={close.error} /> : null}
      {account.closed ? null : (
        <div className="row row-wrap">
          <Button
            size="compact-sm"
            variant="default"
            disabled={!account.registered}
            loading={changeKey.isPending}
            onClick={() => opened(() => changeKey.mutate({ id }))}
          >
            {say('caAccounts.newKey')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setClosing(true)}>
            {say('caAccounts.close')}
          </Button>
        </div>
      )}
      {account.closed || !account.registered ? null : <Contact account={account} />}
      <ConfirmDialog
        opened={closing}
        title={say('caAccounts.closeTitle', { ca: caName })}
        confirm={say('caAccounts.close')}
        busy={close.isPending}
        onConfirm={() => opened(() => close.mutate({ id }))}
        onClose={() => setClosing(false)}
      >
        <p>{say('caAccounts.closeText')}</p>
      </ConfirmDialog>
    </section>
  )
}

/** Where the CA sends its own notices: given only here, shown as long as it stands there, and taken back. */
function Contact({ account: { id, caName, contact } }: { readonly account: CaAccount }) {
  const say = useSay()
  const gate = useVaultGate()
  const { query } = useApi()
  const [address, setAddress] = useState('')
  const accounts = useQuery(query.enrolment.accounts.queryOptions())
  const change = useMutation(
    query.enrolment.changeAccountContact.mutationOptions({
      onSuccess: () => {
        setAddress('')
        accounts.refetch()
      },
    }),
  )
  const tell = async (told: { readonly address?: string }) => {
    if (await gate.ensureOpen(say('caAccounts.text'))) change.mutate({ id, ...told })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (address.trim() !== '') tell({ address: address.trim() })
  }
  return (
    <form className="stack-tight" onSubmit={submit}>
      {contact === undefined ? null : (
        <div className="row row-wrap">
          <span className="wrap-anywhere">{say('caAccounts.contactIs', { address: contact })}</span>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`${say('caAccounts.contactNone')}: ${caName}`}
            loading={change.isPending && change.variables.address === undefined}
            onClick={() => tell({})}
          >
            {say('caAccounts.contactNone')}
          </Button>
        </div>
      )}
      <TextInput
        label={say(contact === undefined ? 'caAccounts.contact' : 'caAccounts.contactOther')}
        description={say('caAccounts.contactHint')}
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
      <div className="row">
        <Button
          type="submit"
          size="compact-sm"
          variant="default"
          disabled={address.trim() === ''}
          loading={change.isPending && change.variables.address !== undefined}
        >
          {say('caAccounts.contactTell')}
        </Button>
      </div>
      {change.isError ? <ErrorNotice error={change.error} /> : null}
      {change.isSuccess ? <Notice level="good" title={say('caAccounts.contactDone')} urgent /> : null}
    </form>
  )
}
