/** Your identities, the roots you trust, and a look at any certificate file that is dropped here. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Place } from '../../ui/Place.tsx'
import { useHandoff } from '../handoff.tsx'
import { AnchorRow, IdentityRow } from './CertificateRows.tsx'
import { IdentityDetail } from './IdentityDetail.tsx'
import { KnownCertificate } from './KnownCertificate.tsx'
import { LookedAtFile } from './LookedAtFile.tsx'

export function CertificatesPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const { identity: identityId, sha256 } = useSearch({ from: '/certificates' })
  const { handed, drop } = useHandoff()
  const [file, setFile] = useState(handed.certificate?.file)
  const identities = useQuery(query.identities.list.queryOptions())
  const anchors = useQuery(query.certificates.anchors.queryOptions())
  useEffect(() => {
    if (!handed.certificate) return
    setFile(handed.certificate.file)
    drop('certificate')
  }, [handed.certificate, drop])
  const show = (search: { identity?: string; sha256?: string }) => {
    setFile(undefined)
    navigate({ to: '/certificates', search })
  }
  const shownFile = identityId === undefined && sha256 === undefined ? file : undefined
  return (
    <Place
      title={say('certs.title')}
      listLabel={say('certs.list')}
      actions={
        <Button size="compact-sm" onClick={() => navigate({ to: '/enrol', search: {} })}>
          {say('certs.get')}
        </Button>
      }
      tools={
        <div className="row row-wrap">
          <Button variant="default" size="compact-sm" onClick={() => navigate({ to: '/import' })}>
            {say('certs.import')}
          </Button>
        </div>
      }
      detailOpen={identityId !== undefined || sha256 !== undefined || shownFile !== undefined}
      onBack={() => show({})}
      list={
        <>
          <h2 className="list-heading">{say('certs.mine')}</h2>
          {identities.isError ? <ErrorNotice error={identities.error} /> : null}
          {identities.isPending ? <Loading label={say('certs.loading')} /> : null}
          {identities.data?.length === 0 ? <p className="list-empty">{say('certs.noneMine')}</p> : null}
          {identities.data?.map((identity) => (
            <IdentityRow
              key={identity.id}
              identity={identity}
              chosen={identity.id === identityId}
              onChoose={() => show({ identity: identity.id })}
            />
          ))}
          <Unfinished />
          <h2 className="list-heading">{say('certs.anchors')}</h2>
          {anchors.isError ? <ErrorNotice error={anchors.error} /> : null}
          {anchors.data?.length === 0 ? <p className="list-empty">{say('certs.noAnchors')}</p> : null}
          {anchors.data?.map((anchor) => (
            <AnchorRow
              key={anchor.certificate.sha256}
              anchor={anchor}
              chosen={anchor.certificate.sha256 === sha256}
              onChoose={() => show({ sha256: anchor.certificate.sha256 })}
            />
          ))}
        </>
      }
      detail={
        identityId !== undefined ? (
          <IdentityDetail key={identityId} id={identityId} />
        ) : sha256 !== undefined ? (
          <KnownCertificate key={sha256} sha256={sha256} />
        ) : shownFile ? (
          <LookedAtFile file={shownFile} />
        ) : (
          <Nothing onFile={setFile} none={identities.data?.length === 0} />
        )
      }
    />
  )
}

function Unfinished() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const enrolments = useQuery(query.enrolment.list.queryOptions())
  const open = enrolments.data?.filter(({ state }) => state === 'running' || state === 'paused' || state === 'failed')
  return open?.map((enrolment) => (
    <div key={enrolment.id} className="list-row list-row-still">
      <div className="grow">
        <p className="one-line">{enrolment.address}</p>
        <p className="soft small">{say(`certs.enrolment.${enrolment.state}`)}</p>
      </div>
      <Button
        variant="default"
        size="compact-sm"
        onClick={() => navigate({ to: '/enrol', search: { id: enrolment.id } })}
      >
        {say('certs.goOn')}
      </Button>
    </div>
  ))
}

function Nothing({ onFile, none }: { readonly onFile: (file: File) => void; readonly none: boolean }) {
  const say = useSay()
  const navigate = useNavigate()
  return (
    <EmptyState
      drawing={none ? 'postcard' : 'sealed-letter'}
      title={none ? say('certs.emptyTitle') : say('certs.chooseTitle')}
      action={
        <div className="row row-wrap">
          {none ? (
            <Button onClick={() => navigate({ to: '/enrol', search: {} })}>{say('certs.getFirst')}</Button>
          ) : null}
          <FileButton
            variant="default"
            accept=".cer,.crt,.der,.pem,.p7b,.p7c"
            onFiles={([file]) => file && onFile(file)}
          >
            {say('certs.look')}
          </FileButton>
        </div>
      }
    >
      {none ? say('certs.emptyText') : say('certs.chooseText')}
    </EmptyState>
  )
}
