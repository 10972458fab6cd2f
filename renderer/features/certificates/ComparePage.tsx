/** Two certificates side by side: what they are to each other, what differs, and then what is the same. */

import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { CertificateComparison } from '../../../shared/contract/certificateComparison.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { BackRow } from '../../ui/BackRow.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import type { Level } from '../../ui/Mark.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useHandoff } from '../handoff.tsx'
import { ComparisonTable } from './ComparisonTable.tsx'
import { type MeantCertificate, referenceOf } from './certificateReference.ts'
import './comparison.css'

export function ComparePage() {
  const say = useSay()
  const navigate = useNavigate()
  const { left, leftIn, right, rightIn } = useSearch({ from: '/compare' })
  const { handed } = useHandoff()
  const files = {
    left: leftIn === 'file' ? handed.certificate : undefined,
    right: rightIn === 'file' ? handed.comparedCertificate : undefined,
  }
  const gone =
    (leftIn === 'file' && !files.left) ||
    (rightIn === 'file' && !files.right) ||
    left === undefined ||
    (right === undefined && !files.right)
  return (
    <div className="page">
      <BackRow label={say('ui.back')} onOtherwise={() => navigate({ to: '/certificates', search: {} })} />
      <article className="sheet sheet-middle sheet-wide">
        <h1 className="detail-title">{say('compare.title')}</h1>
        {gone ? (
          <Notice level="neutral" title={say('compare.gone')}>
            {say('compare.goneText')}
          </Notice>
        ) : (
          <Compared
            id={[left, files.left?.id, right, files.right?.id]}
            left={{ sha256: left, file: files.left?.file }}
            right={{ sha256: right, file: files.right?.file }}
          />
        )}
      </article>
    </div>
  )
}

/** What a relation deserves: only a change that an impostor would make, too, is a warning. */
const levels: Readonly<Record<CertificateComparison['relation'], Level>> = {
  identical: 'neutral',
  pair: 'neutral',
  'renewal-same-key': 'good',
  'renewal-new-key': 'good',
  'same-key-other-issuer': 'neutral',
  'new-key-and-issuer': 'caution',
  unrelated: 'neutral',
}

interface ComparedProps {
  readonly id: readonly unknown[]
  readonly left: MeantCertificate
  readonly right: MeantCertificate
}

function Compared({ id, left, right }: ComparedProps) {
  const say = useSay()
  const { client, query } = useApi()
  const compared = useQuery({
    queryKey: [...query.certificates.compare.key(), ...id],
    queryFn: async () => {
      const [first, second] = await Promise.all([referenceOf(client, left), referenceOf(client, right)])
      return client.certificates.compare({ left: first, right: second })
    },
    gcTime: 0,
  })
  if (compared.isError) return <ErrorNotice error={compared.error} />
  if (!compared.data) return <Loading label={say('compare.loading')} />
  const { comparison } = compared.data
  return (
    <>
      <Notice level={levels[comparison.relation]} title={say(`compare.relation.${comparison.relation}.title`)}>
        {say(`compare.relation.${comparison.relation}.text`)}
      </Notice>
      <ComparisonTable {...compared.data} />
    </>
  )
}
