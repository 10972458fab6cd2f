/** What a file with several certificates holds: whose first, what it is second, how long last. */

import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { CertificateView, ChainState } from '../../../shared/contract/certificates.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { ForeignText } from '../../ui/ForeignText.tsx'
import { ListRow } from '../../ui/Place.tsx'
import { ValidityTimeline } from '../../ui/ValidityTimeline.tsx'
import { useAddContactsFromFile } from '../contacts/useAddContactsFromFile.ts'
import { ChainMark } from './CertificateAnswers.tsx'
import { ChainGlyph } from './ChainGlyph.tsx'

interface CertificatesOfFileProps {
  readonly file: File
  readonly certificates: readonly { readonly certificate: CertificateView; readonly chain: ChainState }[]
}

export function CertificatesOfFile({ file, certificates }: CertificatesOfFileProps) {
  const say = useSay()
  const navigate = useNavigate()
  const add = useAddContactsFromFile()
  return (
    <>
      <header className="stack-tight">
        <h1 className="detail-title">{file.name}</h1>
        <p className="soft">{say('certs.inFile', { count: certificates.length })}</p>
        {certificates.some(({ certificate }) => certificate.emails.length > 0) ? (
          <div className="row">
            <Button loading={add.isPending} onClick={() => add.mutate({ file })}>
              {say('certs.addToContacts')}
            </Button>
          </div>
        ) : null}
        {add.isError ? <ErrorNotice error={add.error} /> : null}
      </header>
      <div className="card card-list">
        {certificates.map(({ certificate, chain }) => (
          <ListRow
            key={certificate.sha256}
            chosen={false}
            onChoose={() => navigate({ to: '/certificate', search: { sha256: certificate.sha256, in: 'file' } })}
          >
            <ChainGlyph kind={kindOf(certificate)} />
            <div className="grow">
              <p className="one-line">
                <strong>
                  <ForeignText>{certificate.name}</ForeignText>
                </strong>
              </p>
              <p className="one-line soft">{certificate.emails.join(', ') || certificate.issuerName}</p>
              <ChainMark chain={chain} />
              <ValidityTimeline notBefore={certificate.notBefore} notAfter={certificate.notAfter} compact />
            </div>
          </ListRow>
        ))}
      </div>
    </>
  )
}

function kindOf({ certificateAuthority, subject, issuer }: CertificateView) {
  if (!certificateAuthority) return 'end'
  return subject === issuer ? 'untrusted-root' : 'authority'
}
