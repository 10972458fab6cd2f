/** When each identity should be renewed: as its CA says (RFC 9773), else in the last third of its validity. */

import type { Failure } from '../../../shared/contract/errors.ts'
import type { Renewal } from '../../../shared/contract/renewal.ts'
import { shown } from '../../acquisition/acme/errors.ts'
import { lastThirdOf, momentIn, readRenewalInfo } from '../../acquisition/acme/renewalInfo.ts'
import { connectAcme } from '../../acquisition/acme/transport.ts'
import type { RenewalTime } from '../../acquisition/renewalStore.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { StoredIdentity } from '../../keystore/identityStore.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { ServiceContext } from '../context.ts'
import { storedCertificate } from '../judge.ts'
import { acmeConnection } from './acmeConnection.ts'
import { enrolmentBehind, isOpen } from './enrolment.ts'
import { directoryOf } from './enrolmentAccounts.ts'

/** RFC 9773 §4.3.3: where the CA doesn't say when to ask again, every six hours. */
const askEverySeconds = 6 * 3_600
/** More often than each minute is nobody's wish, less often than each day would miss one (§4.3.2). */
const askAgainSeconds = { least: 60, most: 86_400 }

export function renewalOf(context: ServiceContext, stored: StoredIdentity): Renewal {
  const { application, runtime } = context
  const before = enrolmentBehind(application, stored.id)
  const time = application.renewals.time(stored.id)
  const renewAt = time?.renewAt ?? lastThirdOf(storedCertificate(stored.certificateDer))
  const order = application.enrolments.list().find((enrolment) => enrolment.renews === stored.id && isOpen(enrolment))
  const { suggested } = time ?? {}
  return {
    identityId: stored.id,
    way: before ? 'acme' : 'request',
    byItself: before !== undefined && !before.byHand && !before.fromBackup && application.settings.get().renewByItself,
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
  const connection = acmeConnection(context, directoryOf(before), signal)
  if (!connection.ok) return connection
  const now = runtime.clock()
  const known = application.renewals.time(stored.id)
  const transport = await connectAcme(connection.value)
  const answer = transport.ok
    ? await readRenewalInfo(transport.value, storedCertificate(stored.certificateDer))
    : transport
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
