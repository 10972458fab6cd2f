/** What a CA issued, with revoking, and the revocation list to hand out. */

import { Button, Group, Modal, Select } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { IssuedCertificate, OwnRevocationReason } from '../../../shared/contract/authority.ts'
import { shownAddresses } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { saveSpooled } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'

interface IssuedCertificatesProps {
  readonly authorityId: string
  readonly issued: readonly IssuedCertificate[]
}

export function IssuedCertificates({ authorityId, issued }: IssuedCertificatesProps) {
  const say = useSay()
  const [revoking, setRevoking] = useState<IssuedCertificate>()
  return (
    <section className="stack" aria-label={say('authority.issuedTitle')}>
      <h3>{say('authority.issuedTitle')}</h3>
      {issued.length === 0 ? <p className="soft">{say('authority.noneIssued')}</p> : null}
      {issued.length > 0 ? (
        <ul className="card card-list">
          {issued.map((one) => (
            <IssuedRow key={one.certificate.sha256} issued={one} onRevoke={() => setRevoking(one)} />
          ))}
        </ul>
      ) : null}
      {issued.length > 0 ? <RevocationList authorityId={authorityId} /> : null}
      {revoking ? (
        <RevokeDialog authorityId={authorityId} issued={revoking} onClose={() => setRevoking(undefined)} />
      ) : null}
    </section>
  )
}

function IssuedRow({ issued, onRevoke }: { readonly issued: IssuedCertificate; readonly onRevoke: () => void }) {
  const say = useSay()
  const { certificate, own, revokedAt, reason } = issued
  return (
    <li className="list-row list-row-still">
      <div className="grow">
        <p className="one-line">
          <strong>{certificate.name}</strong> {own ? <span className="soft">({say('authority.own')})</span> : null}
        </p>
        <p className="one-line soft">{shownAddresses(certificate.emails)}</p>
        {revokedAt ? (
          <Mark level="bad">{say('authority.revoked', { revokedAt, reason })}</Mark>
        ) : (
          <p className="soft small">{say('authority.until', { notAfter: certificate.notAfter })}</p>
        )}
      </div>
      {revokedAt ? null : (
        <Button
          variant="default"
          size="compact-sm"
          aria-label={`${say('authority.revoke')}: ${certificate.name}`}
          onClick={onRevoke}
        >
          {say('authority.revoke')}
        </Button>
      )}
    </li>
  )
}

const listDays = 30

function RevocationList({ authorityId }: { readonly authorityId: string }) {
  const say = useSay()
  const gate = useVaultGate()
  const { client } = useApi()
  const write = useMutation({
    mutationFn: async () => {
      const list = await client.authority.revocationList({ authorityId, days: listDays })
      await saveSpooled(client, list)
      return list
    },
  })
  const start = async () => {
    if (await gate.ensureOpen(say('authority.create.reason'))) write.mutate()
  }
  return (
    <div className="stack-tight">
      <p className="soft">{say('authority.listText')}</p>
      {write.isError ? <ErrorNotice error={write.error} /> : null}
      {write.data ? (
        <Notice level="good" urgent title={say('authority.listDone', { ...write.data, count: write.data.revoked })} />
      ) : null}
      <div className="row">
        <Button variant="default" loading={write.isPending} onClick={start}>
          {say('authority.list')}
        </Button>
      </div>
    </div>
  )
}

const reasons: readonly OwnRevocationReason[] = [
  'keyCompromise',
  'superseded',
  'affiliationChanged',
  'cessationOfOperation',
  'unspecified',
]

interface RevokeDialogProps {
  readonly authorityId: string
  readonly issued: IssuedCertificate
  readonly onClose: () => void
}

function RevokeDialog({ authorityId, issued, onClose }: RevokeDialogProps) {
  const say = useSay()
  const gate = useVaultGate()
  const { query } = useApi()
  const [reason, setReason] = useState<OwnRevocationReason>('keyCompromise')
  const [passphrase, setPassphrase] = useState('')
  const revoke = useMutation(query.authority.revoke.mutationOptions({ onSuccess: onClose }))
  const { sha256, name } = issued.certificate
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (await gate.ensureOpen(say('authority.create.reason'))) {
      revoke.mutate({ authorityId, sha256, reason, passphrase })
    }
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={say('authority.revokeTitle')}
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      <form className="stack" onSubmit={submit}>
        <p>
          <strong>{name}</strong>
        </p>
        <p>{say('authority.revokeText')}</p>
        <Select
          label={say('authority.reason')}
          allowDeselect={false}
          data={reasons.map((value) => ({ value, label: say(`revocationReasons.${value}`) }))}
          value={reason}
          onChange={(value) => value !== null && setReason(value as OwnRevocationReason)}
        />
        <PassphraseField label={say('backup.make.passphrase')} value={passphrase} onChange={setPassphrase} />
        {revoke.isError ? <ErrorNotice error={revoke.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {say('ui.cancel')}
          </Button>
          <Button type="submit" loading={revoke.isPending} disabled={passphrase === ''}>
            {say('authority.revoke')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
