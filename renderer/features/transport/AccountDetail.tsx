/** One account: its rule, its last proof in sentences, and what can be done with it. */

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Account, AccountProof, ServerSettings } from '../../../shared/contract/accounts.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { protocolText } from '../../ui/protocolText.ts'
import { RelativeDate } from '../../ui/RelativeDate.tsx'
import { FailureNotice } from '../vault/FailureNotice.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { AccountForm } from './AccountForm.tsx'

interface AccountDetailProps {
  readonly account: Account
  readonly onGone: () => void
}

export function AccountDetail({ account, onGone }: AccountDetailProps) {
  const say = useSay()
  const gate = useVaultGate()
  const { query } = useApi()
  const [editing, setEditing] = useState(false)
  const [removing, setRemoving] = useState(false)
  const test = useMutation(query.accounts.test.mutationOptions())
  const remove = useMutation(query.accounts.remove.mutationOptions({ onSuccess: onGone }))
  const { id, address, name, submission, mailbox, sandbox } = account
  const proof = test.data?.lastProof ?? account.lastProof
  const runTest = async () => {
    if (sandbox || (await gate.ensureOpen(say('vault.reason.account')))) test.mutate({ id })
  }
  if (editing) {
    return <AccountForm account={account} onSaved={() => setEditing(false)} onCancel={() => setEditing(false)} />
  }
  return (
    <article className="sheet">
      <header className="stack-tight">
        <h2 className="detail-title">{name || shownAddress(address)}</h2>
        <p className="soft">{shownAddress(address)}</p>
        <div className="row row-wrap">
          <Button loading={test.isPending} onClick={runTest}>
            {say('transport.test')}
          </Button>
          {sandbox ? null : (
            <>
              <Button variant="default" onClick={() => setEditing(true)}>
                {say('ui.edit')}
              </Button>
              <Button variant="default" onClick={() => setRemoving(true)}>
                {say('ui.remove')}
              </Button>
            </>
          )}
        </div>
      </header>
      {sandbox ? <Notice level="neutral" title={say('transport.sandboxAccount')} /> : null}
      {test.isPending ? <p role="status">{say('transport.testing')}</p> : null}
      {test.isError ? (
        <FailureNotice error={test.error} reason={say('vault.reason.account')} onRetry={runTest} />
      ) : null}
      <Notice level="neutral" title={say('transport.rule')} />
      <Server title={say('transport.submission')} server={submission} proof={proof?.submission} />
      <Server title={say('transport.mailbox')} server={mailbox} proof={proof?.mailbox} />
      {proof ? (
        <p className="soft small">
          {say('transport.tested')} <RelativeDate value={proof.at} />
        </p>
      ) : null}
      <ConfirmDialog
        opened={removing}
        title={say('transport.removeTitle')}
        confirm={say('ui.remove')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate({ id })}
        onClose={() => setRemoving(false)}
      >
        <p>{say('transport.removeText', { address })}</p>
        {remove.isError ? <ErrorNotice error={remove.error} /> : null}
      </ConfirmDialog>
    </article>
  )
}

interface ServerProps {
  readonly title: string
  readonly server: ServerSettings
  readonly proof: AccountProof['submission'] | undefined
}

function Server({ title, server, proof }: ServerProps) {
  const say = useSay()
  return (
    <section className="card stack-tight" aria-label={title}>
      <h3>{title}</h3>
      <dl className="facts">
        <dt>{say('transport.host')}</dt>
        <dd>
          {server.host}, {say('transport.portNumber', { port: server.port })}
        </dd>
        <dt>{say('transport.security')}</dt>
        <dd>{say(`transport.${server.security}`)}</dd>
        <dt>{say('transport.user')}</dt>
        <dd>{server.user}</dd>
      </dl>
      {proof === undefined ? <p className="soft small">{say('transport.proof.none')}</p> : null}
      {proof?.ok ? (
        <Notice
          level="good"
          title={say('transport.proved', {
            protocol: protocolText(proof.tls?.protocol ?? 'TLS'),
            secrecy: proof.tls?.forwardSecrecy ? say('outcome.forwardSecret') : say('outcome.notForwardSecret'),
            name: proof.tls?.nameMatched ? say('outcome.nameMatched') : say('outcome.nameDiffers'),
          })}
        >
          {proof.tls ? `${proof.tls.cipher} · ${proof.tls.serverName}` : undefined}
        </Notice>
      ) : null}
      {proof?.failure ? <ErrorNotice failure={proof.failure} /> : null}
    </section>
  )
}
