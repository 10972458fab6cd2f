/** Every field of a certificate, and its chain, for whoever looks for them. */

import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { CertificateView, ChainState } from '../../../shared/contract/certificates.ts'
import { saveText } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { Mark } from '../../ui/Mark.tsx'

export function Chain({ chain }: { readonly chain: ChainState }) {
  const say = useSay()
  return (
    <section className="stack-tight" aria-label={say('certs.chainTitle')}>
      <h2>{say('certs.chainTitle')}</h2>
      <ol className="chain">
        {chain.chain.map((link) => (
          <li key={link.sha256} data-anchor={link.anchor}>
            <p>
              <strong>{link.name}</strong>
            </p>
            {link.anchor ? (
              <Mark level="good">{say('certs.trustedRoot')}</Mark>
            ) : (
              <p className="soft small">{say('certs.issuedBy', { issuer: link.issuerName })}</p>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

export function CertificateFields({ view }: { readonly view: CertificateView }) {
  const say = useSay()
  return (
    <details className="fold card">
      <summary>{say('certs.allFields')}</summary>
      <dl className="facts">
        <Field name="subject">
          {view.subjectParts.map((part) => (
            <p key={`${part.oid}${part.value}`}>
              {part.label}: {part.value}
            </p>
          ))}
        </Field>
        <Field name="emails">{view.emails.join(', ')}</Field>
        <Field name="issuer">
          {view.issuerParts.map((part) => (
            <p key={`${part.oid}${part.value}`}>
              {part.label}: {part.value}
            </p>
          ))}
        </Field>
        <Field name="serial">
          <Fingerprint value={view.serial} label={say('certs.field.serial')} />
        </Field>
        <Field name="sha256">
          <Fingerprint value={view.sha256} />
        </Field>
        <Field name="sha1">
          <Fingerprint value={view.sha1} label="SHA-1" />
        </Field>
        <Field name="key">
          {[view.key.algorithm, view.key.curve, view.key.bits ? say('certs.bits', { count: view.key.bits }) : undefined]
            .filter((part) => part !== undefined)
            .join(', ')}
        </Field>
        <Field name="keyIdentifier">
          <Fingerprint value={view.key.keyIdentifier} label={say('certs.field.keyIdentifier')} />
        </Field>
        <Field name="signatureAlgorithm">{view.signatureAlgorithm}</Field>
        <Field name="keyUsage">{view.keyUsage.join(', ') || say('certs.notStated')}</Field>
        <Field name="extendedKeyUsage">
          {view.extendedKeyUsage.map(({ name, oid }) => `${name} (${oid})`).join(', ') || say('certs.notStated')}
        </Field>
        <Field name="authority">
          {view.certificateAuthority ? say('certs.isAuthority') : say('certs.noAuthority')}
          {view.pathLength === undefined ? null : ` (${say('certs.pathLength', { count: view.pathLength })})`}
        </Field>
        <Field name="policies">
          {view.policies.map((policy) => (
            <p key={policy.oid}>{policy.name ? `${policy.name} (${policy.oid})` : policy.oid}</p>
          ))}
        </Field>
        <Field name="crl">{view.crlUrls.join(', ') || say('certs.notStated')}</Field>
        <Field name="ocsp">{view.ocspUrls.join(', ') || say('certs.notStated')}</Field>
        <Field name="issuerUrls">{view.issuerUrls.join(', ') || say('certs.notStated')}</Field>
        <Field name="version">{view.version}</Field>
        <Field name="extensions">
          {view.extensions.map((extension) => (
            <details key={extension.oid}>
              <summary>
                {extension.name} {extension.critical ? `(${say('certs.critical')})` : ''}
              </summary>
              <p className="hex">
                {extension.oid}: {extension.hex}
              </p>
            </details>
          ))}
        </Field>
      </dl>
      <Button variant="default" size="compact-sm" mt="md" onClick={() => saveText(view.pem, `${view.name}.pem`)}>
        {say('certs.savePem')}
      </Button>
    </details>
  )
}

function Field({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const say = useSay()
  return (
    <>
      <dt>{say(`certs.field.${name}`)}</dt>
      <dd>{children}</dd>
    </>
  )
}
