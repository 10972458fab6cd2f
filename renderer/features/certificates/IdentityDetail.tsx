/** One of your own certificates: what it is for, how it is kept, and what can be done with it. */

import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { RelativeDate } from '../../ui/RelativeDate.tsx'
import { BackupStatus } from '../backup/BackupStatus.tsx'
import { CertificateActions } from './CertificateActions.tsx'
import { CertificateSheet } from './CertificateSheet.tsx'
import { ExportDialog } from './ExportDialog.tsx'
import { RenewalCard } from './RenewalCard.tsx'
import { RevokeDialog, RevokedNotice } from './RevokeDialog.tsx'

export function IdentityDetail({ id }: { readonly id: string }) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const [exporting, setExporting] = useState(false)
  const [revoking, setRevoking] = useState(false)
  const identity = useQuery(query.identities.get.queryOptions({ input: { id } }))
  const backup = useQuery(query.backup.state.queryOptions())
  const revocation = useQuery(query.renewal.revocation.queryOptions({ input: { identityId: id } }))
  const revoked = revocation.data?.revokedAt !== undefined
  const retire = useMutation(query.identities.retire.mutationOptions())
  const prefer = useMutation(query.identities.prefer.mutationOptions())
  if (identity.isError) return <ErrorNotice error={identity.error} />
  if (!identity.data) return <Loading label={say('certs.loading')} />
  const { certificate, view, chain, retired, preferred, keyAlgorithm, source, state, createdAt, addresses } =
    identity.data
  return (
    <article className="sheet">
      <header className="stack-tight">
        <h2 className="detail-title">{certificate.name}</h2>
        <p className="soft">
          {say(`certs.source.${source}`)} <RelativeDate value={createdAt} /> · {keyAlgorithm}
        </p>
        <div className="row row-wrap">
          <Button onClick={() => setExporting(true)}>{say('certs.saveFor')}</Button>
          {preferred || retired ? null : (
            <Button variant="default" loading={prefer.isPending} onClick={() => prefer.mutate({ id })}>
              {say('certs.prefer')}
            </Button>
          )}
          {revoked || (retired && state === 'revoked') ? null : (
            <Button
              variant="default"
              loading={retire.isPending}
              onClick={() => retire.mutate({ id, retired: !retired })}
            >
              {retired ? say('certs.unretire') : say('certs.retire')}
            </Button>
          )}
          <CertificateActions certificate={certificate} />
          {revoked ? null : (
            <Button variant="subtle" onClick={() => setRevoking(true)}>
              {say('revoke.open')}
            </Button>
          )}
        </div>
      </header>
      {retire.isError ? <ErrorNotice error={retire.error} /> : null}
      {prefer.isError ? <ErrorNotice error={prefer.error} /> : null}
      {revocation.data ? <RevokedNotice way={revocation.data} /> : null}
      {identity.data.keyCompromised && !revoked ? (
        <Notice level="bad" title={say('certs.keyCompromised.title')}>
          {say('certs.keyCompromised.text')}
        </Notice>
      ) : null}
      {retired && !revoked ? <Notice level="neutral" title={say('certs.retiredNotice')} /> : null}
      {retired ? null : <RenewalCard identityId={id} address={addresses.join(', ') || certificate.name} />}
      {backup.data && backup.data.need !== 'nothing' ? (
        <BackupStatus
          state={backup.data}
          action={
            <Button variant="default" onClick={() => navigate({ to: '/backup' })}>
              {say(`home.need.backup-${backup.data.need}.action`)}
            </Button>
          }
        />
      ) : null}
      <CertificateSheet
        view={view}
        chain={chain}
        onOpen={(sha256) => navigate({ to: '/certificate', search: { sha256 } })}
      />
      {revoking ? (
        <RevokeDialog
          identityId={id}
          address={addresses.join(', ') || certificate.name}
          serial={certificate.serial}
          onClose={() => setRevoking(false)}
        />
      ) : null}
      {exporting ? <ExportDialog identity={identity.data} onClose={() => setExporting(false)} /> : null}
    </article>
  )
}
