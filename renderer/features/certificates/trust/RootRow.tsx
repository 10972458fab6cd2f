/** A root in the list: whose, and what is special about the trust in it. */

import type { TrustedRoot } from '../../../../shared/contract/trust.ts'
import { useSay } from '../../../client/words.ts'
import { ForeignText } from '../../../ui/ForeignText.tsx'
import { Mark } from '../../../ui/Mark.tsx'
import { ListRow } from '../../../ui/Place.tsx'

interface RootRowProps {
  readonly root: TrustedRoot
  readonly chosen: boolean
  readonly onChoose: () => void
}

export function RootRow({ root, chosen, onChoose }: RootRowProps) {
  const say = useSay()
  const { certificate, note, sources, domains, distrustAfter, distrustedAt } = root
  const said = sources.includes('sandbox') ? say('certs.sandboxRoot') : note
  return (
    <ListRow chosen={chosen} onChoose={onChoose}>
      <div className="grow">
        <p className="one-line">
          <strong>
            <ForeignText>{certificate.name}</ForeignText>
          </strong>
        </p>
        {said === '' ? null : <p className="one-line soft">{said}</p>}
        {distrustedAt ? <Mark level="bad">{say('trust.distrusted')}</Mark> : null}
        {domains.length > 0 ? <Mark level="neutral">{say('trust.onlyFor', { domains })}</Mark> : null}
        {distrustAfter ? <Mark level="caution">{say('trust.onlyBefore', { date: distrustAfter })}</Mark> : null}
      </div>
    </ListRow>
  )
}
