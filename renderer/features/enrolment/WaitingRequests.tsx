/** Requests that wait for their answer, among the certificates: the place to come back to when it is there. */

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'

export function WaitingRequests() {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const requests = useQuery(query.requests.list.queryOptions())
  const catalogue = useQuery(query.catalogue.list.queryOptions())
  const waiting = requests.data?.filter(({ state }) => state === 'waiting') ?? []
  const pairs = [...new Map(waiting.map((request) => [request.pairId, request])).values()]
  return pairs.map(({ pairId, address, authority }) => {
    const name = catalogue.data?.find(({ id }) => id === authority)?.name
    return (
      <div key={pairId} className="list-row list-row-still">
        <div className="grow">
          <p className="one-line">{shownAddress(address)}</p>
          <p className="soft small">
            {name === undefined ? say('requests.waiting') : say('requests.waitingFor', { name })}
          </p>
        </div>
        <Button
          variant="default"
          size="compact-sm"
          aria-label={`${say('requests.open')}: ${shownAddress(address)}`}
          onClick={() => navigate({ to: '/request', search: { id: pairId } })}
        >
          {say('requests.open')}
        </Button>
      </div>
    )
  })
}
