/** Whose a certificate is: the addresses it proves, and the name in it with what that name is worth. */

import type { CertificateView } from '../../../shared/contract/certificates.ts'
import { useSay } from '../../client/words.ts'

/** Attributes that name a person or an organisation. */
const naming = new Set(['CN', 'GN', 'SN', 'O', 'pseudonym'])

export function Holder({ view }: { readonly view: CertificateView }) {
  const say = useSay()
  if (view.certificateAuthority) {
    return (
      <>
        <p className="answer-main">
          <bdi>{view.name}</bdi>
        </p>
        <p>{say('certs.holderAuthority')}</p>
      </>
    )
  }
  const addresses = new Set(view.emails.map((email) => email.toLowerCase()))
  const names = view.subjectParts
    .filter(({ label, value }) => naming.has(label) && !addresses.has(value.toLowerCase()))
    .map(({ value }) => value)
  return (
    <>
      {view.emails.length === 0 ? <p>{say('certs.noAddress')}</p> : null}
      {view.emails.map((email) => (
        <p key={email} className="answer-main">
          <bdi>{email}</bdi>
        </p>
      ))}
      {names.length > 0 ? (
        <p>
          {say('certs.nameSaid')} <bdi>{[...new Set(names)].join(' · ')}</bdi>
        </p>
      ) : null}
      {view.emails.length > 0 ? <p className="soft">{say(`certs.proves.${view.proves}`)}</p> : null}
    </>
  )
}
