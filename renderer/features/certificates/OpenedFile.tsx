/** The certificates of a file that somebody wants to see: a list where it holds several, and each as its page. */

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
import { Notice } from '../../ui/Notice.tsx'
import { useAddContactsFromFile } from '../contacts/useAddContactsFromFile.ts'
import { type HandedFile, useHandoff } from '../handoff.tsx'
import { CertificateActions } from './CertificateActions.tsx'
import { CertificateSheet } from './CertificateSheet.tsx'
import { CertificatesOfFile } from './CertificatesOfFile.tsx'
import { CertificateTitle } from './CertificateTitle.tsx'
import { AddAnchorDialog } from './trust/AddAnchorDialog.tsx'

interface OpenedFileProps {
  readonly handed: HandedFile
  /** The one of its certificates to show; without it the list, or the only one. */
  readonly sha256: string | undefined
}

export function OpenedFile({ handed: { id, file }, sha256 }: OpenedFileProps) {
  const say = useSay()
  const { client, query } = useApi()
  const shown = useQuery({
    // Among the certificates' answers: a root that is trusted meanwhile changes this one, too.
    queryKey: [...query.certificates.show.key(), 'opened-file', id],
    queryFn: async () => client.certificates.show({ source: await sourceOf(client, file) }),
    gcTime: 0,
  })
  if (shown.isError) return <Unread file={file} error={shown.error} />
  if (!shown.data) return <Loading label={say('certs.loading')} />
  const { certificates } = shown.data
  const one = certificates.length === 1 ? certificates[0] : undefined
  const wanted = sha256 === undefined ? one : certificates.find(({ certificate }) => certificate.sha256 === sha256)
  if (wanted) return <OneOfFile file={file} several={certificates.length > 1} {...wanted} />
  return (
    <article className="sheet sheet-middle sheet-wide">
      {sha256 === undefined ? null : <Notice level="neutral" title={say('certs.page.notInFile')} />}
      <CertificatesOfFile file={file} certificates={certificates} />
    </article>
  )
}

/** A private key in it is the import's business: the look kept nothing of it. */
function Unread({ file, error }: { readonly file: File; readonly error: unknown }) {
  const say = useSay()
  const navigate = useNavigate()
  const { give } = useHandoff()
  const isKey = failureOf(error).code === 'contains-private-key'
  const takeIn = () => {
    give({ keyFile: file })
    navigate({ to: '/import' })
  }
  return (
    <article className="sheet sheet-middle sheet-wide">
      <h1 className="detail-title">{file.name}</h1>
      <ErrorNotice
        error={error}
        action={
          isKey ? (
            <Button size="compact-sm" onClick={takeIn}>
              {say('certs.import')}
            </Button>
          ) : undefined
        }
      />
      {isKey ? <p className="soft">{say('certs.page.keyInside')}</p> : null}
    </article>
  )
}

interface OneOfFileProps {
  readonly file: File
  readonly several: boolean
  readonly certificate: CertificateView
  readonly chain: ChainState
}

function OneOfFile({ file, several, certificate, chain }: OneOfFileProps) {
  const say = useSay()
  const navigate = useNavigate()
  const add = useAddContactsFromFile()
  const [trusting, setTrusting] = useState(false)
  const isRoot = certificate.certificateAuthority && certificate.subject === certificate.issuer
  return (
    <article className="sheet sheet-middle sheet-wide">
      <header className="stack-tight">
        <CertificateTitle view={certificate} />
        <p className="soft wrap-anywhere">{say('certs.page.fromFile', { name: file.name })}</p>
        <div className="row row-wrap">
          {isRoot && !chain.chain[0]?.anchor ? (
            <Button onClick={() => setTrusting(true)}>{say('certs.trust')}</Button>
          ) : null}
          {certificate.emails.length > 0 ? (
            <Button loading={add.isPending} onClick={() => add.mutate({ file })}>
              {say('certs.addToContacts')}
            </Button>
          ) : null}
          <CertificateActions certificate={certificate} file={file} />
          {several ? (
            <Button variant="subtle" onClick={() => navigate({ to: '/certificate', search: { in: 'file' } })}>
              {say('certs.page.allOfFile')}
            </Button>
          ) : null}
        </div>
        {add.isError ? <ErrorNotice error={add.error} /> : null}
      </header>
      <CertificateSheet
        view={certificate}
        chain={chain}
        onOpen={(sha256) => navigate({ to: '/certificate', search: { sha256, in: 'file' } })}
      />
      {trusting ? <AddAnchorDialog file={file} view={certificate} onClose={() => setTrusting(false)} /> : null}
    </article>
  )
}
