/** Whether the signer's certificate or one above it was revoked: one line each, with who said it and when. */

import type { ShownRevocation } from '../../../shared/contract/certificates.ts'
import type { SignerReport } from '../../../shared/contract/report.ts'
import { type Say, useSay } from '../../client/words.ts'
import { linkName } from './signerNames.ts'

export function SignerRevocation({ signer }: { readonly signer: SignerReport }) {
  const say = useSay()
  const { revocation, chain } = signer
  if (revocation.length === 0) return null
  return (
    <>
      <dt>{say('certs.revoked')}</dt>
      <dd className="wrap-anywhere stack-tight">
        {revocation.map((status, link) => (
          <p key={chain[link]?.sha256}>
            {linkName(signer, link)}: {sentence(status, say)}
          </p>
        ))}
      </dd>
    </>
  )
}

function sentence(status: ShownRevocation, say: Say): string {
  switch (status.state) {
    case 'good':
      return `${say('certs.revocation.good')}. ${say(`certs.revocation.source.${status.source}`, { date: status.thisUpdate })}`
    case 'revoked':
      return say('reasons.revoked', { revokedAt: status.revokedAt, reason: status.reason })
    case 'unknown':
      return say('reasons.revocation-unknown', { why: status.why })
  }
}
