/** When each identity should be renewed: as its CA says (RFC 9773), else in the last third of its validity. */

import type { Failure } from '../../../shared/contract/errors.ts'
import type { Renewal } from '../../../shared/contract/renewal.ts'
import { shown } from '../../acquisition/acme/errors.ts'
import { lastThirdOf, momentIn, readRenewalInfo } from '../../acquisition/acme/renewalInfo.ts'
import { connectAcme } from '../../acquisition/acme/transport.ts'
import type { RenewalTime } from '../../acquisition/renewalStore.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import type { StoredIdentity } from '../../keystore/identityStore.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { ServiceContext } from '../context.ts'
import { judgeAt, storedCertificate } from '../judge.ts'
import { acmeConnection } from './acmeConnection.ts'
import { enrolmentBehind, isOpen } from './enrolment.ts'
import { directoryOf } from './enrolmentAccounts.ts'

/** RFC 9773 §4.3.3: where the CA doesn't say when to ask again, every six hours. */
const askEverySeconds = 6 * 3_600
/** Of the validity, before its end: of a year five weeks, of 90 days nine days. */
const latestShare = 0.1
/** More often than each minute is nobody's wish, less often than each day would miss one (§4.3.2). */
const askAgainSeconds = { least: 60, most: 86_400 }

/** Nobody is asked for a date that lies further away than any is kept for: the clock was set back since. */
export function isTimeToAsk({ askAgainAt }: RenewalTime, now: Date): boolean {
  return askAgainAt <= now || askAgainAt > secondsAfter(now, askAgainSeconds.most)
}

export function renewalOf(context: ServiceContext, stored: StoredIdentity): Renewal {
  const { application, runtime } = context
  const before = enrolmentBehind(application, stored.id)
  const time = application.renewals.time(stored.id)
  const renewAt = renewAtOf(storedCertificate(stored.certificateDer), endOf(context, stored), time)
  const orders = application.enrolments.list().filter(({ renews }) => renews === stored.id)
  const order = orders.find(isOpen)
  const ordersItself =
    before !== undefined &&
    !before.byHand &&
    !before.fromBackup &&
    application.accounts.forAddress(before.address) !== undefined
  const { suggested } = time ?? {}
  return {
    identityId: stored.id,
    way: before ? 'acme' : 'request',
    // Once: what a person gave up, or what brought less than was hoped for, isn't ordered again behind their back.
    byItself: ordersItself && application.settings.get().renewByItself && orders.every(isOpen),
    renewAt: renewAt.toISOString(),
    due: renewAt <= runtime.clock(),
    ...(suggested
      ? {
          suggested: {
            start: suggested.start.toISOString(),
            end: suggested.end.toISOString(),
            ...(suggested.explanationUrl === undefined ? {} : { explanationUrl: suggested.explanationUrl }),
          },
        }
      : {}),
    ...(order ? { enrolmentId: order.id } : {}),
  }
}

/** Whether the CA's window comes before anybody would renew it: as it does before many certificates are revoked (RFC 9773 §1). */
export function isWantedEarly(context: ServiceContext, stored: StoredIdentity): boolean {
  const wanted = context.application.renewals.time(stored.id)?.renewAt
  const { notBefore } = storedCertificate(stored.certificateDer)
  return wanted !== undefined && wanted < lastThirdOf({ notBefore, notAfter: endOf(context, stored) })
}

/** When it counts no longer: at its own end, or at that of a certificate above it, which may come first. */
export function endOf(context: ServiceContext, stored: StoredIdentity): Date {
  const certificate = storedCertificate(stored.certificateDer)
  const { state, path } = judgeAt(context, context.runtime.clock()).chain(
    certificate,
    stored.chain.map(storedCertificate),
  )
  const ends = (state === 'valid' ? path : [certificate]).map(({ notAfter }) => notAfter.getTime())
  return new Date(Math.min(...ends))
}

/**
 * As the CA wishes, if that is in time: a window behind the end, or so close to it that a mail's way may be too long, is none.
 * Of an issuer's end no CA thinks in its windows.
 */
function renewAtOf({ notBefore, notAfter }: Certificate, end: Date, time: RenewalTime | undefined): Date {
  const lastThird = lastThirdOf({ notBefore, notAfter: end })
  if (!time?.renewAt) return lastThird
  const latest = new Date(end.getTime() - (end.getTime() - notBefore.getTime()) * latestShare)
  const wanted = time.renewAt < latest ? time.renewAt : latest
  return end < notAfter && lastThird < wanted ? lastThird : wanted
}

/** Asks the CA when it would like the renewal. An identity that came another way has nobody to ask, which is no failure. */
export async function askCa(
  context: ServiceContext,
  stored: StoredIdentity,
  signal?: AbortSignal,
): Promise<Result<undefined, Failure>> {
  const { application, runtime } = context
  const before = enrolmentBehind(application, stored.id)
  // A server that a backup chose isn't asked behind the person's back.
  if (!before || before.fromBackup) return success(undefined)
  const now = runtime.clock()
  const certificate = storedCertificate(stored.certificateDer)
  // RFC 9773 §4.3: after the end nobody asks any more.
  if (certificate.notAfter <= now) return success(undefined)
  const connection = acmeConnection(context, directoryOf(before), signal)
  if (!connection.ok) return connection
  const known = application.renewals.time(stored.id)
  const transport = await connectAcme(connection.value)
  const answer = transport.ok ? await readRenewalInfo(transport.value, certificate) : transport
  if (!answer.ok) {
    // What it said before stays; a CA that can't be reached is asked again in its time (RFC 9773 §4.3.3).
    keep(context, stored.id, { ...known, askAgainAt: secondsAfter(now, askEverySeconds) })
    return failure(shown(answer.error, now))
  }
  const { retryAfterSeconds = askEverySeconds, ...suggested } = answer.value ?? {}
  const askAgainAt = secondsAfter(
    now,
    Math.min(Math.max(retryAfterSeconds, askAgainSeconds.least), askAgainSeconds.most),
  )
  if (!('start' in suggested)) keep(context, stored.id, { askAgainAt })
  else {
    const isSame =
      known?.suggested?.start.getTime() === suggested.start.getTime() &&
      known.suggested.end.getTime() === suggested.end.getTime()
    const renewAt = (isSame ? known.renewAt : undefined) ?? momentIn(suggested, runtime.random)
    keep(context, stored.id, { suggested, renewAt, askAgainAt })
  }
  return success(undefined)
}

function keep(context: ServiceContext, identityId: string, time: RenewalTime): void {
  // On a full disk it is asked again next time.
  unlessDiskFull(() => context.application.renewals.saveTime(identityId, time))
  context.events.publish('identities')
}

function secondsAfter(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000)
}
