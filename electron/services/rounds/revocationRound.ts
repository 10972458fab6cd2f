/**
 * Revocation lists renewed while nobody waits: a contact whose certificate was revoked is told so while an address is typed,
 * and an own one on Home, not at the letter that meets it first. Only lists: an OCSP question for each contact, day by day,
 * would tell their CAs whom the person knows.
 *
 * Thousands of contacts have certificates of a few CAs: one certificate of each is asked about, and all of a CA's are looked at
 * again only where its list is another one than before.
 */

import { setImmediate } from 'node:timers/promises'
import { hexText } from '../../base/bytes.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { type PathQuestion, validatePath } from '../../certificates/path.ts'
import type { Crl } from '../../certificates/revocation/crl.ts'
import type { ServiceContext } from '../context.ts'
import { currentIdentities } from '../enrolment/succession.ts'
import { type Judge, judgeAt, storedCertificate } from '../judge.ts'
import { checkRevocation } from '../revocation/revocation.ts'
import { cachedEvidence, type Link, linksOf } from '../revocation/revocationLinks.ts'

/** Nobody waits: a list of some 10 MB comes on a slow line as well. Longer no exchange may take. */
const waitMs = 20_000
/** Some milliseconds of work each: the window goes on in between. */
const atOnce = { read: 50, validated: 10, lookedUp: 200 }

/** Asks for the lists that ran out, one CA after the other: one whose server is silent holds only its own. */
export async function revocationRound(context: ServiceContext, signal: AbortSignal): Promise<void> {
  const { application, runtime, events } = context
  if (!application.settings.get().revocation.lists) return
  let isNews = false
  for (const group of await watched(context, signal)) {
    const judge = judgeAt(context, runtime.clock())
    const asked = await someoneOf(group, judge, signal)
    if (signal.aborted) return
    if (!asked) continue
    const before = cachedEvidence(context, asked.links).crls
    await checkRevocation(context, [asked.question], { waitMs, listsOnly: true, signal })
    if (signal.aborted) return
    const after = cachedEvidence(context, asked.links).crls
    const issuers = asked.links.slice(1).map(({ certificate }) => certificate)
    if (!isNews) isNews = await saysOtherwise(before, after, [...issuers, ...group], signal)
  }
  if (signal.aborted || !isNews) return
  events.publish('identities')
  events.publish('contacts')
}

/** What is used for writing, by CA and lists: own certificates, and those of contacts that haven't ended. */
async function watched(context: ServiceContext, signal: AbortSignal): Promise<Certificate[][]> {
  const { addressBook } = context.application
  const groups = new Map<string, Certificate[]>()
  const add = (certificate: Certificate) => {
    const key = groupOf(certificate)
    const group = groups.get(key)
    if (group) group.push(certificate)
    else groups.set(key, [certificate])
  }
  const now = context.runtime.clock()
  const current = currentIdentities(context)
  const keys = new Set(current.map(({ keyId }) => keyId))
  // One that was followed or put aside may still be named in its CA's list, for a key that is in use.
  for (const { id, keyId, certificateDer } of context.application.identities.list()) {
    const certificate = storedCertificate(certificateDer)
    if (current.some((one) => one.id === id) || (keys.has(keyId) && certificate.notAfter >= now)) add(certificate)
  }
  for (let last = ''; ; ) {
    await setImmediate()
    // The profile may be closed by now.
    if (signal.aborted) return []
    const some = addressBook.certificatesBehind(last, atOnce.read)
    for (const { der } of some) {
      const certificate = storedCertificate(der)
      if (certificate.notAfter >= now) add(certificate)
    }
    last = some.at(-1)?.sha256 ?? last
    if (some.length < atOnce.read) return [...groups.values()]
  }
}

/** What decides on the lists that a certificate and those above it stand on. */
function groupOf({ issuer, extensions }: Certificate): string {
  const { authorityKeyIdentifier, crlDistributionPoints, freshestCrl } = extensions
  const keyIdentifier = authorityKeyIdentifier?.keyIdentifier
  return [hexText(issuer.der), keyIdentifier, ...[crlDistributionPoints, freshestCrl].map(pointsText)].join(' ')
}

function pointsText(points: Certificate['extensions']['crlDistributionPoints']): string {
  return JSON.stringify(points?.map(({ names }) => names.map(({ kind, value }) => [kind, value])) ?? [])
}

/**
 * One certificate of a group whose path holds. Anybody can bring certificates that name a CA and aren't its own, so that none is
 * spared; of a real CA the first one mostly does.
 */
async function someoneOf(
  group: readonly Certificate[],
  judge: Judge,
  signal: AbortSignal,
): Promise<{ readonly question: PathQuestion; readonly links: readonly Link[] } | undefined> {
  for (const [index, certificate] of group.entries()) {
    if (index % atOnce.validated === 0) await setImmediate()
    if (signal.aborted) return undefined
    const question = judge.question(certificate)
    const links = linksOf(question, validatePath(question))
    if (links.length > 0) return { question, links }
  }
  return undefined
}

/** Whether the lists now say something else about any of these certificates. */
async function saysOtherwise(
  before: readonly Crl[],
  after: readonly Crl[],
  certificates: readonly Certificate[],
  signal: AbortSignal,
): Promise<boolean> {
  const names = (lists: readonly Crl[]) => lists.map(({ sha256 }) => sha256).join()
  if (names(before) === names(after)) return false
  for (const [index, certificate] of certificates.entries()) {
    if (index % atOnce.lookedUp === 0) await setImmediate()
    if (signal.aborted) return false
    if (reasonsIn(before, certificate) !== reasonsIn(after, certificate)) return true
  }
  return false
}

function reasonsIn(lists: readonly Crl[], certificate: Certificate): string {
  const reasons = lists.flatMap(({ entries }) => entries.find(certificate)?.reason ?? [])
  return [...new Set(reasons)].sort().join()
}
