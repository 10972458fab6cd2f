/**
 * What the window tells of by itself, for whoever works in the terminal alone: certificates that end or were revoked, and keys
 * without a backup. On standard error, and not where a script reads.
 */

import { reminderWords } from '../../../../shared/words/reminder.ts'
import { backupRecords } from '../../../services/backup/backupRecords.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { dueReminders } from '../../../services/enrolment/reminders.ts'
import { unlessDiskFull } from '../../../storage/database.ts'
import type { CommandEnvironment } from '../session.ts'

export function tellReminders({ terminal }: CommandEnvironment, context: ServiceContext): void {
  if (terminal.json) return
  const { renewals, profile } = context.application
  const now = context.runtime.clock()
  for (const reminder of dueReminders(context)) {
    const { kind, address, identityId, stage } = reminder
    const [title] = reminderWords(reminder)
    terminal.note(`${terminal.words(title, { address })}. ${terminal.words(`cli.reminder.${kind}`)}`)
    // Told once, to a person: a log that nobody reads takes it away from no window.
    if (process.stderr.isTTY) unlessDiskFull(() => renewals.saveReminder(identityId, stage, now))
  }
  const { need } = backupRecords(profile.database).state(now)
  if (need === 'nothing') return
  terminal.note(`${terminal.words(`home.need.backup-${need}.title`)}. ${terminal.words(`cli.reminder.backup-${need}`)}`)
}
