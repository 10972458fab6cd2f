/** One certificate as a page of its own: one that the profile knows, or one out of the file that is open here. */

import { useNavigate, useSearch } from '@tanstack/react-router'
import { useSay } from '../../client/words.ts'
import { BackRow } from '../../ui/BackRow.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { useHandoff } from '../handoff.tsx'
import { HeadingLevel } from './Heading.tsx'
import { KnownCertificate } from './KnownCertificate.tsx'
import { OpenedFile } from './OpenedFile.tsx'
import './certificates.css'

export function CertificatePage() {
  const say = useSay()
  const navigate = useNavigate()
  const { sha256, in: where } = useSearch({ from: '/certificate' })
  const { handed } = useHandoff()
  const known = sha256 !== undefined && where !== 'file'
  return (
    <div className="page">
      <BackRow label={say('ui.back')} onOtherwise={() => navigate({ to: '/certificates', search: {} })} />
      <HeadingLevel value={2}>
        {known ? (
          <KnownCertificate key={sha256} sha256={sha256} />
        ) : handed.certificate ? (
          <OpenedFile key={handed.certificate.id} handed={handed.certificate} sha256={sha256} />
        ) : (
          <NoFile />
        )}
      </HeadingLevel>
    </div>
  )
}

function NoFile() {
  const say = useSay()
  const { give } = useHandoff()
  return (
    <EmptyState
      page
      drawing="letter"
      title={say('certs.page.fileGoneTitle')}
      action={
        <FileButton accept=".cer,.crt,.der,.pem,.p7b,.p7c" onFiles={([file]) => file && give({ certificate: file })}>
          {say('certs.look')}
        </FileButton>
      }
    >
      {say('certs.page.fileGone')}
    </EmptyState>
  )
}
