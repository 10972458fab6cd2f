/**
 * Reminders as the system's notifications, in a browser whose person allowed that. The desktop's other side gives them itself,
 * and its pages may not.
 */

import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { reminderWords } from '../../../shared/words/reminder.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'

/** Whether this page may show notifications; undefined where it can't. */
export function notificationPermission(): NotificationPermission | undefined {
  return 'Notification' in window && window.isSecureContext ? Notification.permission : undefined
}

/** A reminder is a matter of days. */
const askEveryMs = 3_600_000

export function ReminderNotices() {
  const say = useSay()
  const { client, query } = useApi()
  const status = useQuery(query.app.status.queryOptions())
  const allowed = status.data?.host === 'browser' && notificationPermission() === 'granted'
  const reminders = useQuery({
    ...query.renewal.reminders.queryOptions({ enabled: allowed }),
    refetchInterval: askEveryMs,
  })
  const due = reminders.data
  useEffect(() => {
    if (!allowed) return
    for (const { identityId, address, stage, ...reminder } of due ?? []) {
      const [title, text] = reminderWords(reminder)
      new Notification(say(title, { address }), {
        body: say(text, { count: reminder.days }),
        tag: `${identityId}-${stage}`,
      })
      // Told once: the next answer leaves it out.
      void client.renewal.reminded({ identityId, stage })
    }
  }, [allowed, due, client, say])
  return null
}
