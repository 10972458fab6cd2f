/** Reminders that a certificate comes to its end: once 30 days before, once 7 days before, and once when it has come. */

import type { Reminder } from '../../../shared/contract/renewal.ts'
import type { ServiceContext } from '../context.ts'
import { currentIdentities } from '../enrolment/succession.ts'
import { storedCertificate } from '../judge.ts'

const day = 86_400_000
/** Days before the end. The alarms in the calendar file are the first two. */
const stages = [30, 7, 0] as const
/** Nobody needs to hear of one that ran out long ago and was never replaced. */
const forgottenDays = 30

/** What is to be told now and wasn't yet. */
export function dueReminders(context: ServiceContext): Reminder[] {
  const now = context.runtime.clock()
  return currentIdentities(context).flatMap((stored) => {
    const { notAfter, emails } = storedCertificate(stored.certificateDer)
    const days = Math.ceil((notAfter.getTime() - now.getTime()) / day)
    // Of several that have passed, the last one says it all.
    const stage = stages.findLast((one) => days <= one)
    if (stage === undefined || days < -forgottenDays) return []
    if (context.application.renewals.remindersGiven(stored.id).some((given) => given <= stage)) return []
    return [{ identityId: stored.id, address: emails[0] ?? '', notAfter: notAfter.toISOString(), stage, days }]
  })
}

/** Tells what is due through the host, where it has a way, and remembers that it did. */
export function giveReminders(context: ServiceContext): void {
  const { remind } = context.runtime
  if (!remind) return
  const { renewals, settings } = context.application
  for (const reminder of dueReminders(context)) {
    remind(reminder, settings.get().language)
    renewals.saveReminder(reminder.identityId, reminder.stage, context.runtime.clock())
  }
}
