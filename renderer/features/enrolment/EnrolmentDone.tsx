/** The end of the wizard: what can be done now, with the backup first. */

import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Identity } from '../../../shared/contract/identities.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { ValidityTimeline } from '../../ui/ValidityTimeline.tsx'
import { BackupStatus } from '../backup/BackupStatus.tsx'
import { OddBeforeUse } from '../certificates/Oddities.tsx'
import { useHandoff } from '../handoff.tsx'

export function EnrolmentDone({ identity }: { readonly identity: Identity }) {
  const say = useSay()
  const navigate = useNavigate()
  const { give } = useHandoff()
  const { query } = useApi()
  const whole = useQuery(query.identities.get.queryOptions({ input: { id: identity.id } }))
  const backup = useQuery(query.backup.state.queryOptions())
  const [address = ''] = identity.addresses
  const writeToMyself = () => {
    give({
      draft: {
        from: address,
        to: [{ name: identity.certificate.name, address }],
        subject: say('enrol.done.subject'),
        text: say('enrol.done.letter'),
        sign: true,
        encrypt: true,
      },
    })
    navigate({ to: '/write' })
  }
  return (
    <div className="stack">
      <Drawing name="sealed-letter" width={160} />
      <h2>{say('enrol.done.title', { address })}</h2>
      <ValidityTimeline notBefore={identity.certificate.notBefore} notAfter={identity.certificate.notAfter} />
      <p>{say('enrol.done.text')}</p>
      {whole.data ? <OddBeforeUse odd={whole.data.view.odd} /> : null}
      {backup.data ? (
        <BackupStatus
          state={backup.data}
          action={
            backup.data.need === 'nothing' ? undefined : (
              <Button onClick={() => navigate({ to: '/backup' })}>
                {say(`home.need.backup-${backup.data.need}.action`)}
              </Button>
            )
          }
        />
      ) : null}
      <Group>
        <Button variant="default" onClick={writeToMyself}>
          {say('enrol.done.writeMyself')}
        </Button>
        <Button variant="default" onClick={() => navigate({ to: '/certificates', search: { identity: identity.id } })}>
          {say('enrol.done.show')}
        </Button>
      </Group>
    </div>
  )
}
