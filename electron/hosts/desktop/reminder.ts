/** A reminder as the operating system's notification; a click is for bringing the window to the front. */

import { app, Notification } from 'electron'
import type { Reminder } from '../../../shared/contract/renewal.ts'
import { languageOf, phrase } from '../../../shared/words/words.ts'

/** Kept until they are closed: an object that nobody holds loses its click. */
const shown = new Set<Notification>()

/** @param language the profile's setting; `system` is the operating system's language. */
export function showReminder({ address, days }: Reminder, language: 'system' | 'en' | 'de', onClick: () => void): void {
  if (!Notification.isSupported()) return
  const spoken = language === 'system' ? languageOf(app.getLocale()) : language
  const ended = days <= 0
  const notification = new Notification({
    title: phrase(spoken, `renewal.notification.${ended ? 'titleEnded' : 'title'}`, { address }),
    body: ended
      ? phrase(spoken, 'renewal.notification.textEnded')
      : phrase(spoken, 'renewal.notification.text', { count: days }),
  })
  shown.add(notification)
  notification.on('click', onClick)
  notification.on('close', () => shown.delete(notification))
  notification.show()
}
