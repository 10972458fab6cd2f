/** What needs the person, in order of urgency: values in, values out, so that the order can be tested. */

import type { BackupState } from '../../../shared/contract/backup.ts'
import type { Contact } from '../../../shared/contract/contacts.ts'
import type { Enrolment } from '../../../shared/contract/enrolment.ts'
import type { Identity } from '../../../shared/contract/identities.ts'
import type { Renewal } from '../../../shared/contract/renewal.ts'
import type { CertificateRequest } from '../../../shared/contract/requests.ts'
import { latestChange } from '../contacts/latestChange.ts'
import { isWaitingForCa } from '../enrolment/waitingForCa.ts'
import { isFollowed, isReplaced } from './followed.ts'

/** Each stops by itself once it is done. */
type BackupNeed = 'backup-make' | 'backup-rehearse' | 'backup-renew'

export type Need =
  | { readonly kind: 'held'; readonly count: number }
  | { readonly kind: 'revoked' | 'key-compromised'; readonly identity: Identity }
  | {
      readonly kind: 'expired' | 'expires'
      readonly identity: Identity
      readonly days: number
      readonly byAcme: boolean
    }
  | { readonly kind: 'renewal-locked'; readonly identity: Identity }
  | { readonly kind: 'enrolment'; readonly enrolment: Enrolment }
  | { readonly kind: 'request'; readonly request: WaitingRequest }
  | { readonly kind: 'no-certificate' | 'no-account' | BackupNeed }
  | { readonly kind: 'contact-revoked' | 'changed'; readonly contact: Contact }

type WaitingRequest = Pick<CertificateRequest, 'pairId' | 'address' | 'state'>

/** More would be a list, and a list is put off. */
const most = 5
const day = 86_400_000
/** As the timeline turns to "soon". */
const soonDays = 25
/** So late, renewing by itself should have happened: the person hears of it. */
const lateDays = 7

export function needsOf(facts: {
  readonly identities: readonly Identity[]
  readonly enrolments: readonly Enrolment[]
  readonly requests: readonly WaitingRequest[]
  readonly contacts: readonly Contact[]
  /** How many letters could not be handed in. */
  readonly held: number
  readonly accounts: number
  readonly renewals: readonly Renewal[]
  /** Renewing by itself waits for the vault. */
  readonly locked: boolean
  /** What the last backup lacks. */
  readonly backup: BackupState['need']
  readonly now: Date
}): readonly Need[] {
  const { identities, enrolments, requests, contacts, held, accounts, renewals, locked, backup, now } = facts
  const active = identities.filter(({ retired }) => !retired)
  const serving = active.filter(({ state }) => state !== 'revoked')
  const revoked = active.filter((identity) => identity.state === 'revoked' && !isReplaced(identity, active))
  const ending = serving
    .map((identity) => ({
      identity,
      days: Math.ceil((new Date(identity.certificate.notAfter).getTime() - now.getTime()) / day),
    }))
    .filter(({ identity, days }) => days <= soonDays && !isFollowed(identity, active))
    .map((end) => ({ ...end, renewal: renewals.find(({ identityId }) => identityId === end.identity.id) }))
    // Siegel is at it, unless it has come to nothing for weeks.
    .filter(({ days, renewal }) => !(renewal?.byItself && renewal.due && days > lateDays))
  const waiting = renewals.filter(({ byItself, due, enrolmentId }) => locked && byItself && due && !enrolmentId)
  const open = enrolments.filter(({ state }) => state === 'paused' || state === 'running' || state === 'failed')
  // Two that were made together are handed in and answered on one page.
  const waitingRequests = [
    ...new Map(requests.filter(({ state }) => state === 'waiting').map((one) => [one.pairId, one])).values(),
  ]
  const isAsking = open.length > 0 || waitingRequests.length > 0
  const needs: Need[] = [
    ...(held > 0 ? [{ kind: 'held' as const, count: held }] : []),
    ...revoked.map((identity) => ({
      kind: identity.keyCompromised ? ('key-compromised' as const) : ('revoked' as const),
      identity,
    })),
    ...ending.map(({ identity, days, renewal }) => ({
      kind: days <= 0 ? ('expired' as const) : ('expires' as const),
      identity,
      days,
      byAcme: renewal?.way === 'acme',
    })),
    ...active
      .filter(({ id }) => waiting.some(({ identityId }) => identityId === id))
      .map((identity) => ({ kind: 'renewal-locked' as const, identity })),
    ...open
      .filter(({ failure }) => !isWaitingForCa(failure))
      .map((enrolment) => ({ kind: 'enrolment' as const, enrolment })),
    ...waitingRequests.map((request) => ({ kind: 'request' as const, request })),
    ...(active.length === 0 && !isAsking ? [{ kind: 'no-certificate' as const }] : []),
    ...(backup === 'nothing' ? [] : [{ kind: `backup-${backup}` as const }]),
    ...contacts
      .filter((contact) => hasRevokedUnreplaced(contact, now))
      .map((contact) => ({ kind: 'contact-revoked' as const, contact })),
    ...contacts
      .filter(({ certificates }) => latestChange(certificates, now) !== undefined)
      .map((contact) => ({ kind: 'changed' as const, contact })),
    ...(accounts === 0 ? [{ kind: 'no-account' as const }] : []),
  ]
  return needs.slice(0, most)
}

/** Until another does its work, or it would have ended anyway. */
function hasRevokedUnreplaced({ certificates }: Contact, now: Date): boolean {
  return certificates
    .filter(({ state, certificate }) => state === 'revoked' && new Date(certificate.notAfter) > now)
    .some(({ canEncrypt, certificate: { emails } }) =>
      emails.some(
        (email) =>
          !certificates.some(
            (other) =>
              other.state === 'valid' && other.certificate.emails.includes(email) && (other.canEncrypt || !canEncrypt),
          ),
      ),
    )
}
