/** What holds for every place at once: the sandbox, and a lost line. */

import { Button } from '@mantine/core'
import { IconFlask, IconPlugConnectedX } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useApi } from '../client/api.ts'
import { useSay } from '../client/words.ts'
import { useConnectionState } from './connectionState.ts'

export function Banners() {
  const say = useSay()
  const connection = useConnectionState()
  return (
    <div className="frame-banners">
      {connection === 'lost' ? (
        <div className="frame-banner" role="alert">
          <IconPlugConnectedX size={18} aria-hidden="true" />
          <span className="grow">{say('frame.lost')}</span>
        </div>
      ) : null}
      <SandboxBanner />
    </div>
  )
}

function SandboxBanner() {
  const say = useSay()
  const { query } = useApi()
  const navigate = useNavigate()
  const sandbox = useQuery(query.sandbox.status.queryOptions())
  const leave = useMutation(query.sandbox.leave.mutationOptions({ onSuccess: () => navigate({ to: '/' }) }))
  if (!sandbox.data?.active) return null
  return (
    <section className="frame-banner" aria-label={say('sandbox.label')}>
      <IconFlask size={18} aria-hidden="true" />
      <span className="grow">{sandbox.data.running ? say('sandbox.banner') : say('sandbox.notRunning')}</span>
      <Button variant="default" size="compact-sm" loading={leave.isPending} onClick={() => leave.mutate(undefined)}>
        {say('sandbox.leave')}
      </Button>
    </section>
  )
}
