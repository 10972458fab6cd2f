/** What a key file holds, before and after it is taken. */

import type { CertificateSummary } from '../../../shared/contract/certificates.ts'
import type { Identity, ImportPreview } from '../../../shared/contract/identities.ts'
import { shownAddresses } from '../../../shared/shownAddress.ts'
import { useSay } from '../../client/words.ts'
import { useHeadingFocus } from '../../ui/headingFocus.ts'
import { Mark } from '../../ui/Mark.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { ValidityTimeline } from '../../ui/ValidityTimeline.tsx'
import { OddBeforeUse } from '../certificates/Oddities.tsx'
import { Afterwards } from './Afterwards.tsx'
import { whatTheyDo } from './whatTheyDo.ts'

export function ImportPreviewList({ preview }: { readonly preview: ImportPreview }) {
  const say = useSay()
  const heading = useHeadingFocus()
  return (
    <section className="stack" aria-label={say('import.inside')}>
      <h2 ref={heading} tabIndex={-1}>
        {say('import.inside')}
      </h2>
      {preview.identities.map(({ certificate, keyAlgorithm, known, odd }) => (
        <div key={certificate.sha256} className="card stack-tight">
          <div className="row row-apart">
            <Who certificate={certificate} />
            {known ? (
              <Mark level="neutral">{say('import.known')}</Mark>
            ) : (
              <Mark level="good">{say('import.pair')}</Mark>
            )}
          </div>
          <p className="soft small">{say('import.facts', { key: keyAlgorithm, issuer: certificate.issuerName })}</p>
          <ValidityTimeline notBefore={certificate.notBefore} notAfter={certificate.notAfter} />
          <OddBeforeUse odd={odd} />
        </div>
      ))}
      {preview.others.length > 0 ? (
        <p className="soft">{say('import.others', { count: preview.others.length })}</p>
      ) : null}
      {preview.keysWithoutCertificate > 0 ? (
        <Notice level="caution" title={say('import.lonelyKeys', { count: preview.keysWithoutCertificate })} />
      ) : null}
    </section>
  )
}

interface ImportDoneProps {
  readonly imported: readonly Identity[]
  readonly known: readonly Identity[]
  /** More was taken in below or above since then: what can be done now stands there, once. */
  readonly isFollowed?: boolean
}

export function ImportDone({ imported, known, isFollowed = false }: ImportDoneProps) {
  const say = useSay()
  const taken = imported.length > 0 ? imported : known
  return (
    <>
      <Notice
        level="good"
        title={imported.length > 0 ? say('import.done', { count: imported.length }) : say('import.nothingNew')}
        urgent
      >
        {say(`import.now.${whatTheyDo(taken)}`)}
      </Notice>
      {isFollowed ? null : <Afterwards taken={taken} />}
    </>
  )
}

function Who({ certificate }: { readonly certificate: CertificateSummary }) {
  return (
    <div className="grow">
      <p>
        <strong>{certificate.name}</strong>
      </p>
      <p className="soft small wrap-anywhere">{shownAddresses(certificate.emails)}</p>
    </div>
  )
}
