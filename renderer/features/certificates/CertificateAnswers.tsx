/**
 * What a person wants to know of a certificate, in this order: whose, for what, until when, who vouches, is it revoked,
 * what is odd. Each question is a heading; details stand elsewhere.
 */

import { IconCheck, IconMinus } from '@tabler/icons-react'
import { type ReactNode, useId } from 'react'
import { type CertificateView, type ChainState, clockReasons } from '../../../shared/contract/certificates.ts'
import { useSay } from '../../client/words.ts'
import { type Level, Mark } from '../../ui/Mark.tsx'
import { ValidityTimeline } from '../../ui/ValidityTimeline.tsx'
import { Heading } from './Heading.tsx'
import { Holder } from './Holder.tsx'
import { Oddities } from './Oddities.tsx'
import { RevocationAnswer } from './RevocationAnswer.tsx'
import './certificates.css'

interface CertificateAnswersProps {
  readonly view: CertificateView
  readonly chain: ChainState
}

function chainLevel(state: ChainState['state']): Level {
  if (state === 'valid') return 'good'
  if (state === 'expired' || state === 'not-yet-valid') return 'neutral'
  return state === 'broken' || state === 'malformed' || state === 'revoked' ? 'bad' : 'caution'
}

/** What the chain is worth, in one phrase. */
export function ChainMark({ chain: { state, clock } }: { readonly chain: ChainState }) {
  const say = useSay()
  if (clock && clockReasons.has(state)) return <Mark level="caution">{say('certs.clockDoubted')}</Mark>
  return <Mark level={chainLevel(state)}>{say(`certs.chain.${state}`)}</Mark>
}

export function CertificateAnswers({ view, chain }: CertificateAnswersProps) {
  const say = useSay()
  return (
    <section className="card answers" aria-label={say('certs.answers')}>
      <Answer question={say('certs.whose')}>
        <Holder view={view} />
      </Answer>
      <Answer question={say('certs.forWhat')}>
        <ul className="stack-tight">
          <Use name="sign" given={view.canSign} />
          <Use name="encrypt" given={view.canEncrypt} />
          {view.certificateAuthority ? <Use name="authority" given /> : null}
        </ul>
      </Answer>
      <Answer question={say('certs.until')}>
        <Until view={view} chain={chain} />
      </Answer>
      <Answer question={say('certs.whoVouches')}>
        <Voucher view={view} chain={chain} />
      </Answer>
      <Answer question={say('certs.revoked')}>
        <RevocationAnswer view={view} chain={chain} />
      </Answer>
      <Answer question={say('certs.odd')}>
        <Oddities odd={view.odd} />
      </Answer>
    </section>
  )
}

function Answer({ question, children }: { readonly question: string; readonly children: ReactNode }) {
  const id = useId()
  return (
    <section className="answer" aria-labelledby={id}>
      <Heading id={id}>{question}</Heading>
      <div className="stack-tight">{children}</div>
    </section>
  )
}

function Use({ name, given }: { readonly name: 'sign' | 'encrypt' | 'authority'; readonly given: boolean }) {
  const say = useSay()
  const Icon = given ? IconCheck : IconMinus
  return (
    <li className={given ? 'use' : 'use soft'}>
      <Icon size={15} aria-hidden="true" />
      <span>
        {say(`certs.isFor.${name}`)}: {given ? say('certs.isFor.yes') : say('certs.isFor.no')}
      </span>
    </li>
  )
}

function Until({ view, chain }: CertificateAnswersProps) {
  const say = useSay()
  const { clock } = chain
  const now = new Date()
  if (clock) {
    return (
      <>
        <p>{say('certs.validityDates', { notBefore: view.notBefore, notAfter: view.notAfter })}</p>
        <p>{say(`findings.${clock.code}`, clock.data)}</p>
      </>
    )
  }
  return (
    <>
      <ValidityTimeline notBefore={view.notBefore} notAfter={view.notAfter} revoked={chain.state === 'revoked'} />
      {new Date(view.notAfter) < now ? <p>{say('certs.validityOver', { date: view.notAfter })}</p> : null}
      {new Date(view.notBefore) > now ? <p>{say('certs.validityFuture', { date: view.notBefore })}</p> : null}
    </>
  )
}

function Voucher({ view, chain }: CertificateAnswersProps) {
  const say = useSay()
  const root = chain.chain.at(-1)
  const above = root?.anchor && root.name !== view.issuerName ? root.name : undefined
  return (
    <>
      <ChainMark chain={chain} />
      <p className="wrap-anywhere">
        {view.subject === view.issuer
          ? say('certs.vouchesForItself')
          : above === undefined
            ? say('certs.vouchedBy', { issuer: view.issuerName })
            : say('certs.vouchedByRoot', { issuer: view.issuerName, root: above })}
      </p>
    </>
  )
}
