/** Renewing by itself, and reminders as notifications where this window's host has them. */

import { Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { notificationPermission } from '../certificates/ReminderNotices.tsx'

interface RenewalSettingsProps {
  readonly renewByItself: boolean
  readonly onChange: (renewByItself: boolean) => void
}

export function RenewalSettings({ renewByItself, onChange }: RenewalSettingsProps) {
  const say = useSay()
  const { query } = useApi()
  const status = useQuery(query.app.status.queryOptions())
  const [permission, setPermission] = useState(notificationPermission)
  // Taken back in the browser's own settings; once refused, a page can't ask again.
  const canAsk = status.data?.host === 'browser' && permission !== undefined && permission !== 'denied'
  return (
    <>
      <Switch
        label={say('settings.renewal')}
        description={say('settings.renewalHint')}
        checked={renewByItself}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {canAsk ? (
        <Switch
          label={say('settings.notify')}
          description={say('settings.notifyHint')}
          checked={permission === 'granted'}
          disabled={permission === 'granted'}
          onChange={() => Notification.requestPermission().then(setPermission)}
        />
      ) : null}
    </>
  )
}
