/** What the window begins with: the frame, the first-run cards, or what is in the way. */

import { useQuery } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useState } from 'react'
import { useApi } from '../client/api.ts'
import { useSay } from '../client/words.ts'
import { WelcomePage } from '../features/welcome/WelcomePage.tsx'
import { ErrorNotice } from '../ui/ErrorNotice.tsx'
import { Loading } from '../ui/Loading.tsx'
import { useConnectionState } from './connectionState.ts'
import { ProfileTroublePage } from './ProfileTroublePage.tsx'
import { RefusedPage } from './RefusedPage.tsx'
import { createAppRouter } from './router.ts'

export function Start() {
  const say = useSay()
  const { query } = useApi()
  const connection = useConnectionState()
  const status = useQuery(query.app.status.queryOptions())
  const open = status.data?.profile.state === 'open'
  const settings = useQuery(query.app.settings.queryOptions({ enabled: open }))
  const [router] = useState(createAppRouter)

  if (connection === 'refused') return <RefusedPage />
  if (status.isError) return <ErrorNotice error={status.error} />
  if (!status.data) return <Loading label={connection === 'lost' ? say('frame.lost') : say('frame.opening')} />
  if (!open) return <ProfileTroublePage status={status.data} />
  if (settings.isError) return <ErrorNotice error={settings.error} />
  if (!settings.data) return <Loading label={say('frame.opening')} />
  // The sandbox is a profile of its own: whoever is there has read the cards.
  if (!settings.data.welcomed && status.data.profile.kind === 'real') {
    return <WelcomePage onLeave={(to) => router.navigate({ to })} />
  }
  return <RouterProvider router={router} />
}
