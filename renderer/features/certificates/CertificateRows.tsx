/** A certificate in a list: whose first, its state second, its time last. */

import type { Identity } from '../../../shared/contract/identities.ts'
import { shownAddresses } from '../../../shared/shownAddress.ts'
import { useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { type Level, Mark } from '../../ui/Mark.tsx'
import { ListRow } from '../../ui/Place.tsx'
import { ValidityTimeline } from '../../ui/ValidityTimeline.tsx'

interface RowProps {
  readonly chosen: boolean
  readonly onChoose: () => void
}

const levelOf: Readonly<Record<Identity['state'], Level>> = {
  valid: 'good',
  expired: 'neutral',
  'not-yet-valid': 'neutral',
  'unknown-issuer': 'caution',
  revoked: 'bad',
  other: 'caution',
}

export function IdentityRow({ identity, chosen, onChoose }: RowProps & { readonly identity: Identity }) {
  const say = useSay()
  const { certificate } = identity
  return (
    <ListRow chosen={chosen} onChoose={onChoose}>
      <Drawing name={identity.state === 'valid' && !identity.retired ? 'sealed-letter' : 'letter'} width={40} />
      <div className="grow">
        <p className="one-line">
          <strong>{certificate.name}</strong>
        </p>
        <p className="one-line soft">{shownAddresses(identity.addresses)}</p>
        <p className="row row-wrap">
          <Mark level={levelOf[identity.state]}>{say(`certs.state.${identity.state}`)}</Mark>
          {identity.retired ? <Mark level="neutral">{say('certs.retired')}</Mark> : null}
          {identity.preferred && !identity.retired ? (
            <span className="soft small">{say('certs.preferred')}</span>
          ) : null}
          {identity.canSign === identity.canEncrypt ? null : (
            <span className="soft small">{say(identity.canSign ? 'certs.onlySigns' : 'certs.onlyOpens')}</span>
          )}
        </p>
        <ValidityTimeline
          notBefore={certificate.notBefore}
          notAfter={certificate.notAfter}
          revoked={identity.state === 'revoked'}
          compact
        />
      </div>
    </ListRow>
  )
}
