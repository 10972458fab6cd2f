/** A certificate this profile knows: of a contact, of a chain, or a root that is trusted, with the way to end the trust. */

import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { CertificateAnswers } from './CertificateAnswers.tsx'
import { CertificateFields, Chain } from './CertificateFields.tsx'

export function KnownCertificate({ sha256 }: { readonly sha256: string }) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const [removing, setRemoving] = useState(false)
  const shown = useQuery(query.certificates.get.queryOptions({ input: { sha256 } }))
  const anchors = useQuery(query.certificates.anchors.queryOptions())
  const anchor = anchors.data?.find((one) => one.certificate.sha256 === sha256)
  const remove = useMutation(
    query.certificates.removeAnchor.mutationOptions({
      onSuccess: () => navigate({ to: '/certificates', search: {} }),
    }),
  )
  if (shown.isError) return <ErrorNotice error={shown.error} />
  if (!shown.data) return <Loading label={say('certs.loading')} />
  const { certificate, chain } = shown.data
  return (
    <article className="sheet">
      <header className="stack-tight">
        <h2 className="detail-title">{certificate.name}</h2>
        {anchor ? <p className="soft">{anchor.sandbox ? say('certs.sandboxRootHint') : anchor.note}</p> : null}
        {anchor && !anchor.sandbox ? (
          <div className="row">
            <Button variant="default" onClick={() => setRemoving(true)}>
              {say('certs.removeAnchor')}
            </Button>
          </div>
        ) : null}
      </header>
      {anchor ? <Notice level="neutral" title={say('certs.anchorNotice')} /> : null}
      <CertificateAnswers view={certificate} chain={chain} />
      <Chain chain={chain} />
      <CertificateFields view={certificate} />
      <ConfirmDialog
        opened={removing}
        title={say('certs.removeAnchor')}
        confirm={say('certs.removeAnchor')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate({ sha256 })}
        onClose={() => setRemoving(false)}
      >
        <p>{say('certs.removeAnchorText', { name: certificate.name })}</p>
        {remove.isError ? <ErrorNotice error={remove.error} /> : null}
      </ConfirmDialog>
    </article>
  )
}
