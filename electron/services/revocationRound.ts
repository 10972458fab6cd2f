/**
 * Revocation lists renewed while nobody waits: a contact whose certificate was revoked is told so while an address is typed,
 * and an own one on Home, not at the letter that meets it first. Only lists: an OCSP question for each contact, day by day,
 * would tell their CAs whom the person knows.
 */

import { setImmediate } from 'node:timers/promises'
import type { Certificate } from '../certificates/certificate.ts'
import type { ServiceContext } from './context.ts'
import { judgeAt, storedCertificate } from './judge.ts'
import { currentIdentities } from './renewalTimes.ts'
import { checkRevocation } from './revocation.ts'

/** Nobody waits: a list of some 10 MB comes on a slow line as well. Longer no exchange may take. */
const waitMs = 20_000

/** Asks for the lists that ran out, one certificate after the other: a CA whose server is silent holds only its own. */
export async function revocationRound(context: ServiceContext, signal: AbortSignal): Promise<void> {
  const { application, runtime, events } = context
  if (!application.settings.get().revocation.lists) return
  const before = revokedAmong(context)
  for (const certificate of watched(context)) {
    // The window goes on meanwhile.
    await setImmediate()
    if (signal.aborted) return
    const judge = judgeAt(context, runtime.clock())
    await checkRevocation(context, [judge.question(certificate)], { waitMs, listsOnly: true, signal })
  }
  if (signal.aborted) return
  const after = revokedAmong(context)
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

function revokedAmong(context: ServiceContext): Set<string> {
  const judge = judgeAt(context, context.runtime.clock())
  const revoked = watched(context).filter((certificate) => judge.chain(certificate).state === 'revoked')
  return new Set(revoked.map(({ sha256 }) => sha256))
}
