/** Keeping a certificate going: the contract's procedures for renewal, reminders and revocation. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import { phrase } from '../../../shared/words/words.ts'
import { renewalCalendar } from '../../acquisition/renewalCalendar.ts'
import { utf8Bytes } from '../../base/bytes.ts'
import { normalizedAddress } from '../../mime/address.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { ServiceContext } from '../context.ts'
import { storedCertificate } from '../judge.ts'
import { ownCertificatesNow } from '../ownCertificates.ts'
import { orRaise, raise } from '../raise.ts'
import { dueReminders } from './reminders.ts'
import { askCa, isTimeToAsk, renewalOf } from './renewalTimes.ts'
import { markRevoked, revocationWayOf, revokeIdentity, trustServer } from './revokeIdentity.ts'
import { currentIdentities } from './succession.ts'

const os = implement(contract.renewal).$context<ServiceContext>()

export const renewalProcedures = {
  list: os.list.handler(({ context }) => currentIdentities(context).map((stored) => renewalOf(context, stored))),

  ask: os.ask.handler(async ({ input, context, signal }) => {
    const stored =
      context.application.identities.get(input.identityId) ?? raise({ code: 'not-found', what: 'identity' })
    const time = context.application.renewals.time(stored.id)
    const isTime = time === undefined || isTimeToAsk(time, context.runtime.clock())
    // RFC 9773 §4.3: nobody asks for one that is replaced, nor before the time that the CA named; timers run as they like.
    if (isTime && currentIdentities(context).some(({ id }) => id === stored.id)) {
      orRaise(await askCa(context, stored, signal))
    }
    return renewalOf(context, stored)
  }),

  calendar: os.calendar.handler(async ({ input, context }) => {
    const { application, runtime } = context
    const own = ownCertificatesNow(context)
    const current = currentIdentities(context)
    const meant = current.filter(({ id }) => input.identityId === undefined || id === input.identityId)
    if (meant.length === 0) raise({ code: 'not-found', what: 'identity' })
    const addresses = new Set(meant.flatMap((one) => one.addresses.map(normalizedAddress)))
    const replaced = application.identities
      .list()
      .filter((stored) => !current.some(({ id }) => id === stored.id))
      .filter((stored) => stored.addresses.some((address) => addresses.has(normalizedAddress(address))))
      .filter(({ certificateDer }) => storedCertificate(certificateDer).notAfter > runtime.clock())
    const events = [...meant, ...replaced].map((stored) => {
      const { sha256, notAfter, emails } = storedCertificate(stored.certificateDer)
      const address = emails[0] ?? ''
      return {
        uid: `${sha256.slice(0, 32)}@siegel`,
        at: notAfter,
        summary: phrase(input.language, 'renewal.calendar.summary', { address }),
        description: phrase(input.language, 'renewal.calendar.description', { address }),
        replaced: replaced.includes(stored) || own.stateOf(stored) === 'revoked',
      }
    })
    const text = renewalCalendar(events, runtime.clock())
    return orRaise(
      await application.handover.offer({ name: 'siegel.ics', mediaType: 'text/calendar' }, utf8Bytes(text)),
    )
  }),

  reminders: os.reminders.handler(({ context }) => dueReminders(context)),
  reminded: os.reminded.handler(({ input, context }) => {
    const { application, runtime } = context
    // On a full disk the page asks, and tells, once more.
    unlessDiskFull(() => application.renewals.saveReminder(input.identityId, input.stage, runtime.clock()))
    return {}
  }),

  openLink: os.openLink.handler(async ({ input, context }) => {
    const { identityId, kind } = input
    const url =
      kind === 'revocation'
        ? revocationWayOf(context, identityId).links[0]
        : context.application.renewals.time(identityId)?.suggested?.explanationUrl
    if (url === undefined) return raise({ code: 'not-found', what: 'link' })
    const { openLink } = context.runtime
    await openLink?.(url)
    return { opened: openLink !== undefined, url }
  }),

  revocation: os.revocation.handler(({ input, context }) => revocationWayOf(context, input.identityId)),
  trustServer: os.trustServer.handler(({ input, context }) => trustServer(context, input.identityId, input.host)),
  revoke: os.revoke.handler(({ input, context, signal }) => revokeIdentity(context, input, signal)),
  markRevoked: os.markRevoked.handler(({ input, context }) => markRevoked(context, input.identityId, input.reason)),
}
