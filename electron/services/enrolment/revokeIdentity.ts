/**
 * Revoking an own certificate: through ACME where it was ordered so (RFC 8555 §7.6), else the person is told where at the CA.
 * Either way the identity is retired afterwards: its key still opens old mail, and nothing is sealed with it any more.
 */

import type { Failure } from '../../../shared/contract/errors.ts'
import type { Identity } from '../../../shared/contract/identities.ts'
import type { RevocationWay, RevocationWish } from '../../../shared/contract/renewal.ts'
import { hostOf } from '../../../shared/hostOf.ts'
import { certificateSigner } from '../../acquisition/acme/certificateSigner.ts'
import { openAcmeClient } from '../../acquisition/acme/client.ts'
import { type AcmeError, shown } from '../../acquisition/acme/errors.ts'
import type { RevocationSigner } from '../../acquisition/acme/revocation.ts'
import type { StoredAcmeAccount } from '../../acquisition/acmeAccounts.ts'
import { catalogue } from '../../acquisition/catalogue/catalogue.ts'
import type { StoredEnrolment } from '../../acquisition/store.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { attributeValues } from '../../certificates/name.ts'
import { summaryOf } from '../../certificates/view.ts'
import type { StoredIdentity } from '../../keystore/identityStore.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { Application, ServiceContext } from '../context.ts'
import { identityOf } from '../identities/identities.ts'
import { judgeAt, storedCertificate } from '../judge.ts'
import { orRaise, raise } from '../raise.ts'
import { checkRevocation } from '../revocation/revocation.ts'
import { acmeConnection } from './acmeConnection.ts'
import { enrolmentBehind } from './enrolment.ts'
import { accountAt, accountSession, directoryOf, openAccount } from './enrolmentAccounts.ts'

export function revocationWayOf(context: ServiceContext, identityId: string): RevocationWay {
  const stored = identityOrRaise(context, identityId)
  const before = agreedOrder(context, identityId)
  const account = before ? undefined : accountFromBackup(context, identityId)
  const done = context.application.renewals.revocation(identityId)
  return {
    way: before ? 'acme' : 'instructions',
    caName: before?.caName ?? summaryOf(storedCertificate(stored.certificateDer)).issuerName,
    links: before ? [] : linksOf(context, stored),
    ...(account ? { serverFromBackup: hostOf(account.directory) } : {}),
    ...(done ? { revokedAt: done.revokedAt.toISOString(), reason: done.reason } : {}),
  }
}

/**
 * The order that a certificate came by, where its server may be spoken with. One that a backup chose could say "revoked" of what
 * its CA has never heard of; the person agrees to it by renewing there, or before they revoke (`trustServer` of both).
 */
function agreedOrder({ application }: ServiceContext, identityId: string): StoredEnrolment | undefined {
  const before = enrolmentBehind(application, identityId)
  if (!before?.fromBackup) return before
  const account = accountBehind(application, before)
  return account && !account.fromBackup ? before : undefined
}

/** The account of an order, where it is one at the order's own server. */
function accountBehind({ acmeAccounts }: Application, order: StoredEnrolment): StoredAcmeAccount | undefined {
  const account = order.accountId === undefined ? undefined : acmeAccounts.get(order.accountId)
  return account?.directory === directoryOf(order) ? account : undefined
}

/** Whose server could be asked to revoke, once the person has agreed to it. */
function accountFromBackup({ application }: ServiceContext, identityId: string): StoredAcmeAccount | undefined {
  const before = enrolmentBehind(application, identityId)
  const account = before?.fromBackup ? accountBehind(application, before) : undefined
  return account?.fromBackup ? account : undefined
}

/**
 * The person knows the server that a backup chose for this certificate, by the name that they were shown. Only its account is
 * agreed to: the order keeps its mark, so that nothing is renewed there without a hand.
 */
export function trustServer(context: ServiceContext, identityId: string, host: string): RevocationWay {
  identityOrRaise(context, identityId)
  const account = accountFromBackup(context, identityId)
  if (!account || hostOf(account.directory) !== host) return raise({ code: 'not-found', what: 'account-key' })
  orRaise(unlessDiskFull(() => context.application.acmeAccounts.save({ ...account, fromBackup: false })))
  return revocationWayOf(context, identityId)
}

/**
 * Where its request was handed in, where that is an entry of the person's own; then the CA's own page as the catalogue knows it, and
 * the statement of practices that the certificate names.
 */
function linksOf({ application }: ServiceContext, stored: StoredIdentity): string[] {
  const requests = application.requests.list().filter(({ identityId }) => identityId === stored.id)
  const entries = application.ownAuthorities
    .list()
    .filter(({ id }) => requests.some(({ authority }) => authority === id))
  const asked = entries.filter(({ issues, fromBackup }) => issues === 'csr' && !fromBackup).map(({ url }) => url)
  const certificates = [stored.certificateDer, ...stored.chain].map(storedCertificate)
  const organizations = new Set(
    certificates.flatMap(({ issuer }) => attributeValues(issuer, 'O').map((name) => name.toLowerCase())),
  )
  const known = catalogue.filter(({ rootOrganizations }) =>
    rootOrganizations.some((name) => organizations.has(name.toLowerCase())),
  )
  const pages = known.flatMap(({ links }) => [...links].sort(informationFirst).map(({ url }) => url))
  const { policies = [] } = storedCertificate(stored.certificateDer).extensions
  const links = [...asked, ...pages, ...policies.flatMap(({ cpsUris }) => cpsUris)]
  return [...new Set(links)].filter((url) => URL.canParse(url) && /^https:/i.test(url)).slice(0, 3)
}

function informationFirst(left: { readonly kind: string }, right: { readonly kind: string }): number {
  return Number(right.kind === 'information') - Number(left.kind === 'information')
}

export async function revokeIdentity(
  context: ServiceContext,
  wish: {
    readonly identityId: string
    readonly reason: RevocationWish
    readonly passphrase: string
    readonly signer?: 'account' | 'certificate' | undefined
  },
  signal?: AbortSignal,
): Promise<Identity> {
  const { vault } = context.application
  const stored = identityOrRaise(context, wish.identityId)
  if (vault.state() === 'locked') raise({ code: 'locked' })
  orRaise(await vault.check(wish.passphrase))
  orRaise(await revokeThroughAcme(context, stored, wish.reason, wish.signer ?? 'account', signal))
  // Written down before anybody else is asked: a process that is killed meanwhile must not sign with it again.
  markRevoked(context, stored.id, wish.reason)
  await learnOfIt(context, stored)
  // Windows asked when it was written down, and have been told what the CA's list said before.
  context.events.publish('identities')
  return identityOf(context, identityOrRaise(context, stored.id))
}

/**
 * The CA's list as it is now, within the person's leave: one from before is kept and says the opposite. A CA that publishes the
 * next one hours later is asked again when this one has run out.
 */
async function learnOfIt(context: ServiceContext, { certificateDer, chain }: StoredIdentity): Promise<void> {
  const { question } = judgeAt(context, context.runtime.clock())
  const asked = question(storedCertificate(certificateDer), chain.map(storedCertificate))
  await checkRevocation(context, [asked], { anew: true })
}

/**
 * By the account that ordered it; by the certificate's own key where that is wanted, and where the account is closed,
 * forgotten or another one.
 */
async function revokeThroughAcme(
  context: ServiceContext,
  stored: StoredIdentity,
  reason: RevocationWish,
  signer: 'account' | 'certificate',
  signal: AbortSignal | undefined,
): Promise<Result<Record<never, never>, Failure>> {
  const before = agreedOrder(context, stored.id)
  if (!before) return failure({ code: 'not-by-acme' })
  const account = before.accountId === undefined ? undefined : context.application.acmeAccounts.get(before.accountId)
  if (signer === 'account' && account && !account.closed) {
    const session = await accountSession(context, account.id, signal)
    if (session.ok) {
      const { client, key, accountUrl } = session.value
      const revoked = await client.revoke(stored.certificateDer, reason, { key, accountUrl })
      if (revoked.ok || !isNotTheAccounts(revoked.error)) return told(context, revoked)
    } else if (session.error.code !== 'ca-refused') return session
  }
  return revokeByItsKey(context, stored, reason, directoryOf(before), signal)
}

async function revokeByItsKey(
  context: ServiceContext,
  stored: StoredIdentity,
  reason: RevocationWish,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<Result<Record<never, never>, Failure>> {
  const connection = acmeConnection(context, directory, signal)
  if (!connection.ok) return connection
  // The client wants an account's key for its other requests; nothing is asked of the account here.
  const account = await accountAt(context, directory)
  if (!account.ok) return account
  const opened = await openAccount(context, account.value.id, signal)
  if (!opened.ok) return opened
  const client = await openAcmeClient(connection.value, opened.value.key)
  if (!client.ok) return failure(shown(client.error, context.runtime.clock()))
  const key = context.application.identities.key(stored.id)
  if (!key.ok) return failure(key.error.code === 'damaged' ? { code: 'damaged-file' } : key.error)
  try {
    const signer = await certificateSigner(key.value)
    if (!signer.ok) return signer
    const by: RevocationSigner = { key: signer.value }
    return told(context, await client.value.revoke(stored.certificateDer, reason, by))
  } finally {
    key.value.close()
  }
}

function isNotTheAccounts(error: AcmeError): boolean {
  return error.code === 'ca-refused' && (error.status === 403 || error.problem === 'unauthorized')
}

function told(
  context: ServiceContext,
  revoked: Result<Record<never, never>, AcmeError>,
): Result<Record<never, never>, Failure> {
  return revoked.ok ? success({}) : failure(shown(revoked.error, context.runtime.clock()))
}

/** The identity as it is once its certificate was revoked, by Siegel or by the person at the CA. */
export function markRevoked(context: ServiceContext, identityId: string, reason: RevocationWish): Identity {
  const { identities, renewals, profile } = context.application
  const { keyId } = identityOrRaise(context, identityId)
  // Whoever has the key signs and reads with each certificate for it.
  const others = reason === 'keyCompromise' ? identities.list().filter((one) => one.keyId === keyId) : []
  const revokedAt = context.runtime.clock()
  orRaise(
    unlessDiskFull(() =>
      profile.database.transaction(() => {
        renewals.saveRevocation(identityId, { revokedAt, reason })
        for (const id of [identityId, ...others.map((one) => one.id)]) identities.retire(id, true)
      }),
    ),
  )
  context.events.publish('identities')
  return identityOf(context, identityOrRaise(context, identityId))
}

function identityOrRaise(context: ServiceContext, id: string): StoredIdentity {
  return context.application.identities.get(id) ?? raise({ code: 'not-found', what: 'identity' })
}
