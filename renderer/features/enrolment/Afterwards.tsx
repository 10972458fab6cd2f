/** What can be done now, at every end of a way to a certificate: the backup first, then a sealed letter to oneself. */

import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Identity } from '../../../shared/contract/identities.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { BackupStatus } from '../backup/BackupStatus.tsx'
import { useHandoff } from '../handoff.tsx'
import { whatTheyDo } from './whatTheyDo.ts'

/** `taken`: those that came together, at least one. */
export function Afterwards({ taken }: { readonly taken: readonly Identity[] }) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const backup = useQuery(query.backup.state.queryOptions())
  const shown = taken.find(({ canSign }) => canSign) ?? taken[0]
  if (!shown) return null
  return (
    <>
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
        {whatTheyDo(taken) === 'both' ? <TryIt identity={shown} /> : null}
        <Button variant="default" onClick={() => navigate({ to: '/certificates', search: { identity: shown.id } })}>
          {say('enrol.done.show')}
        </Button>
      </Group>
    </>
  )
}

/** A letter to oneself, or first the account that it would go through. */
function TryIt({ identity }: { readonly identity: Identity }) {
  const say = useSay()
  const navigate = useNavigate()
  const { give } = useHandoff()
  const { query } = useApi()
  const accounts = useQuery(query.accounts.list.queryOptions())
  const address = identity.addresses.find((one) => accounts.data?.some((account) => isSame(account.address, one)))
  if (!accounts.data) return null
  if (address === undefined) {
    return (
      <Button variant="default" onClick={() => navigate({ to: '/transport', search: { id: 'new' } })}>
        {say('home.need.no-account.action')}
      </Button>
    )
  }
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
    <Button variant="default" onClick={writeToMyself}>
      {say('enrol.done.writeMyself')}
    </Button>
  )
}

function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
