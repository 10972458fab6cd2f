/** Whose a certificate is: the addresses it proves, and the name in it with what that name is worth. */

import type { CertificateView } from '../../../shared/contract/certificates.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useSay } from '../../client/words.ts'
import { ForeignText } from '../../ui/ForeignText.tsx'

/** Attributes that name a person or an organisation. */
const naming = new Set(['CN', 'GN', 'SN', 'O', 'pseudonym'])

/** A person has a few addresses; a certificate with thousands is made to fill the page. */
const mostAddresses = 20

export function Holder({ view }: { readonly view: CertificateView }) {
  const say = useSay()
  if (view.certificateAuthority) {
    return (
      <>
        <p className="answer-main">
          <ForeignText>{view.name}</ForeignText>
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
      {view.emails.slice(0, mostAddresses).map((email) => (
        <p key={email} className="answer-main">
          <ForeignText>{shownAddress(email)}</ForeignText>
        </p>
      ))}
      {view.emails.length > mostAddresses ? (
        <p>{say('certs.moreAddresses', { count: view.emails.length - mostAddresses })}</p>
      ) : null}
      {names.length > 0 ? (
        <p>
          {say('certs.nameSaid')} <ForeignText>{[...new Set(names)].join(' · ')}</ForeignText>
        </p>
      ) : null}
      {view.emails.length > 0 ? <p className="soft">{say(`certs.proves.${view.proves}`)}</p> : null}
    </>
  )
}
