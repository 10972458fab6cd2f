/** The end of the wizard: the seal that is there now, and what can be done with it. */

import { useQuery } from '@tanstack/react-query'
import type { Identity } from '../../../shared/contract/identities.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { useHeadingFocus } from '../../ui/headingFocus.ts'
import { ValidityTimeline } from '../../ui/ValidityTimeline.tsx'
import { OddBeforeUse } from '../certificates/Oddities.tsx'
import { Afterwards } from './Afterwards.tsx'

export function EnrolmentDone({ identity }: { readonly identity: Identity }) {
  const say = useSay()
  const { query } = useApi()
  const whole = useQuery(query.identities.get.queryOptions({ input: { id: identity.id } }))
  const heading = useHeadingFocus()
  const [address = ''] = identity.addresses
  return (
    <div className="stack">
      <Drawing name="sealed-letter" width={160} />
      <h2 ref={heading} tabIndex={-1}>
        {say('enrol.done.title', { address })}
      </h2>
      <ValidityTimeline notBefore={identity.certificate.notBefore} notAfter={identity.certificate.notAfter} />
      <p>{say('enrol.done.text')}</p>
      {whole.data ? <OddBeforeUse odd={whole.data.view.odd} /> : null}
      <Afterwards taken={[identity]} />
    </div>
  )
}
