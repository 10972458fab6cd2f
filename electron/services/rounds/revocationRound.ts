/**
 * Revocation lists renewed while nobody waits: a contact whose certificate was revoked is told so while an address is typed,
 * and an own one on Home, not at the letter that meets it first. Only lists: an OCSP question for each contact, day by day,
 * would tell their CAs whom the person knows.
 */

import { setImmediate } from 'node:timers/promises'
import type { Certificate } from '../../certificates/certificate.ts'
import type { ServiceContext } from '../context.ts'
import { currentIdentities } from '../enrolment/renewalTimes.ts'
import { judgeAt, storedCertificate } from '../judge.ts'
import { checkRevocation } from '../revocation/revocation.ts'

/** Nobody waits: a list of some 10 MB comes on a slow line as well. Longer no exchange may take. */
const waitMs = 20_000
/** Some 10 ms of work. */
const judgedAtOnce = 20

/** Asks for the lists that ran out, one certificate after the other: a CA whose server is silent holds only its own. */
export async function revocationRound(context: ServiceContext, signal: AbortSignal): Promise<void> {
  const { application, runtime, events } = context
  if (!application.settings.get().revocation.lists) return
  const certificates = watched(context)
  const before = await revokedAmong(context, certificates, signal)
  for (const certificate of certificates) {
    // The window goes on meanwhile.
    await setImmediate()
    if (signal.aborted) return
    const judge = judgeAt(context, runtime.clock())
    await checkRevocation(context, [judge.question(certificate)], { waitMs, listsOnly: true, signal })
  }
  const after = await revokedAmong(context, certificates, signal)
  if (signal.aborted) return
  if (before.size === after.size && [...after].every((sha256) => before.has(sha256))) return
  events.publish('identities')
  events.publish('contacts')
}

/** What is used for writing: own certificates, and those of contacts that haven't ended. */
function watched(context: ServiceContext): Certificate[] {
  const { addressBook } = context.application
  const now = context.runtime.clock()
  const own = currentIdentities(context).map(({ certificateDer }) => storedCertificate(certificateDer))
  const others = addressBook
    .list()
    .flatMap(({ certificates }) => certificates.map(({ der }) => storedCertificate(der)))
    .filter(({ notAfter }) => notAfter >= now)
  return [...own, ...others]
}

/** Some at a time: thousands of contacts take seconds, in which the window would stand still. */
async function revokedAmong(
  context: ServiceContext,
  certificates: readonly Certificate[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const judge = judgeAt(context, context.runtime.clock())
  const revoked = new Set<string>()
  for (const [index, certificate] of certificates.entries()) {
    if (index % judgedAtOnce === 0) await setImmediate()
    // The profile may be closed by now.
    if (signal.aborted) break
    if (judge.chain(certificate).state === 'revoked') revoked.add(certificate.sha256)
  }
  return revoked
}
