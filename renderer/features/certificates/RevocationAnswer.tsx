/** Whether a certificate was revoked: what a list or a service said and when, or why that isn't known. */

import type { CertificateView, ChainState, ShownRevocation } from '../../../shared/contract/certificates.ts'
import { useSay } from '../../client/words.ts'
import { Mark } from '../../ui/Mark.tsx'
import { hostsOf } from './certificateWords.ts'

interface RevocationAnswerProps {
  readonly view: CertificateView
  readonly chain: ChainState
}

export function RevocationAnswer({ view, chain }: RevocationAnswerProps) {
  const { revocation } = chain
  const [own] = revocation
  const revokedAbove = chain.chain.filter((_, link) => link > 0 && revocation[link]?.state === 'revoked')
  return (
    <>
      {own ? <Status status={own} /> : <NotAsked view={view} />}
      {revokedAbove.map((authority) => (
        <RevokedAuthority key={authority.sha256} name={authority.name} />
      ))}
    </>
  )
}

function Status({ status }: { readonly status: ShownRevocation }) {
  const say = useSay()
  if (status.state === 'revoked') {
    const { revokedAt, reason } = status
    return (
      <>
        <Mark level="bad">{say('certs.chain.revoked')}</Mark>
        <p>{say('reasons.revoked', { revokedAt, reason })}</p>
      </>
    )
  }
  if (status.state === 'good') {
    const { source, thisUpdate, nextUpdate } = status
    return (
      <>
        <Mark level="good">{say('certs.revocation.good')}</Mark>
        <p className="soft">
          {say(`certs.revocation.source.${source}`, { date: thisUpdate })}{' '}
          {nextUpdate ? say('certs.revocation.until', { date: nextUpdate }) : null}
        </p>
      </>
    )
  }
  const { why, host, since, lastGood } = status
  return (
    <>
      <p>{say('reasons.revocation-unknown', { why })}</p>
      {host && since ? <p className="soft">{say('certs.revocation.silent', { host, since })}</p> : null}
      {lastGood ? <p className="soft">{say('certs.revocation.lastGood', { date: lastGood })}</p> : null}
    </>
  )
}

function RevokedAuthority({ name }: { readonly name: string }) {
  const say = useSay()
  return <Mark level="bad">{say('certs.revocation.above', { name })}</Mark>
}

/** Nobody asked: where one could. */
function NotAsked({ view }: { readonly view: CertificateView }) {
  const say = useSay()
  const places = [
    ...(view.crlUrls.length > 0 ? [say('certs.revocation.list', { hosts: hostsOf(view.crlUrls) })] : []),
    ...(view.ocspUrls.length > 0 ? [say('certs.revocation.service', { hosts: hostsOf(view.ocspUrls) })] : []),
  ]
  return (
    <>
      <p>{say('certs.revocation.notAsked')}</p>
      {(places.length > 0 ? places : [say('certs.revocation.nowhere')]).map((place) => (
        <p key={place} className="soft wrap-anywhere">
          {place}
        </p>
      ))}
    </>
  )
}
