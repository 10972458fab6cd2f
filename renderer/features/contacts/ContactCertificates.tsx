/** A contact's certificates: time, evidence, and which one writing uses, with the reason. */

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { ContactCertificate } from '../../../shared/contract/contacts.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { type Level, Mark } from '../../ui/Mark.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { RelativeDate } from '../../ui/RelativeDate.tsx'
import { ValidityTimeline } from '../../ui/ValidityTimeline.tsx'
import { latestChange } from './latestChange.ts'

const levelOf: Readonly<Record<ContactCertificate['state'], Level>> = {
  valid: 'good',
  expired: 'neutral',
  'not-yet-valid': 'neutral',
  'unknown-issuer': 'caution',
  'wrong-purpose': 'caution',
  revoked: 'bad',
  other: 'caution',
}

interface CardProps {
  readonly contactId: string
  readonly entry: ContactCertificate
}

export function ContactCertificateCard({ contactId, entry }: CardProps) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const [removing, setRemoving] = useState(false)
  const remove = useMutation(query.contacts.removeCertificate.mutationOptions())
  const { certificate, evidence, state, used, canEncrypt, keyAlgorithm } = entry
  return (
    <div className="card stack-tight">
      <div className="row row-apart row-wrap">
        <strong className="wrap-anywhere">{certificate.emails.join(', ') || certificate.name}</strong>
        <Mark level={levelOf[state]}>{say(`contacts.state.${state}`)}</Mark>
      </div>
      <ValidityTimeline
        notBefore={certificate.notBefore}
        notAfter={certificate.notAfter}
        revoked={state === 'revoked'}
      />
      <p className="soft small">{say('contacts.facts', { key: keyAlgorithm, issuer: certificate.issuerName })}</p>
      <ul className="small">
        {evidence.map((one) => (
          <li key={`${one.kind}${one.date}${one.from ?? ''}`}>
            {say(`contacts.evidence.${one.kind}`, { from: one.from ?? '', date: one.date })}
          </li>
        ))}
      </ul>
      <p className="small">
        {used
          ? say('contacts.used')
          : canEncrypt
            ? say('contacts.notUsed', { reason: say(`contacts.whyNot.${state}`) })
            : say('contacts.onlySigns')}
      </p>
      <Fingerprint value={certificate.sha256} />
      <div className="row">
        <Button
          variant="default"
          size="compact-sm"
          onClick={() => navigate({ to: '/certificate', search: { sha256: certificate.sha256 } })}
        >
          {say('contacts.showCertificate')}
        </Button>
        <Button variant="subtle" size="compact-sm" onClick={() => setRemoving(true)}>
          {say('contacts.removeCertificate')}
        </Button>
      </div>
      <ConfirmDialog
        opened={removing}
        title={say('contacts.removeTitle')}
        confirm={say('contacts.removeCertificate')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate({ id: contactId, sha256: certificate.sha256 })}
        onClose={() => setRemoving(false)}
      >
        <p>{say('contacts.removeText')}</p>
        {remove.isError ? <ErrorNotice error={remove.error} /> : null}
      </ConfirmDialog>
    </div>
  )
}

/** A newer certificate than the one known before: usually a renewal, rarely an impostor, so both are shown. */
export function ChangedCertificate({ certificates }: { readonly certificates: readonly ContactCertificate[] }) {
  const say = useSay()
  const change = latestChange(certificates, new Date())
  if (!change) return null
  return (
    <Notice level="caution" title={say('contacts.changed.title')}>
      <p>{say('contacts.changed.text')}</p>
      <dl className="facts">
        <dt>{say('contacts.changed.old')}</dt>
        <dd>
          {change.before.certificate.issuerName} · <RelativeDate value={change.before.firstSeen} />
          <Fingerprint value={change.before.certificate.sha256} />
        </dd>
        <dt>{say('contacts.changed.new')}</dt>
        <dd>
          {change.after.certificate.issuerName} · <RelativeDate value={change.after.firstSeen} />
          <Fingerprint value={change.after.certificate.sha256} />
        </dd>
      </dl>
    </Notice>
  )
}
