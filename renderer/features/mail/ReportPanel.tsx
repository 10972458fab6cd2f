/** Everything known about a mail: layers as a drawing, signers and chains, headers, the way it took, findings, source. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { OpenedMail, Report } from '../../../shared/contract/report.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Findings } from './Findings.tsx'
import { Layers } from './Layers.tsx'
import { SignerCard } from './SignerCard.tsx'

export function ReportPanel({ mail }: { readonly mail: OpenedMail }) {
  const say = useSay()
  const { report } = mail
  return (
    <aside className="report" aria-label={say('report.title')}>
      <h2>{say('report.title')}</h2>
      <Findings findings={report.findings} />
      <section className="stack-tight" aria-label={say('report.layers')}>
        <h3>{say('report.layers')}</h3>
        <Layers layers={report.layers} />
      </section>
      {report.signers.length > 0 ? (
        <section className="stack-tight" aria-label={say('report.signers')}>
          <h3>{say('report.signers')}</h3>
          {report.signers.map((signer, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: one certificate may have signed twice
            <SignerCard key={index} signer={signer} />
          ))}
        </section>
      ) : null}
      <Headers report={report} />
      <Way report={report} />
      <Source mail={mail} />
    </aside>
  )
}

function Headers({ report }: { readonly report: Report }) {
  const say = useSay()
  const { shown, differences, protection } = report.headers
  return (
    <section className="stack-tight" aria-label={say('report.headers')}>
      <h3>{say('report.headers')}</h3>
      <p>{say(`report.protection.${protection}`)}</p>
      {differences.map((difference) => (
        <p key={difference.name} className="wrap-anywhere">
          {difference.confidential
            ? say('report.hiddenHeader', { name: difference.name })
            : say('report.differentHeader', {
                name: difference.name,
                inside: difference.protected ?? '–',
                outside: difference.outer ?? '–',
              })}
        </p>
      ))}
      <details className="fold">
        <summary>{say('report.allHeaders')}</summary>
        <dl className="facts">
          {shown.map((field, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a field may stand twice, in this order
            <div key={index} className="facts-row">
              <dt>{field.name}</dt>
              <dd>{field.value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  )
}

function Way({ report }: { readonly report: Report }) {
  const say = useSay()
  const { hops, spf, dkim, dmarc, arc, claimedBy } = report.transport
  const claims = Object.entries({ SPF: spf, DKIM: dkim, DMARC: dmarc, ARC: arc }).filter(([, value]) => value)
  return (
    <section className="stack-tight" aria-label={say('report.way')}>
      <h3>{say('report.way')}</h3>
      <p className="soft small">{hops.length === 0 ? say('report.noHops') : say('report.claimed')}</p>
      <ol className="stack-tight">
        {hops.map((hop, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: hops stand in their order
          <li key={index} className="wrap-anywhere">
            {say('report.hop', { from: hop.from ?? '?', by: hop.by ?? '?' })}
            <span className="soft small"> {[hop.protocol, hop.tls, hop.time].filter(Boolean).join(', ')}</span>
          </li>
        ))}
      </ol>
      {claims.length > 0 ? (
        <p>
          {say('report.claims', { by: claimedBy ?? '?', claims: claims.map(([name, value]) => `${name} ${value}`) })}
        </p>
      ) : null}
    </section>
  )
}

function Source({ mail }: { readonly mail: OpenedMail }) {
  const say = useSay()
  const { query } = useApi()
  const [open, setOpen] = useState(false)
  const source = useQuery(
    query.inspect.source.queryOptions({ input: { openedId: mail.openedId }, enabled: open, gcTime: 0 }),
  )
  return (
    <section className="stack-tight" aria-label={say('report.source')}>
      <h3>{say('report.source')}</h3>
      {open ? null : (
        <div className="row">
          <Button variant="default" size="compact-sm" onClick={() => setOpen(true)}>
            {say('report.showSource')}
          </Button>
        </div>
      )}
      {source.isError ? <ErrorNotice error={source.error} /> : null}
      {open && source.isPending ? <Loading label={say('report.readingSource')} /> : null}
      {source.data ? (
        <>
          {source.data.cut ? <p className="soft small">{say('report.sourceCut')}</p> : null}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
          <section className="source" tabIndex={0} aria-label={say('report.rawSource')}>
            <pre>{source.data.text}</pre>
          </section>
        </>
      ) : null}
    </section>
  )
}
