/** One root: why it counts, and the way to end it. */

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Anchor } from '../../../../shared/contract/certificates.ts'
import { useApi } from '../../../client/api.ts'
import { useSay } from '../../../client/words.ts'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { Fingerprint } from '../../../ui/Fingerprint.tsx'
import { Notice } from '../../../ui/Notice.tsx'

export function AnchorDetail({ anchor }: { readonly anchor: Anchor }) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const [removing, setRemoving] = useState(false)
  const { name, sha256 } = anchor.certificate
  const remove = useMutation(
    query.certificates.removeAnchor.mutationOptions({
      onSuccess: () => navigate({ to: '/trust', search: {} }),
    }),
  )
  return (
    <article className="sheet">
      <header className="stack-tight">
        <h2 className="detail-title">{name}</h2>
        <p className="soft">{anchor.sandbox ? say('certs.sandboxRootHint') : anchor.note}</p>
        <div className="row row-wrap">
          {anchor.sandbox ? null : (
            <Button variant="default" onClick={() => setRemoving(true)}>
              {say('certs.removeAnchor')}
            </Button>
          )}
          <Button variant="default" onClick={() => navigate({ to: '/certificate', search: { sha256 } })}>
            {say('trust.open')}
          </Button>
        </div>
      </header>
      <Notice level="neutral" title={say('certs.anchorNotice')} />
      <Fingerprint value={sha256} />
      <ConfirmDialog
        opened={removing}
        title={say('certs.removeAnchor')}
        confirm={say('certs.removeAnchor')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate({ sha256 })}
        onClose={() => setRemoving(false)}
      >
        <p>{say('certs.removeAnchorText', { name })}</p>
        {remove.isError ? <ErrorNotice error={remove.error} /> : null}
      </ConfirmDialog>
    </article>
  )
}
