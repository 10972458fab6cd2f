/** One root: where the trust in it comes from, how far it goes, and what can be decided about it. */

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { TrustedRoot } from '../../../../shared/contract/trust.ts'
import { useApi } from '../../../client/api.ts'
import { useSay } from '../../../client/words.ts'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { Fingerprint } from '../../../ui/Fingerprint.tsx'
import { ForeignText } from '../../../ui/ForeignText.tsx'
import { Notice } from '../../../ui/Notice.tsx'
import { RelativeDate } from '../../../ui/RelativeDate.tsx'
import { ValidityTimeline } from '../../../ui/ValidityTimeline.tsx'
import { ScopeDialog } from './ScopeDialog.tsx'

type Asked = 'remove' | 'distrust' | 'scope'

export function RootDetail({ root }: { readonly root: TrustedRoot }) {
  const say = useSay()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<Asked>()
  const { certificate, sources } = root
  return (
    <article className="sheet">
      <header className="stack-tight">
        <h2 className="detail-title">
          <ForeignText>{certificate.name}</ForeignText>
        </h2>
        <p className="soft wrap-anywhere">
          <ForeignText>{certificate.subject}</ForeignText>
        </p>
        <Actions root={root} onAsk={setAsked} />
      </header>
      <Standing root={root} />
      <dl className="facts">
        <dt>{say('trust.from')}</dt>
        <dd>
          {sources.map((source) => (
            <p key={source}>{say(`trust.sourceText.${source}`)}</p>
          ))}
          {root.addedAt ? (
            <p className="soft">
              {say('trust.added')} <RelativeDate value={root.addedAt} />
            </p>
          ) : null}
        </dd>
        {root.note === '' ? null : (
          <>
            <dt>{say('certs.note')}</dt>
            <dd>{root.note}</dd>
          </>
        )}
        <dt>{say('trust.scope')}</dt>
        <dd>{root.domains.length > 0 ? root.domains.join(', ') : say('trust.everyDomain')}</dd>
        <dt>{say('certs.until')}</dt>
        <dd>
          <ValidityTimeline notBefore={certificate.notBefore} notAfter={certificate.notAfter} />
        </dd>
        <dt>{say('certs.field.sha256')}</dt>
        <dd>
          <Fingerprint value={certificate.sha256} />
        </dd>
      </dl>
      <div className="row">
        <Button
          variant="default"
          onClick={() => navigate({ to: '/certificate', search: { sha256: certificate.sha256 } })}
        >
          {say('trust.open')}
        </Button>
      </div>
      {asked === 'scope' ? <ScopeDialog root={root} onClose={() => setAsked(undefined)} /> : null}
      <EndDialog root={root} asked={asked} onClose={() => setAsked(undefined)} />
    </article>
  )
}

/** What the trust in it amounts to, in one sentence. */
function Standing({ root: { distrustedAt, distrustAfter } }: { readonly root: TrustedRoot }) {
  const say = useSay()
  if (distrustedAt) {
    return <Notice level="bad" title={say('trust.distrustedSince', { date: distrustedAt })} />
  }
  if (distrustAfter) {
    return (
      <Notice level="caution" title={say('trust.onlyBefore', { date: distrustAfter })}>
        {say('trust.onlyBeforeText')}
      </Notice>
    )
  }
  return <Notice level="neutral" title={say('certs.anchorNotice')} />
}

function Actions({ root, onAsk }: { readonly root: TrustedRoot; readonly onAsk: (asked: Asked) => void }) {
  const say = useSay()
  const { query } = useApi()
  const again = useMutation(query.trust.trustAgain.mutationOptions())
  const { sources, distrustedAt, certificate } = root
  if (sources.includes('sandbox')) return <p className="soft">{say('certs.sandboxRootHint')}</p>
  return (
    <>
      <div className="row row-wrap">
        {sources.includes('own') ? (
          <>
            <Button variant="default" onClick={() => onAsk('scope')}>
              {say('trust.limit')}
            </Button>
            <Button variant="default" onClick={() => onAsk('remove')}>
              {say('certs.removeAnchor')}
            </Button>
          </>
        ) : distrustedAt ? (
          <Button loading={again.isPending} onClick={() => again.mutate({ sha256: certificate.sha256 })}>
            {say('trust.again')}
          </Button>
        ) : (
          <Button variant="default" onClick={() => onAsk('distrust')}>
            {say('trust.distrust')}
          </Button>
        )}
      </div>
      {again.isError ? <ErrorNotice error={again.error} /> : null}
    </>
  )
}

interface EndDialogProps {
  readonly root: TrustedRoot
  readonly asked: Asked | undefined
  readonly onClose: () => void
}

/** Ends the trust: a root of one's own is taken off the list, one of a list stays there and counts for nothing. */
function EndDialog({ root, asked, onClose }: EndDialogProps) {
  const say = useSay()
  const { client } = useApi()
  const { name, sha256 } = root.certificate
  const own = asked === 'remove'
  const end = useMutation({
    mutationFn: () => (own ? client.certificates.removeAnchor({ sha256 }) : client.trust.distrust({ sha256 })),
    onSuccess: onClose,
  })
  const word = own ? say('certs.removeAnchor') : say('trust.distrust')
  return (
    <ConfirmDialog
      opened={asked === 'remove' || asked === 'distrust'}
      title={word}
      confirm={word}
      busy={end.isPending}
      onConfirm={() => end.mutate()}
      onClose={onClose}
    >
      <p>{own ? say('certs.removeAnchorText', { name }) : say('trust.distrustText', { name })}</p>
      {end.isError ? <ErrorNotice error={end.error} /> : null}
    </ConfirmDialog>
  )
}
