/** A reminder as the operating system's notification; a click is for bringing the window to the front. */

import type { NotificationConstructorOptions } from 'electron'
import type { Reminder } from '../../../shared/contract/renewal.ts'
import { reminderWords } from '../../../shared/words/reminder.ts'
import { languageOf, phrase } from '../../../shared/words/words.ts'

/** What Electron has of the operating system for this. */
export interface NotificationCentre {
  readonly isSupported: () => boolean
  /** The operating system's language, such as `de-AT`. */
  readonly locale: () => string
  readonly create: (options: Pick<NotificationConstructorOptions, 'title' | 'body'>) => SystemNotification
}

interface SystemNotification {
  on(event: 'click' | 'close', then: () => void): unknown
  show(): void
}

/** Kept until they are closed: an object that nobody holds loses its click. */
const shown = new Set<SystemNotification>()

/** @param language the profile's setting; `system` is the operating system's language. */
export function showReminder(
  { address, ...reminder }: Reminder,
  language: 'system' | 'en' | 'de',
  onClick: () => void,
  centre: NotificationCentre,
): void {
  if (!centre.isSupported()) return
  const spoken = language === 'system' ? languageOf(centre.locale()) : language
  const [title, text] = reminderWords(reminder)
  const notification = centre.create({
    title: phrase(spoken, title, { address }),
    body: phrase(spoken, text, { count: reminder.days }),
  })
  shown.add(notification)
  notification.on('click', onClick)
  notification.on('close', () => shown.delete(notification))
  notification.show()
}
