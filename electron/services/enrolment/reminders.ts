/**
 * Reminders that a certificate comes to its end: once 30 days before, once 7 days before, and once when it has come. The first
 * two wait until there is something to do: not before it is time for the next one, and not while Siegel orders that by itself.
 * One that its CA has revoked is told of once instead, and so is a CA's wish to have it replaced long before its end.
 */

import type { Reminder } from '../../../shared/contract/renewal.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import { isClockAhead } from '../clock.ts'
import type { Application, ServiceContext } from '../context.ts'
import { storedCertificate } from '../judge.ts'
import { ownCertificatesNow } from '../ownCertificates.ts'
import { endOf, isWantedEarly, renewalOf } from './renewalTimes.ts'
import { currentIdentities } from './succession.ts'

const day = 86_400_000
/** Days before the end. The alarms in the calendar file are the first two. */
const stages = [30, 7, 0] as const
/** What stands in the place of a stage for the other kinds; above the stages of the end, and below them. */
const otherStages = { wanted: 1_000, revoked: -1 } as const
/** Nobody needs to hear of one that ran out long ago and was never replaced. */
const forgottenDays = 30
/** In this time an order by itself is done, unless something stands in its way. */
const byItselfDays = 3

/** Given while the disk was full: they aren't given again every hour for that. */
const unsaved = new WeakMap<Application, Set<string>>()

/** What is to be told now and wasn't yet. */
export function dueReminders(context: ServiceContext): Reminder[] {
  const now = context.runtime.clock()
  if (isClockAhead(now, context.application.revocation)) return []
  const own = ownCertificatesNow(context)
  return currentIdentities(context).flatMap((stored): Reminder[] => {
    const { emails, notAfter: ownEnd } = storedCertificate(stored.certificateDer)
    const given = context.application.renewals.remindersGiven(stored.id, now)
    const isRevoked = own.stateOf(stored) === 'revoked'
    // After its end nobody lists it any more: what was told of a revocation was the last word.
    if ((isRevoked || ownEnd <= now) && given.includes(otherStages.revoked)) return []
    const notAfter = endOf(context, stored)
    const days = Math.ceil((notAfter.getTime() - now.getTime()) / day)
    const facts = { identityId: stored.id, address: emails[0] ?? '', notAfter: notAfter.toISOString(), days }
    if (isRevoked) {
      const kind = own.isKeyCompromised(stored) ? 'key-compromised' : 'revoked'
      return [{ ...facts, kind, stage: otherStages.revoked }]
    }
    const renewal = renewalOf(context, stored)
    // Of several that have passed, the last one says it all.
    const stage =
      stages.findLast((one) => days <= one) ?? (isWantedEarly(context, stored) ? otherStages.wanted : undefined)
    if (stage === undefined || days < -forgottenDays) return []
    if (days > 0 && now < usefulFrom(renewal, notAfter)) return []
    // A hold that was lifted has told of itself, and of no end.
    if (given.some((one) => one <= stage && one !== otherStages.revoked)) return []
    return [{ ...facts, kind: stage === otherStages.wanted ? 'wanted' : 'ends', stage }]
  })
}

/** A certificate for 30 days isn't about to end on its first one. */
function usefulFrom({ byItself, renewAt }: ReturnType<typeof renewalOf>, notAfter: Date): Date {
  const due = new Date(renewAt)
  if (!byItself) return due
  const patience = Math.min(byItselfDays * day, (notAfter.getTime() - due.getTime()) / 2)
  return new Date(due.getTime() + patience)
}

/** Tells what is due through the host, where it has a way, and remembers that it did. */
export function giveReminders(context: ServiceContext): void {
  const { application, runtime } = context
  const { remind } = runtime
  if (!remind) return
  const told = unsaved.get(application) ?? new Set()
  unsaved.set(application, told)
  for (const reminder of dueReminders(context)) {
    const { identityId, stage } = reminder
    if (told.has(`${identityId} ${stage}`)) continue
    remind(reminder, application.settings.get().language)
    const saved = unlessDiskFull(() => application.renewals.saveReminder(identityId, stage, runtime.clock()))
    if (!saved.ok) told.add(`${identityId} ${stage}`)
  }
}
