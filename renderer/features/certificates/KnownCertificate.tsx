/** A certificate that this profile knows: of a contact, of a chain, or a root that is trusted. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { CertificateActions } from './CertificateActions.tsx'
import { CertificateSheet } from './CertificateSheet.tsx'
import { CertificateTitle } from './CertificateTitle.tsx'

export function KnownCertificate({ sha256 }: { readonly sha256: string }) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const shown = useQuery(query.certificates.get.queryOptions({ input: { sha256 } }))
  if (shown.isError) return <ErrorNotice error={shown.error} />
  if (!shown.data) return <Loading label={say('certs.loading')} />
  const { certificate, chain } = shown.data
  return (
    <article className="sheet sheet-middle sheet-wide">
      <header className="stack-tight">
        <CertificateTitle view={certificate} />
        <div className="row row-wrap">
          {chain.chain[0]?.anchor ? (
            <Button variant="default" onClick={() => navigate({ to: '/trust', search: { sha256 } })}>
              {say('trust.decide')}
            </Button>
          ) : null}
          <CertificateActions certificate={certificate} />
        </div>
      </header>
      <CertificateSheet
        view={certificate}
        chain={chain}
        onOpen={(other) => navigate({ to: '/certificate', search: { sha256: other } })}
      />
    </article>
  )
}
