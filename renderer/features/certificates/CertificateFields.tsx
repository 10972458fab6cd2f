/** Every field of a certificate, for whoever looks for them: the usual words, with the names of the standard beside them. */

import type { ReactNode } from 'react'
import type { CertificateView } from '../../../shared/contract/certificates.ts'
import { dateText } from '../../../shared/words/words.ts'
import { useLanguage, useSay } from '../../client/words.ts'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { ForeignText } from '../../ui/ForeignText.tsx'
import { CertificateExtensions } from './CertificateExtensions.tsx'
import { certificateWord } from './certificateWords.ts'
import { Heading } from './Heading.tsx'

export function CertificateFields({ view }: { readonly view: CertificateView }) {
  const say = useSay()
  const language = useLanguage()
  const moment = (instant: string) => dateText(language, new Date(instant), 'moment')
  return (
    <details className="fold card">
      <summary>{say('certs.allFields')}</summary>
      <div className="stack certificate-fields">
        <Group name="holder">
          <NameParts parts={view.subjectParts} />
        </Group>
        <Group name="issuer">
          <NameParts parts={view.issuerParts} />
        </Group>
        <Group name="validity">
          <Field name="version">{view.version}</Field>
          <Field name="serial">
            <Fingerprint value={view.serial} label={say('certs.field.serial')} />
          </Field>
          <Field name="notBefore">{moment(view.notBefore)}</Field>
          <Field name="notAfter">{moment(view.notAfter)}</Field>
        </Group>
        <Group name="key">
          <Field name="key">{view.key.algorithm}</Field>
          {view.key.bits === undefined ? null : (
            <Field name="bits">{say('certs.bits', { count: view.key.bits })}</Field>
          )}
          {view.key.curve === undefined ? null : <Field name="curve">{view.key.curve}</Field>}
          <Field name="keyIdentifier">
            <Fingerprint value={view.key.keyIdentifier} label={say('certs.field.keyIdentifier')} />
          </Field>
          <Field name="signatureAlgorithm">{view.signatureAlgorithm}</Field>
        </Group>
        <Group name="fingerprints">
          <Field name="sha256">
            <Fingerprint value={view.sha256} />
          </Field>
          <Field name="sha1">
            <Fingerprint value={view.sha1} label="SHA-1" />
          </Field>
        </Group>
        <CertificateExtensions view={view} />
      </div>
    </details>
  )
}

function NameParts({ parts }: { readonly parts: CertificateView['subjectParts'] }) {
  const say = useSay()
  // A name may say the same twice.
  return parts.map(({ oid, label, value }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts never move, and two may be equal
    <div key={`${oid} ${index}`} className="facts-row">
      <dt>{certificateWord(say, 'part', label)}</dt>
      <dd>
        <ForeignText>{value}</ForeignText>
      </dd>
    </div>
  ))
}

type GroupName = 'holder' | 'issuer' | 'validity' | 'key' | 'fingerprints'

function Group({ name, children }: { readonly name: GroupName; readonly children: ReactNode }) {
  const say = useSay()
  return (
    <section className="stack-tight">
      <Heading inner>{say(`certs.fieldGroup.${name}`)}</Heading>
      <dl className="facts">{children}</dl>
    </section>
  )
}

function Field({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const say = useSay()
  return (
    <div className="facts-row">
      <dt>{say(`certs.field.${name}`)}</dt>
      <dd>{children}</dd>
    </div>
  )
}
