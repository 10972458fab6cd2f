/** What a person wants to know of a certificate, in this order: whose, for what, until when, who vouches, what is odd. */

import type { CertificateView, ChainState } from '../../../shared/contract/certificates.ts'
import { useSay } from '../../client/words.ts'
import { type Level, Mark } from '../../ui/Mark.tsx'
import { ValidityTimeline } from '../../ui/ValidityTimeline.tsx'
import './certificates.css'

interface CertificateAnswersProps {
  readonly view: CertificateView
  readonly chain: ChainState
}

export function chainLevel(state: ChainState['state']): Level {
  if (state === 'valid') return 'good'
  if (state === 'expired' || state === 'not-yet-valid') return 'neutral'
  return state === 'broken' || state === 'malformed' || state === 'revoked' ? 'bad' : 'caution'
}

export function CertificateAnswers({ view, chain }: CertificateAnswersProps) {
  const say = useSay()
  const uses = [
    ...(view.canSign ? [say('certs.use.sign')] : []),
    ...(view.canEncrypt ? [say('certs.use.encrypt')] : []),
    ...(view.certificateAuthority ? [say('certs.use.authority')] : []),
  ]
  const validation = view.policies.find((policy) => policy.validation)?.validation
  return (
    <section className="card stack" aria-label={say('certs.answers')}>
      <dl className="facts">
        <dt>{say('certs.whose')}</dt>
        <dd>
          {view.emails.length > 0 ? view.emails.join(', ') : view.name}
          {validation ? <p className="soft small">{say(`certs.validation.${validation}`)}</p> : null}
        </dd>
        <dt>{say('certs.forWhat')}</dt>
        <dd>{uses.length > 0 ? uses.join(', ') : say('certs.use.nothing')}</dd>
        <dt>{say('certs.until')}</dt>
        <dd>
          <ValidityTimeline notBefore={view.notBefore} notAfter={view.notAfter} />
        </dd>
        <dt>{say('certs.whoVouches')}</dt>
        <dd>
          <p>{view.issuerName}</p>
          <Mark level={chainLevel(chain.state)}>{say(`certs.chain.${chain.state}`)}</Mark>
          {chain.reasons.map((reason) => (
            <p key={`${reason.code}-${reason.link ?? ''}`} className="soft small">
              {say(`reasons.${reason.code}`, { ...reason.data, link: reason.link })}
            </p>
          ))}
        </dd>
        <dt>{say('certs.revoked')}</dt>
        <dd>{chain.state === 'revoked' ? say('certs.chain.revoked') : say('certs.revocationNotAsked')}</dd>
        <dt>{say('certs.odd')}</dt>
        <dd>
          {view.odd.length === 0 ? (
            say('certs.nothingOdd')
          ) : (
            <ul className="stack-tight">
              {view.odd.map((odd) => (
                <li key={odd.code}>
                  <Mark level="caution">{say(`odd.${odd.code}`, odd.data)}</Mark>
                </li>
              ))}
            </ul>
          )}
        </dd>
      </dl>
    </section>
  )
}
