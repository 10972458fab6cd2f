/** The certificates of a file somebody wants to see: shown as this profile sees them, with the ways to keep one. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { CertificateView, ChainState } from '../../../shared/contract/certificates.ts'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'
import { sourceOf } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { useAddContactsFromFile } from '../contacts/useAddContactsFromFile.ts'
import { useHandoff } from '../handoff.tsx'
import { AddAnchorDialog } from './AddAnchorDialog.tsx'
import { CertificateAnswers } from './CertificateAnswers.tsx'
import { CertificateFields, Chain } from './CertificateFields.tsx'

export function LookedAtFile({ file }: { readonly file: File }) {
  const say = useSay()
  const navigate = useNavigate()
  const { give } = useHandoff()
  const { client } = useApi()
  const [trusting, setTrusting] = useState<CertificateView>()
  const add = useAddContactsFromFile()
  const shown = useQuery({
    queryKey: ['looked-at', file.name, file.size, file.lastModified],
    queryFn: async () => client.certificates.show({ source: await sourceOf(client, file) }),
    gcTime: 0,
  })
  if (shown.isError) {
    // The look showed a private key: the import is where it belongs.
    const isKey = failureOf(shown.error).code === 'contains-private-key'
    const takeIn = () => {
      give({ keyFile: file })
      navigate({ to: '/import' })
    }
    return (
      <ErrorNotice
        error={shown.error}
        action={
          isKey ? (
            <Button size="compact-sm" onClick={takeIn}>
              {say('certs.import')}
            </Button>
          ) : undefined
        }
      />
    )
  }
  if (!shown.data) return <Loading label={say('certs.loading')} />
  return (
    <article className="sheet">
      <header className="stack-tight">
        <p className="soft wrap-anywhere">{file.name}</p>
        <p>{say('certs.inFile', { count: shown.data.certificates.length })}</p>
        {shown.data.certificates.some(({ certificate }) => certificate.emails.length > 0) ? (
          <div className="row">
            <Button loading={add.isPending} onClick={() => add.mutate({ file })}>
              {say('certs.addToContacts')}
            </Button>
          </div>
        ) : null}
        {add.isError ? <ErrorNotice error={add.error} /> : null}
      </header>
      {shown.data.certificates.map(({ certificate, chain }) => (
        <Shown key={certificate.sha256} view={certificate} chain={chain} onTrust={() => setTrusting(certificate)} />
      ))}
      {trusting ? <AddAnchorDialog file={file} view={trusting} onClose={() => setTrusting(undefined)} /> : null}
    </article>
  )
}

interface ShownProps {
  readonly view: CertificateView
  readonly chain: ChainState
  readonly onTrust: () => void
}

function Shown({ view, chain, onTrust }: ShownProps) {
  const say = useSay()
  return (
    <section className="stack" aria-label={view.name}>
      <div className="row row-apart row-wrap">
        <h2 className="detail-title">{view.name}</h2>
        {view.certificateAuthority && view.subject === view.issuer ? (
          <Button variant="default" onClick={onTrust}>
            {say('certs.trust')}
          </Button>
        ) : null}
      </div>
      <CertificateAnswers view={view} chain={chain} />
      <Chain chain={chain} />
      <CertificateFields view={view} />
    </section>
  )
}
