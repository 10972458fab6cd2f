/** One signer: whose seal, what it is worth, who vouches, and why it isn't better. */

import type { SignerReport } from '../../../shared/contract/report.ts'
import { useSay } from '../../client/words.ts'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { ForeignText } from '../../ui/ForeignText.tsx'
import { type Level, Mark } from '../../ui/Mark.tsx'
import { RelativeDate } from '../../ui/RelativeDate.tsx'
import { SignerRevocation } from './SignerRevocation.tsx'
import { claimedName, linkName } from './signerNames.ts'

/** `revokedSince`: revoked after it signed, for a reason that says nothing against that. */
export function signatureLevel(state: SignerReport['state'], revokedSince = false): Level {
  if (state === 'good') return 'good'
  if (state === 'revoked' && revokedSince) return 'caution'
  if (state === 'broken' || state === 'malformed' || state === 'revoked') return 'bad'
  return state === 'none' ? 'neutral' : 'caution'
}

export function SignerCard({ signer }: { readonly signer: SignerReport }) {
  const say = useSay()
  const claimed = claimedName(signer)
  return (
    <div className="card stack-tight">
      <strong className="wrap-anywhere">{signer.emails.join(', ') || signer.subject}</strong>
      <Mark level={signatureLevel(signer.state, signer.revokedSince)}>
        {say(`report.signature.${signer.revokedSince ? 'revoked-since' : signer.state}`)}
      </Mark>
      {claimed === undefined ? null : (
        <p className="small">
          {say('certs.nameSaid')} <ForeignText>{claimed}</ForeignText>
        </p>
      )}
      {signer.proves ? <p className="soft small">{say(`certs.proves.${signer.proves}`)}</p> : null}
      {signer.reasons.map((reason) => (
        <p key={`${reason.code}${reason.link ?? ''}`} className="small">
          {reason.link ? `${linkName(signer, reason.link)}: ` : null}
          {say(`reasons.${reason.code}`, reason.data)}
        </p>
      ))}
      <dl className="facts">
        <dt>{say('report.algorithm')}</dt>
        <dd>{signer.algorithm}</dd>
        {signer.signingTime === undefined ? null : (
          <>
            <dt>{say('report.signingTime')}</dt>
            <dd>
              <RelativeDate value={signer.signingTime} />
            </dd>
          </>
        )}
        <dt>{say('certs.whoVouches')}</dt>
        <dd>
          {signer.chain.length === 0
            ? signer.issuer
            : signer.chain
                .map(({ anchor }, link) => (anchor ? `${linkName(signer, link)} ✓` : linkName(signer, link)))
                .join(' ← ')}
        </dd>
        <SignerRevocation signer={signer} />
        <dt>{say('certs.field.serial')}</dt>
        <dd className="mono">{signer.serial}</dd>
      </dl>
      {signer.sha256 === '' ? null : <Fingerprint value={signer.sha256} />}
    </div>
  )
}
