/** The roots that mail is judged by. */

import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useApi } from '../../../client/api.ts'
import { useSay } from '../../../client/words.ts'
import { EmptyState } from '../../../ui/EmptyState.tsx'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { Loading } from '../../../ui/Loading.tsx'
import { Place } from '../../../ui/Place.tsx'
import { AnchorRow } from '../CertificateRows.tsx'
import { AnchorDetail } from './AnchorDetail.tsx'

export function TrustPage() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const { sha256 } = useSearch({ from: '/trust' })
  const anchors = useQuery(query.certificates.anchors.queryOptions())
  const chosen = anchors.data?.find(({ certificate }) => certificate.sha256 === sha256)
  return (
    <Place
      title={say('trust.title')}
      listLabel={say('certs.anchors')}
      detailOpen={chosen !== undefined}
      onBack={() => navigate({ to: '/trust', search: {} })}
      list={
        <>
          {anchors.isError ? <ErrorNotice error={anchors.error} /> : null}
          {anchors.isPending ? <Loading label={say('certs.loading')} /> : null}
          {anchors.data?.length === 0 ? <p className="list-empty">{say('certs.noAnchors')}</p> : null}
          {anchors.data?.map((anchor) => (
            <AnchorRow
              key={anchor.certificate.sha256}
              anchor={anchor}
              chosen={anchor === chosen}
              onChoose={() => navigate({ to: '/trust', search: { sha256: anchor.certificate.sha256 } })}
            />
          ))}
        </>
      }
      detail={
        chosen ? (
          <AnchorDetail key={sha256} anchor={chosen} />
        ) : (
          <EmptyState title={say('trust.chooseTitle')}>{say('trust.chooseText')}</EmptyState>
        )
      }
    />
  )
}
