/** What a reminder is called, and what it says, wherever it is shown. */

import type { Reminder } from '../contract/renewal.ts'

export function reminderWords({ kind, days }: Pick<Reminder, 'kind' | 'days'>) {
  if (kind === 'key-compromised') return ['renewal.notification.titleKey', 'renewal.notification.textKey'] as const
  if (kind === 'revoked') return ['renewal.notification.titleRevoked', 'renewal.notification.textRevoked'] as const
  if (kind === 'wanted') return ['renewal.notification.titleWanted', 'renewal.notification.textWanted'] as const
  if (days <= 0) return ['renewal.notification.titleEnded', 'renewal.notification.textEnded'] as const
  return ['renewal.notification.title', 'renewal.notification.text'] as const
}
